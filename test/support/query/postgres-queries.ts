// A schema of PostgreSQL that is asked like a store, for tests of many queries on many fleets.
import { afterAll, beforeAll } from 'vitest';
import { isModule } from '../../../src/domain/identity/module.ts';
import type { QueryStore } from '../../../src/ports/query-store.ts';
import type { IdentityTwin } from '../../../src/ports/twin-store.ts';
import { Database } from '../../../src/stores/postgres/database.ts';
import type { PostgresPlace } from '../../../src/stores/postgres/driver.ts';
import { insertDevices, insertModules } from '../../../src/stores/postgres/identity-rows.ts';
import { migrate } from '../../../src/stores/postgres/migrate.ts';
import { queryStore } from '../../../src/stores/postgres/query-store.ts';
import { buildIndexes, createIndex } from '../../../src/stores/postgres/twin-index-operations.ts';
import { insertTwins } from '../../../src/stores/postgres/twin-operations.ts';
import { indexWrite } from '../store-builders.ts';

type PostgresQueries = {
  readonly database: Database;
  readonly store: QueryStore;
  /** Puts these twins in place of all others. */
  readonly fill: (twins: readonly IdentityTwin[]) => Promise<void>;
};

/** Opened for all tests of a suite. @param newPlace called before the first of them. @param indexes paths of indexes, kept from the beginning. */
export function sharePostgresQueries(newPlace: () => PostgresPlace, indexes: readonly string[] = []): () => PostgresQueries {
  let opened: PostgresQueries | undefined;
  beforeAll(async () => {
    opened = await openPostgresQueries(newPlace(), indexes);
  });
  afterAll(() => opened?.database.close());
  return () => {
    if (!opened) throw new Error('The database of the suite is not open yet');
    return opened;
  };
}

async function openPostgresQueries(place: PostgresPlace, indexes: readonly string[]): Promise<PostgresQueries> {
  const database = new Database(place);
  await migrate(database);
  for (const path of indexes) await database.transaction((writer) => createIndex(writer, indexWrite(path)));
  while ((await database.transaction((writer) => buildIndexes(writer, 1))).isLeft) continue;
  return {
    database,
    store: queryStore(database),
    fill: (twins) =>
      database.transaction(async (writer) => {
        await writer.run('delete from devices');
        const identities = twins.map(({ identity }) => identity);
        insertDevices(
          writer,
          identities.flatMap((identity) => (isModule(identity) ? [] : [identity])),
        );
        insertModules(writer, identities.filter(isModule));
        insertTwins(
          writer,
          twins.map(({ twin }) => twin),
        );
      }),
  };
}
