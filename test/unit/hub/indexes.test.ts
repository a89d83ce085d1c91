// The use cases of indexes: what is built when, and what becomes of it when the hub stops or the store fails.
import { expect, it } from 'vitest';
import { HubError } from '../../../src/domain/errors.ts';
import { LIMITS } from '../../../src/domain/limits.ts';
import { Indexes } from '../../../src/hub/indexes.ts';
import type { IndexStore } from '../../../src/ports/index-store.ts';
import type { Log } from '../../../src/ports/log.ts';
import { SOMEONE } from '../../support/actors.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { openHub } from '../../support/open-hub.ts';
import { indexWrite, timeAt } from '../../support/store-builders.ts';

it('goes on at its start with what a hub before it left half-built', async () => {
  await using open = await openHub();
  await open.stores.indexes.createIndex(indexWrite('tags.site'));
  const indexes = new Indexes({ store: open.stores.indexes, others: IDLE, clock: open.clock, log: NO_LOG });

  indexes.start();
  await indexes.stop();

  expect(await indexes.get('tags.site')).toMatchObject({ state: 'ready' });
});

it('builds in smaller steps while others write', async () => {
  const steps: number[] = [];
  const others = { watch: () => () => steps.length !== 1 };
  const indexes = new Indexes({ store: storeOfSteps(steps, [true, true, false]), others, clock: new FakeClock(), log: NO_LOG });

  indexes.start();
  await ended(steps, 3);

  const { twinIndexChunkTwins: alone, twinIndexChunkTwinsBesideWrites: beside } = LIMITS;
  expect(steps).toEqual([beside.value, alone.value, beside.value]);
});

it('ends between two steps when the hub stops', async () => {
  const steps: number[] = [];
  const indexes = new Indexes({ store: storeOfSteps(steps, [true, true, true]), others: IDLE, clock: new FakeClock(), log: NO_LOG });

  indexes.start();
  await indexes.stop();
  const atStop = steps.length;
  await Promise.resolve();

  expect(atStop).toBe(1);
  expect(steps).toHaveLength(1);
});

it('tries again a while after the store failed, and says so in the log', async () => {
  const clock = new FakeClock();
  const steps: number[] = [];
  const logged = Promise.withResolvers<string>();
  const log = { ...NO_LOG, error: (_: unknown, message: string) => logged.resolve(message) };
  const store = storeOfSteps(steps, [new HubError('ServiceUnavailable', 'The disk is full.'), false]);
  const indexes = new Indexes({ store, others: IDLE, clock, log });

  indexes.start();
  const message = await logged.promise;
  await settled();
  clock.advance(LIMITS.housekeepingSeconds.value * 1000 - 1);
  const early = steps.length;
  clock.advance(1);
  await ended(steps, 2);

  expect(message).toBe('An index could not be built on and will be tried again.');
  expect([early, steps.length]).toEqual([1, 2]);
});

it('goes on with what another hub on the same store left half-built, and looks no more when it is stopped', async () => {
  const clock = new FakeClock();
  const steps: number[] = [];
  const indexes = new Indexes({ store: storeOfSteps(steps, [false, true, false]), others: IDLE, clock, log: NO_LOG });

  indexes.start();
  await ended(steps, 1);
  clock.advance(LIMITS.housekeepingSeconds.value * 1000);
  await ended(steps, 3);
  const timers = clock.pendingTimers;
  await indexes.stop();

  expect(steps).toHaveLength(3);
  expect([timers, clock.pendingTimers]).toEqual([1, 0]);
});

it('builds an index that is made while it finds nothing more to build', async () => {
  const steps: number[] = [];
  const store = { ...storeOfSteps(steps, [false, false]), createIndex: () => Promise.resolve(INDEX) };
  const indexes = new Indexes({ store, others: IDLE, clock: new FakeClock(), log: NO_LOG });

  indexes.start();
  await indexes.create('tags.site', SOMEONE);
  await ended(steps, 2);

  expect(steps).toHaveLength(2);
});

const IDLE = { watch: () => (): boolean => false };
const NO_LOG: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const INDEX = { ...indexWrite('tags.site').place, state: 'building', createdTime: timeAt(0), madeBy: 'person' } as const;

/** Its steps say one after the other what is given here. @param steps gets their limits. */
function storeOfSteps(steps: number[], answers: readonly (boolean | HubError)[]): IndexStore {
  const refused = (): Promise<never> => Promise.reject(new Error('Nobody asked for that.'));
  return {
    listIndexes: () => Promise.resolve([INDEX]),
    measureIndexes: () => Promise.resolve([{ ...INDEX, entries: 0, bytes: 0, twins: 0, totalTwins: 0, entryMicroseconds: undefined }]),
    createIndex: refused,
    dropIndex: refused,
    trimIndexes: refused,
    buildIndexes(limit) {
      const answer = answers[steps.push(limit) - 1] ?? false;
      return answer instanceof HubError ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
}

/** Resolves when so many steps have begun and everything that is due has run. */
async function ended(steps: readonly number[], count: number): Promise<void> {
  for (let turn = 0; turn < 100 && steps.length < count; turn += 1) await settled();
  await settled();
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
