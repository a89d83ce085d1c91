// Runs a command that finds a PostgreSQL server in TWINHUB_TEST_POSTGRES, as `scripts/acceptance.sh` does: one that is started for it, if none is named there.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { GIVEN_URL, startPostgres } from '../test/support/postgres-server.ts';

const [command, ...args] = process.argv.slice(2);
if (command === undefined) {
  process.stderr.write('Name a command: node scripts/on-postgres.ts scripts/acceptance.sh\n');
  process.exit(2);
}
/** Of a process that a signal ended, as shells have it. */
const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

let child: ChildProcess | undefined;
// The command ends first, and the server with it.
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    process.exitCode = EXIT_CODES[signal];
    child?.kill(signal);
  });
}
const server = await startPostgres();
try {
  if (process.exitCode === undefined) {
    child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, [GIVEN_URL]: server.url } });
    await once(child, 'exit');
    process.exitCode ??= child.exitCode ?? 1;
  }
} finally {
  await server.stop();
}
