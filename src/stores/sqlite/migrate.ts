// Brings a database file to the schema that this program knows, and refuses files that are not the hub's.
import { HubError } from '../../domain/errors.ts';
import type { Connection, Reader } from './driver.ts';
import { foundation } from './migrations/0001-foundation.ts';
import { jobs } from './migrations/0002-jobs.ts';
import { audit } from './migrations/0003-audit.ts';
import { disabledDevices } from './migrations/0004-disabled-devices.ts';
import { modules } from './migrations/0005-modules.ts';
import { caCertificates } from './migrations/0006-ca-certificates.ts';
import { twinIndexes } from './migrations/0007-twin-indexes.ts';

/** Numbered from 1 without gaps. A released one is never edited: a change of the schema is another migration. */
export type Migration = { readonly version: number; readonly script: string };

export const MIGRATIONS: readonly Migration[] = [foundation, jobs, audit, disabledDevices, modules, caCertificates, twinIndexes];

/** Stands in the header of the file and says that it belongs to twinhub: `TWNH` in ASCII. */
const APPLICATION_ID = 0x54_57_4e_48;

/**
 * Runs every migration that the file has not seen, each in a transaction of its own. An empty file begins at version 0.
 * @throws HubError ServiceUnavailable for a file of another program or of a newer twinhub, which is left as it was.
 */
export function migrate(connection: Connection, migrations: readonly Migration[] = MIGRATIONS): void {
  const version = connection.read((reader) => readSchemaVersion(reader, migrations));
  connection.useWriteAheadLog();
  for (const migration of migrations.slice(version)) {
    connection.transaction((writer) => {
      writer.runScript(migration.script);
      writer.run(`pragma application_id = ${APPLICATION_ID}`);
      writer.run(`pragma user_version = ${migration.version}`);
    });
  }
}

/** 0: the file is empty. @throws HubError ServiceUnavailable for a file of another program or of a newer twinhub. */
export function readSchemaVersion(reader: Reader, migrations: readonly Migration[] = MIGRATIONS): number {
  const applicationId = reader.row<{ application_id: number }>('pragma application_id')?.application_id;
  const tables = reader.row<{ tables: number }>('select count(*) as tables from sqlite_schema')?.tables;
  const isEmpty = applicationId === 0 && tables === 0;
  if (applicationId !== APPLICATION_ID && !isEmpty) {
    throw new HubError('ServiceUnavailable', 'The store is a database of another program. Name another file.');
  }
  const version = reader.row<{ user_version: number }>('pragma user_version')?.user_version ?? 0;
  if (version <= migrations.length) return version;
  throw new HubError(
    'ServiceUnavailable',
    `The store has schema version ${version}, but this twinhub knows only ${migrations.length}. Start the newer twinhub, or restore a backup.`,
  );
}
