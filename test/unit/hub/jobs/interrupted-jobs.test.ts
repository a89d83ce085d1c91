// Jobs whose hub dies, stops or loses its store in the middle.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HubError } from '../../../../src/domain/errors.ts';
import { LIMITS } from '../../../../src/domain/limits.ts';
import type { DeviceStore } from '../../../../src/ports/device-store.ts';
import type { JobStore } from '../../../../src/ports/job-store.ts';
import type { Log } from '../../../../src/ports/log.ts';
import type { Stores } from '../../../../src/ports/stores.ts';
import { openEphemeralStore } from '../../../../src/stores/sqlite/open-ephemeral-store.ts';
import { openSqliteStore } from '../../../../src/stores/sqlite/open-sqlite-store.ts';
import { createLog } from '../../../../src/system/log.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { type JobHub, methodJob, openJobHub, twinJob } from './job-hub.ts';
import { SOMEONE } from '../../../support/actors.ts';
import { itemsOf } from '../../../support/query/page-items.ts';

test('A hub that follows a dead one does not call again who may have been called, and calls the others when they come.', async () => {
  const path = join(temporaryFolder(), 'hub.db');
  const dead = await openJobHub({ stores: await openSqliteStore({ path, durability: 'none' }) });
  const called = await dead.connectNew('door-1');
  await dead.createDevice('door-2');
  await dead.hub.jobs.create('lock', methodJob(), SOMEONE);
  await called.called();
  await dead.job('lock', ({ counts }) => counts.waiting === 1);
  await dead.stores.close();

  await using open = await openJobHub({ stores: await openSqliteStore({ path, durability: 'none' }) });
  const [again, other] = [await open.connect('door-1'), await open.connect('door-2')];
  await other.called();
  other.answer();
  const { counts } = await open.ended('lock');
  const text = "SELECT deviceId, status, error FROM devices.jobs WHERE jobId = 'lock'";
  const items = itemsOf(await open.hub.queries.run({ text, pageSize: 10, continuation: undefined }));

  expect(counts).toMatchObject({ completed: 1, failed: 1, running: 0 });
  expect(items).toMatchObject([
    { deviceId: 'door-1', status: 'failed', error: { code: 'DeviceMethodOutcomeUnknown' } },
    { deviceId: 'door-2', status: 'completed' },
  ]);
  expect(again.link.methods).toEqual([]);
});

/** A store whose operation on jobs fails the first times. */
async function failing(operation: keyof JobStore, times: number): Promise<Stores> {
  const stores = await openEphemeralStore({});
  let left = times;
  const jobs = new Proxy(stores.jobs, {
    get(target, name: keyof JobStore) {
      if (name !== operation) return target[name];
      return (...given: readonly unknown[]): unknown => {
        if (left === 0) return Reflect.apply(target[name], target, given);
        left -= 1;
        return Promise.reject(new HubError('ServiceUnavailable', 'The disk is full.'));
      };
    },
  });
  return { ...stores, jobs };
}

/** Lets time go by until the job is over, so that pauses end. */
async function endedInTime(open: JobHub, jobId: string): Promise<Awaited<ReturnType<JobHub['ended']>>> {
  return open.job(jobId, ({ job: { endTime } }) => {
    open.clock.advance(100);
    return endTime !== undefined;
  });
}

test.each<keyof JobStore>(['leaseJobs', 'moveJob', 'expandJob', 'claimCalls', 'recordOutcomes'])(
  'A method job goes on when %s fails three times, and calls nobody twice.',
  async (operation) => {
    await using open = await openJobHub({ stores: await failing(operation, 3) });
    const door = await open.connectNew('door');
    await open.hub.jobs.create('lock', methodJob({ maxExecutionTimeInSeconds: 1_000_000 }), SOMEONE);

    const over = endedInTime(open, 'lock');
    await door.called();
    door.answer();

    expect((await over).counts).toMatchObject({ completed: 1, failed: 0 });
    expect(door.link.methods).toHaveLength(1);
  },
);

test('A device that came while claimWaiting fails three times is called all the same.', async () => {
  await using open = await openJobHub({ stores: await failing('claimWaiting', 3) });
  await open.createDevice('door');
  await open.hub.jobs.create('lock', methodJob({ maxExecutionTimeInSeconds: 1_000_000 }), SOMEONE);
  await open.job('lock', ({ counts }) => counts.waiting === 1);

  const door = await open.connect('door');
  const over = endedInTime(open, 'lock');
  await door.called();
  door.answer();

  expect((await over).counts.completed).toBe(1);
  expect(door.link.methods).toHaveLength(1);
});

