// One store thread as its callers see it: how much may wait, and what becomes of calls that are never answered.
import { expect, onTestFinished, test } from 'vitest';
import type { HubError } from '../../../../src/domain/errors.ts';
import { LIMITS } from '../../../../src/domain/limits.ts';
import type { READ_OPERATIONS } from '../../../../src/stores/sqlite/operations.ts';
import { StoreThread } from '../../../../src/stores/sqlite/store-thread.ts';

const COUNTING = new URL('../../../support/counting-thread.ts', import.meta.url);
const SILENT = new URL('../../../support/silent-thread.ts', import.meta.url);

test('As many calls as the limit may wait, and one more is refused.', async () => {
  const thread = startThread();
  const waiting = Array.from({ length: LIMITS.batchQueueItems.value }, () => call(thread));

  const refused = await call(thread);

  expect(thread.load).toBe(LIMITS.batchQueueItems.value);
  expect(refused).toMatchObject({ code: 'ServiceUnavailable', message: 'Too many calls wait for the store.' });
  await thread.close();
  await Promise.all(waiting);
});

test('A call that the thread did not answer before it ended is refused.', async () => {
  const thread = startThread();
  const waiting = call(thread);

  await thread.close();

  expect(await waiting).toMatchObject({ code: 'ServiceUnavailable', message: 'The store is closed.' });
});

test('A closed thread refuses calls from the moment of the call to close.', async () => {
  const thread = startThread();

  const closing = thread.close();
  const refused = await call(thread);
  await closing;

  expect(refused).toMatchObject({ code: 'ServiceUnavailable', message: 'The store is closed.' });
});

test('A thread whose program cannot be loaded refuses to open, with the cause.', async () => {
  const deaths: HubError[] = [];
  const url = new URL('no-such-file.ts', SILENT);
  const thread = new StoreThread<typeof READ_OPERATIONS>({ url, onDeath: (error) => deaths.push(error) });

  const opening = thread.open({ kind: 'reader', path: 'hub.db', patient: false });

  await expect(opening).rejects.toMatchObject({ code: 'ServiceUnavailable' });
  expect(deaths.map(({ cause }) => String(cause))).toEqual([expect.stringContaining('Cannot find module')]);
});

test('A thread is given all calls that wait, or as many as it may have; the others follow when it has answered.', async () => {
  const [all, two] = [startThread({ url: COUNTING }), startThread({ url: COUNTING, callsAtOnce: 2 })];

  const [givenToAll, givenToTwo] = await Promise.all([fiveCalls(all), fiveCalls(two)]);

  expect(givenToAll).toEqual([5, 5, 5, 5, 5]);
  expect(givenToTwo).toHaveLength(5);
  expect(givenToTwo.every((given) => given === 1 || given === 2)).toBe(true);
  expect(two.load).toBe(0);
});

test('Between the answers to calls that were held back the event loop goes on with other work.', async () => {
  const thread = startThread({ url: COUNTING, callsAtOnce: 1 });
  let turn = 0;
  const countTurns = (): void => {
    turn += 1;
    if (thread.load > 0) setImmediate(countTurns);
  };

  const answered = Array.from({ length: 5 }, () => call(thread).then(() => turn));
  countTurns();

  expect(new Set(await Promise.all(answered)).size).toBe(5);
});

test('Calls that were not given to the thread yet end before a thread that is closed.', async () => {
  const thread = startThread({ url: COUNTING, callsAtOnce: 2 });
  const calls = fiveCalls(thread);

  await thread.close();

  expect((await calls).map((given) => typeof given)).toEqual(['number', 'number', 'number', 'number', 'number']);
});

function fiveCalls(thread: StoreThread<typeof READ_OPERATIONS>): Promise<readonly unknown[]> {
  return Promise.all(Array.from({ length: 5 }, () => call(thread)));
}

function startThread(options: { readonly url?: URL; readonly callsAtOnce?: number } = {}): StoreThread<typeof READ_OPERATIONS> {
  const thread = new StoreThread<typeof READ_OPERATIONS>({
    url: SILENT,
    ...options,
    onDeath: () => {
      throw new Error('The thread died');
    },
  });
  onTestFinished(() => thread.close());
  return thread;
}

/** Answers what the call throws. */
function call(thread: StoreThread<typeof READ_OPERATIONS>): Promise<unknown> {
  return thread.call('probeRead', undefined).catch((error: unknown) => error);
}
