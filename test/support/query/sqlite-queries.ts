// A SQLite database in this thread that is asked like a store, for tests of many queries on many fleets.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isModule } from '../../../src/domain/identity/module.ts';
import type { QueryStore } from '../../../src/ports/query-store.ts';
import type { IdentityTwin } from '../../../src/ports/twin-store.ts';
import { openDatabaseFile } from '../../../src/stores/sqlite/database-file.ts';
import { queryDeviceJobs } from '../../../src/stores/sqlite/device-job-query.ts';
import { insertDevice } from '../../../src/stores/sqlite/device-operations.ts';
import type { CancelFlag, Connection } from '../../../src/stores/sqlite/driver.ts';
import { insertModule } from '../../../src/stores/sqlite/module-operations.ts';
import { explainQuery } from '../../../src/stores/sqlite/query-explain.ts';
import { QUERY_FUNCTIONS } from '../../../src/stores/sqlite/query-functions.ts';
import { queryGroups } from '../../../src/stores/sqlite/query-groups.ts';
import { queryModuleTwins, queryTwinDocuments, queryTwins } from '../../../src/stores/sqlite/query-operations.ts';
import { buildIndexes, createIndex } from '../../../src/stores/sqlite/twin-index-operations.ts';
import { insertTwin } from '../../../src/stores/sqlite/twin-operations.ts';
import { indexWrite } from '../store-builders.ts';
import { toIdentityTwin } from '../../../src/stores/sql/twin-row.ts';

export type SqliteQueries = {
  readonly connection: Connection;
  readonly store: QueryStore;
  /** Puts these twins in place of all others, those of devices before those of their modules. */
  readonly fill: (twins: readonly IdentityTwin[]) => void;
  readonly close: () => void;
};

/** @param indexes paths of indexes, kept from the beginning. */
export function openSqliteQueries(indexes: readonly string[] = []): SqliteQueries {
  const folder = mkdtempSync(join(tmpdir(), 'twinhub-query-'));
  const { connection, close } = openDatabaseFile(join(folder, 'hub.db'), 'none');
  for (const sqlFunction of QUERY_FUNCTIONS) connection.define(sqlFunction);
  connection.transaction((writer) => {
    for (const path of indexes) createIndex(writer, indexWrite(path));
    while (buildIndexes(writer, 1)) continue;
  });
  return {
    connection,
    store: {
      queryTwins(query) {
        const { rows, next } = connection.read((reader) => queryTwins(reader, { ...query, cancelled: newFlag() }));
        return Promise.resolve({ twins: rows.map(toIdentityTwin), next });
      },
      queryModuleTwins(query) {
        const { rows, next } = connection.read((reader) => queryModuleTwins(reader, { ...query, cancelled: newFlag() }));
        return Promise.resolve({ twins: rows.map(toIdentityTwin), next });
      },
      queryTwinDocuments: (from, query) =>
        Promise.resolve(connection.read((reader) => queryTwinDocuments(reader, { ...query, from, cancelled: newFlag() }))),
      queryDeviceJobs: (query) => Promise.resolve(connection.read((reader) => queryDeviceJobs(reader, { ...query, cancelled: newFlag() }))),
      explainQuery: (query) => Promise.resolve(connection.read((reader) => explainQuery(reader, { ...query, cancelled: newFlag() }))),
      queryGroups: (query) => Promise.resolve(connection.read((reader) => queryGroups(reader, { ...query, cancelled: newFlag() }))),
    },
    fill(twins) {
      connection.transaction((writer) => {
        writer.run('delete from devices');
        for (const { identity, twin } of twins) {
          if (isModule(identity)) insertModule(writer, identity);
          else insertDevice(writer, identity);
          insertTwin(writer, twin);
        }
      });
    },
    close() {
      close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function newFlag(): CancelFlag {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}
