// Goal: prove that no record of a job is given to two hubs, and that hubs which work on jobs at the same time lose nothing of each other.
// Method: two stores on one schema that ask for the same work at once, in small portions, until nothing is left.
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Stores } from '../../../../src/ports/stores.ts';
import { Database } from '../../../../src/stores/postgres/database.ts';
import type { PostgresPlace } from '../../../../src/stores/postgres/driver.ts';
import { openPostgresStore } from '../../../../src/stores/postgres/open-postgres-store.ts';
import { systemClock } from '../../../../src/system/system-clock.ts';
import { SOMEONE } from '../../../support/actors.ts';
import { countsOf, methodJob, twinJob } from '../../../support/job-builders.ts';
import { NO_POSTGRES, sharePostgres } from '../../../support/postgres.ts';
import { NOON, report, timeAt } from '../../../support/store-builders.ts';
import { connectDevices, move, readRecords, registerDevices, runJob, startJob } from '../../../support/stored-jobs.ts';
import { parseCondition } from '../../../../src/domain/query/parser.ts';

const LATER = timeAt(13 * 60);
const DEVICES = Array.from({ length: 60 }, (_, index) => `device-${10 + index}`);

describe.skipIf(NO_POSTGRES)('Two hubs on one PostgreSQL schema', () => {
  const newPlace = sharePostgres();

  async function openTwo(place = newPlace()): Promise<readonly [Stores, Stores]> {
    return [await open(place), await open(place)];
  }

  async function open(place: PostgresPlace): Promise<Stores> {
    const store = await openPostgresStore(place, systemClock);
    onTestFinished(() => store.close());
    return store;
  }

  test('Each job is leased by one of them.', async () => {
    const hubs = await openTwo();
    const ids = Array.from({ length: 12 }, (_, index) => `job-${10 + index}`);
    for (const id of ids) await hubs[0].jobs.createJob(methodJob(id, { startTime: NOON }), SOMEONE);

    const leased = await Promise.all(
      Array.from({ length: 8 }, (_, index) => {
        const owner = index % 2;
        return hubs[owner === 0 ? 0 : 1].jobs.leaseJobs({ owner: `hub-${index}`, at: NOON, until: LATER, startBy: NOON, limit: 3 });
      }),
    );

    expect(leased.flatMap((jobs) => jobs.map(({ job }) => job.jobId)).toSorted()).toEqual(ids);
  });

  test('Each call is claimed by one of them, and all are claimed.', async () => {
    const hubs = await openTwo();
    await connectDevices(hubs[0], DEVICES);
    await runJob(hubs[0], methodJob('job'), DEVICES);
    const claimAll = async (hub: Stores): Promise<readonly string[]> => {
      const { deviceIds, left } = await hub.jobs.claimCalls({ jobId: 'job', limit: 3, at: LATER });
      return left ? [...deviceIds, ...(await claimAll(hub))] : deviceIds;
    };

    const claimed = await Promise.all([...hubs, ...hubs].map(claimAll));

    expect(claimed.flat().toSorted()).toEqual(DEVICES);
    expect((await hubs[0].jobs.readJob('job'))?.counts).toEqual(countsOf({ running: DEVICES.length }));
  });

  test('Each record that waits is claimed by one of them.', async () => {
    const hubs = await openTwo();
    await registerDevices(hubs[0], DEVICES);
    await runJob(hubs[0], methodJob('job'), DEVICES);
    await hubs[0].jobs.claimCalls({ jobId: 'job', limit: DEVICES.length, at: NOON });
    const claimAll = async (hub: Stores): Promise<readonly string[]> => {
      const claimed = await hub.jobs.claimWaiting({ jobIds: ['job'], deviceIds: DEVICES, limit: 4, at: LATER });
      const ids = claimed.map(({ deviceId }) => deviceId);
      return claimed.length === 4 ? [...ids, ...(await claimAll(hub))] : ids;
    };

    const claimed = await Promise.all([...hubs, ...hubs].map(claimAll));

    expect(claimed.flat().toSorted()).toEqual(DEVICES);
  });

  test('Each twin is patched once, and others write it meanwhile.', async () => {
    const hubs = await openTwo();
    await registerDevices(hubs[0], DEVICES);
    const work = { kind: 'twinPatch', tags: { floor: 2 }, desired: { on: true } } as const;
    await runJob(hubs[0], twinJob('job', { work }), DEVICES);
    const patchAll = async (hub: Stores): Promise<readonly string[]> => {
      const { notices, left } = await hub.jobs.patchTwins({ jobId: 'job', limit: 4, at: LATER });
      const ids = notices.map(({ deviceId }) => deviceId);
      return left ? [...ids, ...(await patchAll(hub))] : ids;
    };
    const reports = DEVICES.map((deviceId) => report(deviceId, { seen: true }));

    const [reported, ...patched] = await Promise.all([hubs[1].twins.applyTwinChanges(reports), ...[...hubs, ...hubs].map(patchAll)]);

    expect(reported.every(({ kind }) => kind === 'done')).toBe(true);
    expect(patched.flat().toSorted()).toEqual(DEVICES);
    for (const deviceId of DEVICES) {
      const { twin } = (await hubs[0].twins.readTwin({ deviceId })) ?? {};
      expect(twin).toMatchObject({ tags: { floor: 2 }, desired: { version: 2 }, reported: { properties: { seen: true }, version: 2 } });
    }
  });

  test('A job is expanded as by one of them.', async () => {
    const hubs = await openTwo();
    await registerDevices(hubs[0], DEVICES);
    await startJob(hubs[0], methodJob('job', { condition: '*' }));
    const expandAll = async (hub: Stores): Promise<void> => {
      const { expansion } = await hub.jobs.expandJob({ jobId: 'job', condition: parseCondition('*'), limit: 7, at: NOON });
      if (expansion.kind === 'open') await expandAll(hub);
    };

    await Promise.all([...hubs, ...hubs].map(expandAll));

    expect((await readRecords(hubs[1], 'job')).map(({ deviceId }) => deviceId)).toEqual(DEVICES);
  });

  test('A device that connects during the claim is called, unless it finds its record among those that wait.', async () => {
    const place = newPlace();
    const [hub] = await openTwo(place);
    await registerDevices(hub, ['lamp']);
    await runJob(hub, methodJob('job'), ['lamp']);
    const { database, hold } = holdingDatabase(place);

    const connecting = await hold(`update devices set connection_state = 'Connected' where device_id = 'lamp'`);
    let claimed: readonly string[] | undefined;
    const claiming = hub.jobs.claimCalls({ jobId: 'job', limit: 1, at: LATER }).then(({ deviceIds }) => (claimed = deviceIds));
    while (claimed === undefined && !(await isAnyWaiting(database))) continue;
    await connecting.commit();
    await claiming;

    expect(claimed).toEqual(['lamp']);
  });

  test('A job does not end between a claim and its commit.', async () => {
    const place = newPlace();
    const [hub] = await openTwo(place);
    await connectDevices(hub, ['lamp']);
    await runJob(hub, methodJob('job'), ['lamp']);
    const { hold } = holdingDatabase(place);

    const claiming = await hold(`select 1 from jobs where job_id = 'job' for key share`);
    const order: string[] = [];
    const moving = move(hub, 'job', { kind: 'complete', at: LATER }).then(() => order.push('moved'));
    await hub.jobs.leaseJobs({ owner: 'hub-1', at: NOON, until: LATER, startBy: LATER, limit: 1 });
    order.push('leased');
    await Promise.all([claiming.commit(), moving]);

    expect(order).toEqual(['leased', 'moved']);
  });
});

type Held = { readonly commit: () => Promise<void> };

/** `hold`: runs a statement in a transaction of another hub, which stays open until the test commits it. */
function holdingDatabase(place: PostgresPlace): { readonly database: Database; readonly hold: (sql: string) => Promise<Held> } {
  const database = new Database(place);
  onTestFinished(() => database.close());
  const hold = async (sql: string): Promise<Held> => {
    const { promise: end, resolve: commit } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const transaction = database.transaction(async (writer) => {
      await writer.run(sql);
      begin();
      await end;
    });
    await begun;
    return {
      commit: () => {
        commit();
        return transaction;
      },
    };
  };
  return { database, hold };
}

async function isAnyWaiting(database: Database): Promise<boolean> {
  const row = await database.row<{ readonly waiting: boolean }>('select exists (select from pg_locks where not granted) as waiting');
  return row?.waiting ?? false;
}
