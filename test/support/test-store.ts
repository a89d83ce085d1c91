// Where the hubs of tests keep their data: in SQLite, or in PostgreSQL where TWINHUB_TEST_STORE is `postgres`, each in a schema of its own.
import { createHash, randomUUID } from 'node:crypto';
import { parseStore } from '../../src/config/option-values.ts';
import type { Stores } from '../../src/ports/stores.ts';
import { openPostgresStore } from '../../src/stores/postgres/open-postgres-store.ts';
import { systemClock } from '../../src/system/system-clock.ts';
import { systemStopwatch } from '../../src/system/system-stopwatch.ts';
import { openEphemeralStore } from '../../src/stores/sqlite/open-ephemeral-store.ts';
import { openSqliteStore } from '../../src/stores/sqlite/open-sqlite-store.ts';
import { GIVEN_URL } from './postgres-server.ts';

export const TESTS_ON_POSTGRES = process.env['TWINHUB_TEST_STORE'] === 'postgres';

/** A schema that no other test uses; the store makes it. */
export function freshSchema(): string {
  return `test_${randomUUID().replaceAll('-', '')}`;
}

/**
 * What `--store` says; `undefined`: nothing, so that the database is in the data dir.
 * @param dataDir `undefined` for a hub whose data nobody needs later. The same folder has the same data again.
 */
export function storeOfTests(dataDir: string | undefined): string | undefined {
  if (!TESTS_ON_POSTGRES) return dataDir === undefined ? 'ephemeral' : undefined;
  const url = process.env[GIVEN_URL];
  if (url === undefined) throw new Error(`The tests were not started by Vitest, and there is no ${GIVEN_URL}.`);
  const schema = dataDir === undefined ? freshSchema() : `test_${createHash('sha1').update(dataDir).digest('hex')}`;
  return `${url}${url.includes('?') ? '&' : '?'}schema=${schema}`;
}

/** @param text as `--store` says it. Default: of a new store, with data that nobody needs later. */
export function openStoreOfTests(text = storeOfTests(undefined) ?? 'ephemeral'): Promise<Stores> {
  const store = parseStore(text);
  switch (store.kind) {
    case 'ephemeral':
      return openEphemeralStore({ stopwatch: systemStopwatch });
    case 'sqlite':
      return openSqliteStore({ path: store.path, durability: 'full', stopwatch: systemStopwatch });
    case 'postgres':
      return openPostgresStore(store, systemClock);
  }
}