test.each<keyof JobStore>(['leaseJobs', 'moveJob', 'expandJob', 'patchTwins'])(
  'A twin job goes on when %s fails three times.',
  async (operation) => {
    await using open = await openJobHub({ stores: await failing(operation, 3) });
    await open.createDevice('door');
    await open.hub.jobs.create('floor', twinJob({ maxExecutionTimeInSeconds: 1_000_000 }), SOMEONE);

    expect((await endedInTime(open, 'floor')).counts).toMatchObject({ completed: 1, failed: 0 });
    expect((await open.hub.twins.get({ deviceId: 'door' })).twin.desired.version).toBe(2);
  },
);

test('A hub that stops waits for the calls under way, and calls nobody else.', async () => {
  await using open = await openJobHub();
  const door = await open.connectNew('door-1');
  await open.createDevice('door-2');
  await open.hub.jobs.create('lock', methodJob(), SOMEONE);
  await door.called();
  await open.job('lock', ({ counts }) => counts.waiting === 1);

  const stopping = open.hub.stopJobs();
  const late = await open.connect('door-2');
  door.answer();
  await stopping;

  expect((await open.hub.jobs.get('lock'))?.counts).toMatchObject({ completed: 1, waiting: 1 });
  expect(late.link.methods).toEqual([]);
});

test('A hub that stops waits no longer than the time for it, and then knows what became of each call.', async () => {
  const path = join(temporaryFolder(), 'hub.db');
  const first = await openJobHub({ stores: await openSqliteStore({ path, durability: 'none' }) });
  const door = await first.connectNew('door');
  await first.hub.jobs.create(
    'lock',
    methodJob({ cloudToDeviceMethod: { methodName: 'lockDoor', responseTimeoutInSeconds: 300 } }),
    SOMEONE,
  );
  await door.called();

  let stopped = false;
  const stopping = first.hub.stopJobs().then(() => (stopped = true));
  await first.hub.devices.get('door');
  first.clock.advance(LIMITS.shutdownSeconds.value * 1000 - 1);
  await first.hub.devices.get('door');
  const aMomentBefore = stopped;
  first.clock.advance(1);
  await stopping;
  await first[Symbol.asyncDispose]();

  await using next = await openJobHub({ stores: await openSqliteStore({ path, durability: 'none' }) });
  await next.ended('lock');
  const text = "SELECT error FROM devices.jobs WHERE jobId = 'lock'";
  const items = itemsOf(await next.hub.queries.run({ text, pageSize: 10, continuation: undefined }));
  expect(aMomentBefore).toBe(false);
  expect(items).toMatchObject([{ error: { code: 'DeviceNotOnline' } }]);
});

test('A hub that stops waits no longer than the time for it, also for a store that does not answer.', async () => {
  const stores = await openEphemeralStore();
  const asked = Promise.withResolvers<void>();
  const away = Promise.withResolvers<never>();
  const claimCalls: JobStore['claimCalls'] = () => {
    asked.resolve();
    return away.promise;
  };
  const open = await openJobHub({ stores: { ...stores, jobs: { ...stores.jobs, claimCalls } } });
  await open.connectNew('door');
  await open.hub.jobs.create('lock', methodJob(), SOMEONE);
  await asked.promise;

  let stopped = false;
  const stopping = open.hub.stopJobs().then(() => (stopped = true));
  await open.hub.devices.get('door');
  open.clock.advance(LIMITS.shutdownSeconds.value * 1000 - 1);
  await open.hub.devices.get('door');
  const aMomentBefore = stopped;
  open.clock.advance(1);
  await stopping;
  away.reject(new HubError('ServiceUnavailable', 'The store is closed.'));
  await open[Symbol.asyncDispose]();

  expect([aMomentBefore, stopped]).toEqual([false, true]);
});

test('A hub that stops while its store takes nothing gives up what it cannot store.', async () => {
  const stores = await failing('recordOutcomes', Infinity);
  let isAway = false;
  const recordConnections: DeviceStore['recordConnections'] = (events) =>
    isAway ? Promise.reject(new HubError('ServiceUnavailable', 'The disk is full.')) : stores.devices.recordConnections(events);
  const logged: string[] = [];
  const log: Log = { ...createLog({ level: 'silent' }), error: (_, message) => void logged.push(message) };
  const open = await openJobHub({ log, stores: { ...stores, devices: { ...stores.devices, recordConnections } } });
  const door = await open.connectNew('door');
  await open.hub.jobs.create('lock', methodJob(), SOMEONE);
  await door.called();
  door.answer();

  isAway = true;
  const failure = open.hub.stop().catch((error: unknown) => error);
  await expect
    .poll(() => {
      open.clock.advance(1000);
      return logged;
    })
    .toContain('An outcome of a job is lost.');

  expect(await failure).toMatchObject({ code: 'ServiceUnavailable' });
  await stores.close();
});
