// Goal: prove that scripts/on-postgres.ts leaves no server behind. Method: a command that waits, and a signal for the script.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { NO_POSTGRES } from '../support/postgres.ts';
import { GIVEN_URL } from '../support/postgres-server.ts';

test.skipIf(NO_POSTGRES)('A signal ends the command, the server and its folder.', async () => {
  const command = ['sh', '-c', `echo "$${GIVEN_URL}"; exec sleep 600`];
  const env = { ...process.env, [GIVEN_URL]: undefined };
  const child = spawn(process.execPath, ['scripts/on-postgres.ts', ...command], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const { value: url = '' } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  const folder = new URL(url).searchParams.get('host') ?? '';
  const wasThere = existsSync(folder);

  child.kill('SIGTERM');
  await once(child, 'exit');

  expect([wasThere, existsSync(folder), child.exitCode]).toEqual([true, false, 143]);
});
