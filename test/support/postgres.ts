// What suites need that use PostgreSQL: a server for all their tests, and an empty schema for each store.
import { afterAll, beforeAll } from 'vitest';
import type { PostgresPlace } from '../../src/stores/postgres/driver.ts';
import { GIVEN_URL, hasPostgres, startPostgres } from './postgres-server.ts';
import { freshSchema } from './test-store.ts';

/**
 * Whether suites that need PostgreSQL are skipped, as where there is none. Never where TWINHUB_REQUIRE_SERVERS is 1: they fail there.
 */
export const NO_POSTGRES = isMissing();

function isMissing(): boolean {
  const missing = !hasPostgres() && process.env['TWINHUB_REQUIRE_SERVERS'] !== '1';
  if (missing) process.stderr.write(`Skipped, without PostgreSQL in /usr/lib/postgresql or on the PATH, and without ${GIVEN_URL}.\n`);
  return missing;
}

/** A server for all tests of a suite. @returns what makes an empty place in it; each call makes another one. */
export function sharePostgres(): () => PostgresPlace {
  let server: Awaited<ReturnType<typeof startPostgres>> | undefined;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());
  return () => {
    if (!server) throw new Error('The PostgreSQL server of the suite has not been started yet');
    return { url: server.url, schema: freshSchema() };
  };
}
