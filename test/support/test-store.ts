// Where the hubs of tests keep their data: in SQLite, or in PostgreSQL where TWINHUB_TEST_STORE is `postgres`, each in a schema of its own.
import { createHash, randomUUID } from 'node:crypto';
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
