// Brings a schema of a database to the tables that this program knows, and refuses one that is not the hub's.
import { HubError, invariant } from '../../domain/errors.ts';
import type { Database } from './database.ts';
import type { Reader, Writer } from './driver.ts';
import { foundation } from './migrations/0001-foundation.ts';
import { queryFunctions } from './migrations/0002-query-functions.ts';
import { twinIndexes } from './migrations/0003-twin-indexes.ts';
import { commits } from './migrations/0004-commits.ts';

/** Numbered from 1 without gaps. A released one is never edited: a change of the schema is another migration. */
export type Migration = { readonly version: number; readonly script: string };

export const MIGRATIONS: readonly Migration[] = [foundation, queryFunctions, twinIndexes, commits];

/** The first with which the hub is tested. */
const OLDEST_SERVER = 15;

/**
 * Runs every migration that the schema has not seen, all in one transaction; hubs that start at the same time wait for each other. Makes the
 * schema where there is none.
 * @throws HubError ServiceUnavailable for a schema of another program or of a newer twinhub, which is left as it was, and for a server that is too old.
 */
export async function migrate(database: Database, migrations: readonly Migration[] = MIGRATIONS): Promise<void> {
  await database.transaction(async (writer) => {
    await checkServer(writer);
    await writer.run(`select pg_advisory_xact_lock(hashtextextended('twinhub ' || $1::text, 0))`, database.schema);
    const version = await readSchemaVersion(writer, database.schema, migrations);
    if (version === 'absent') await writer.runScript(`create schema "${database.schema}"`);
    await writer.runScript('create table if not exists schema_version (version integer not null)');
    for (const migration of migrations.slice(version === 'absent' ? 0 : version)) {
      await writer.runScript(migration.script);
      await setVersion(writer, migration.version);
    }
  });
}

async function checkServer(reader: Reader): Promise<void> {
  const server = await reader.row<{ readonly version: number; readonly encoding: string }>(
    `select current_setting('server_version_num')::integer / 10000 as version, current_setting('server_encoding') as encoding`,
  );
  invariant(server, 'a select of settings has a row');
  if (server.version < OLDEST_SERVER) {
    throw new HubError('ServiceUnavailable', `The database server is PostgreSQL ${server.version}. Use ${OLDEST_SERVER} or later.`);
  }
  if (server.encoding !== 'UTF8') {
    throw new HubError('ServiceUnavailable', `The database has the encoding ${server.encoding}. Create one with the encoding UTF8.`);
  }
}

/** 0: the schema is empty. `absent`: there is none. @throws HubError ServiceUnavailable for one of another program or of a newer twinhub. */
export async function readSchemaVersion(
  reader: Reader,
  schema: string,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<number | 'absent'> {
  const state = await reader.row<{ readonly known: boolean; readonly tables: number; readonly own: boolean }>(
    `select
       exists (select from pg_namespace where nspname = $1) as known,
       (select count(*) from pg_tables where schemaname = $1) as tables,
       exists (select from pg_tables where schemaname = $1 and tablename = 'schema_version') as own`,
    schema,
  );
  invariant(state, 'a select of counts has a row');
  if (!state.known) return 'absent';
  if (!state.own && state.tables > 0) {
    throw new HubError(
      'ServiceUnavailable',
      `The schema '${schema}' of the database is one of another program. Name another one, with ?schema=NAME in --store.`,
    );
  }
  if (!state.own) return 0;
  const row = await reader.row<{ readonly version: number }>('select version from schema_version');
  const version = row?.version ?? 0;
  if (version <= migrations.length) return version;
  throw new HubError(
    'ServiceUnavailable',
    `The store has schema version ${version}, but this twinhub knows only ${migrations.length}. Start the newer twinhub, or restore a backup.`,
  );
}

async function setVersion(writer: Writer, version: number): Promise<void> {
  await writer.run('delete from schema_version');
  await writer.run('insert into schema_version (version) values ($1)', version);
}
