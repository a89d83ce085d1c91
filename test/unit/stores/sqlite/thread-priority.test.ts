// The thread that scans gives way to the others. Method: what the scheduler of Linux says of each thread of a store.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { constants, getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Threads } from '../../../../src/stores/sqlite/threads.ts';

const TASKS = '/proc/self/task';

test.runIf(process.platform === 'linux')('Of the threads of a store the scanner alone gives way to others.', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'twinhub-priority-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const before = new Set(await readdir(TASKS));
  const own = getPriority();

  const threads = new Threads({ path: join(folder, 'hub.db'), durability: 'full' });
  onTestFinished(() => threads.close());
  await threads.open();
  const nicenesses = await Promise.all((await readdir(TASKS)).filter((task) => !before.has(task)).map(nicenessOf));

  const patient = Math.max(own, constants.priority.PRIORITY_BELOW_NORMAL);
  expect(nicenesses.length).toBeGreaterThanOrEqual(3);
  expect(nicenesses.toSorted((one, other) => one - other)).toEqual([...nicenesses.slice(1).map(() => own), patient]);
  expect(getPriority()).toBe(own);
});

/** The 19th field of the file; the second is a name in parentheses [proc_pid_stat(5)]. */
async function nicenessOf(task: string): Promise<number> {
  const stat = await readFile(join(TASKS, task, 'stat'), 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
}
