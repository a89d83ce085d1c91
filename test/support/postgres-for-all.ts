// Starts one PostgreSQL server for a whole run of the tests, when their hubs keep their data in it.
import { GIVEN_URL, startPostgres } from './postgres-server.ts';
import { TESTS_ON_POSTGRES } from './test-store.ts';

/** Test processes inherit where it is. @returns what stops it. */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (!TESTS_ON_POSTGRES || process.env[GIVEN_URL] !== undefined) return undefined;
  const server = await startPostgres();
  process.env[GIVEN_URL] = server.url;
  return async () => {
    delete process.env[GIVEN_URL];
    await server.stop();
  };
}
