// How every job store must select the devices of a job. Goal: prove each statement of the port. Method: few devices, few at a time.
import { describe, expect, test } from 'vitest';
import { isSamePlace } from '../../src/domain/query/index/twin-index.ts';
import { parseCondition } from '../../src/domain/query/parser.ts';
import type { Stores } from '../../src/ports/stores.ts';
import { countsOf, deviceJob, methodJob } from '../support/job-builders.ts';
import { freshId, indexWrite, NOON, timeAt, write } from '../support/store-builders.ts';
import { type NewPlace, openNewStore, shareStore } from '../support/store-place.ts';
import { conditionFor, freshJobId, move, readRecords, readStatuses, registerDevices, sealJob, startJob } from '../support/stored-jobs.ts';
import { SOMEONE } from '../support/actors.ts';
import { buildAll } from '../support/stored-indexes.ts';

const LATER = timeAt(13 * 60);

export function describeJobExpansion(newPlace: NewPlace): void {
  const stores = shareStore(newPlace);

  describe('expandJob', () => {
    test('Looks at so many devices at a time, in code-point order of their ids, and seals the job when none is left.', async () => {
      const own = await openNewStore(newPlace);
      await registerDevices(own, ['b', 'B', 'a-2', 'a', '_']);
      const { jobId } = await startJob(own, methodJob('job'));
      const step = { jobId, condition: parseCondition('*'), limit: 2, at: LATER };

      const first = await own.jobs.expandJob(step);
      const afterFirst = await readRecords(own, jobId);
      const second = await own.jobs.expandJob(step);
      const third = await own.jobs.expandJob(step);

      expect(first.expansion).toEqual({ kind: 'open', afterDeviceId: '_' });
      expect(afterFirst).toEqual(['B', '_'].map((deviceId) => deviceJob({ jobId, deviceId, createdTime: LATER, lastUpdatedTime: LATER })));
      expect(second.expansion).toEqual({ kind: 'open', afterDeviceId: 'a-2' });
      expect(third.expansion).toEqual({ kind: 'sealed' });
      expect(await readStatuses(own, jobId)).toEqual({ B: 'pending', _: 'pending', a: 'pending', 'a-2': 'pending', b: 'pending' });
      expect((await own.jobs.readJob(jobId))?.job).toEqual(third);
    });

    test('Selects what the condition selects, also when whole chunks are left out.', async () => {
      const own = await openNewStore(newPlace);
      await registerDevices(own, ['a', 'b', 'c', 'd', 'e', 'f']);
      await own.twins.applyTwinChanges(['b', 'f'].map((deviceId) => write(deviceId, { tags: { plant: 'A' } })));
      const job = await startJob(own, methodJob('job', { condition: "tags.plant = 'A'" }));
      const step = { jobId: 'job', condition: parseCondition(job.condition), limit: 2, at: NOON };

      const steps = [
        await own.jobs.expandJob(step),
        await own.jobs.expandJob(step),
        await own.jobs.expandJob(step),
        await own.jobs.expandJob(step),
      ];

      expect(steps.map(({ expansion }) => expansion.kind)).toEqual(['open', 'open', 'open', 'sealed']);
      expect(await readStatuses(own, 'job')).toEqual({ b: 'pending', f: 'pending' });
    });

    test.each([
      ["deviceId IN ['f', 'a', 'nobody', 'c', 'a']", ['a', 'c', 'f']],
      ["deviceId = 'c'", ['c']],
      ["'c' = deviceId", ['c']],
      ["deviceId = 'c' OR deviceId IN ['e', 'a']", ['a', 'c', 'e']],
      ["deviceId IN ['b', 'c', 'f'] AND tags.plant = 'A'", ['b', 'f']],
      ["tags.plant = 'A' AND deviceId IN ['b', 'c', 'f']", ['b', 'f']],
      ["deviceId = 'a' OR tags.plant = 'A'", ['a', 'b', 'f']],
      ["deviceId NIN ['a', 'b', 'c', 'd']", ['e', 'f']],
      ["deviceId != 'a'", ['b', 'c', 'd', 'e', 'f']],
      ["NOT deviceId IN ['a', 'b', 'c']", ['d', 'e', 'f']],
      ["deviceId = 'nobody'", []],
      ['deviceId = 7', []],
      ["deviceId > 'd'", ['e', 'f']],
    ])('Selects the right devices for %s, however few at a time.', async (condition, expected) => {
      const own = await openNewStore(newPlace);
      await registerDevices(own, ['a', 'b', 'c', 'd', 'e', 'f']);
      await own.twins.applyTwinChanges(['b', 'f'].map((deviceId) => write(deviceId, { tags: { plant: 'A' } })));

      for (const limit of [1, 2, 3, 6, 7]) {
        const jobId = `job-${limit}`;
        await startJob(own, methodJob(jobId, { condition }));
        const step = { jobId, condition: parseCondition(condition), limit, at: NOON };
        let { expansion } = await own.jobs.expandJob(step);
        while (expansion.kind === 'open') ({ expansion } = await own.jobs.expandJob(step));
        expect(Object.keys(await readStatuses(own, jobId))).toEqual(expected);
      }
    });

    test('A condition that names its devices takes no more calls than they need.', async () => {
      const own = await openNewStore(newPlace);
      await registerDevices(
        own,
        Array.from({ length: 50 }, (_, index) => `door-${index}`),
      );
      const condition = conditionFor(['door-49', 'door-7']);
      const { jobId } = await startJob(own, methodJob('job', { condition }));

      const job = await own.jobs.expandJob({ jobId, condition: parseCondition(condition), limit: 2, at: NOON });

      expect(job.expansion).toEqual({ kind: 'sealed' });
    });

    test('A condition that an index answers takes no more calls than the devices need that it leads to.', async () => {
      const own = await openNewStore(newPlace);
      await registerPlants(own);
      await own.indexes.createIndex(indexWrite('tags.plant'));
      await buildAll(own);
      const { jobId } = await startJob(own, methodJob('job', { condition: 'tags.plant = 1 AND tags.floor > 0' }));
      const step = { jobId, condition: parseCondition('tags.plant = 1 AND tags.floor > 0'), limit: 3, at: NOON };

      const steps = [await own.jobs.expandJob(step), await own.jobs.expandJob(step)];

      // Of plant 1 are door-01, -06, -11, -16 and -21, of which three are above the ground.
      expect(steps.map(({ expansion }) => expansion)).toEqual([{ kind: 'open', afterDeviceId: 'door-11' }, { kind: 'sealed' }]);
      expect(Object.keys(await readStatuses(own, 'job'))).toEqual(['door-01', 'door-11', 'door-16']);
    });

    test.each([
      'tags.plant = 1',
      'tags.plant = 1 AND tags.floor > 0',
      'tags.plant IN [0, 3] AND tags.floor = 2',
      'tags.plant >= 2',
      'tags.floor < 2 AND tags.plant > 1 AND tags.plant < 4',
      "tags.plant = 2 AND deviceId IN ['door-02', 'door-03', 'door-12']",
      "tags.plant = 2 AND status = 'enabled'",
      'tags.plant = 1 OR tags.floor = 2',
      'tags.plant = 9',
    ])('Selects the same devices for %s with indexes and without, and where they come and go between two steps.', async (condition) => {
      const own = await openNewStore(newPlace);
      await registerPlants(own);
      const selected: string[][] = [];

      for (const kind of ['without', 'with', 'changing'] as const) {
        for (const limit of [1, 3, 100]) {
          const jobId = `${kind}-${limit}`;
          await startJob(own, methodJob(jobId, { condition }));
          const step = { jobId, condition: parseCondition(condition), limit, at: NOON };
          for (let round = 0, isOpen = true; isOpen; round += 1) {
            await changeIndexes(own, kind, round);
            isOpen = (await own.jobs.expandJob(step)).expansion.kind === 'open';
          }
          selected.push(Object.keys(await readStatuses(own, jobId)));
        }
      }

      expect(new Set(selected.map((ids) => ids.join())).size).toBe(1);
      expect(selected[0]?.length === 0).toBe(condition.endsWith('9'));
    });

    test('A crash between two steps loses no device and takes none twice.', async () => {
      const place = await newPlace();
      const before = await place.open();
      await registerDevices(before, ['a', 'b', 'c']);
      await startJob(before, methodJob('job'));
      const step = { jobId: 'job', condition: parseCondition('*'), limit: 2, at: NOON };
      await before.jobs.expandJob(step);
      await before.close();

      const after = await place.open();
      const job = await after.jobs.expandJob({ ...step, at: LATER });
      const records = await readRecords(after, 'job');
      await after.close();

      expect(job.expansion).toEqual({ kind: 'sealed' });
      expect(records.map(({ deviceId, createdTime }) => [deviceId, createdTime])).toEqual([
        ['a', NOON],
        ['b', NOON],
        ['c', LATER],
      ]);
    });

    test('Two steps at the same time select every device once.', async () => {
      const own = await openNewStore(newPlace);
      await registerDevices(own, ['a', 'b', 'c', 'd']);
      await startJob(own, methodJob('job'));
      const step = { jobId: 'job', condition: parseCondition('*'), limit: 3, at: NOON };

      await Promise.all([own.jobs.expandJob(step), own.jobs.expandJob(step), own.jobs.expandJob(step)]);

      expect((await own.jobs.readJob('job'))?.counts).toEqual(countsOf({ pending: 4 }));
    });

    test('Does nothing once the job is sealed: a device that comes later is no member.', async () => {
      const own = await openNewStore(newPlace);
      await registerDevices(own, ['a']);
      const job = await startJob(own, methodJob('job'));
      await sealJob(own, job);
      await registerDevices(own, ['b']);

      await sealJob(own, job);

      expect(await readStatuses(own, 'job')).toEqual({ a: 'pending' });
    });

    test('Does nothing for a job that does not run.', async () => {
      const deviceId = freshId();
      await registerDevices(stores(), [deviceId]);
      const job = methodJob(freshJobId(), { condition: conditionFor([deviceId]) });
      await stores().jobs.createJob(job, SOMEONE);
      const step = { jobId: job.jobId, condition: parseCondition(job.condition), limit: 9, at: NOON };

      const queued = await stores().jobs.expandJob(step);
      const cancelled = await move(stores(), job.jobId, { kind: 'cancel', at: NOON, by: SOMEONE });
      const after = await stores().jobs.expandJob(step);

      expect(queued).toEqual(job);
      expect(after).toEqual(cancelled);
      expect(await readRecords(stores(), job.jobId)).toEqual([]);
    });

    test('Is refused as JobNotFound for a job that nobody created.', async () => {
      const step = { jobId: freshJobId(), condition: parseCondition('*'), limit: 9, at: NOON };

      await expect(stores().jobs.expandJob(step)).rejects.toMatchObject({ code: 'JobNotFound' });
    });
  });
}

/** 25 devices of five plants, on three floors. */
async function registerPlants(stores: Stores): Promise<void> {
  const ids = Array.from({ length: 25 }, (_, index) => `door-${String(index).padStart(2, '0')}`);
  await registerDevices(stores, ids);
  await stores.twins.applyTwinChanges(ids.map((id, index) => write(id, { tags: { plant: index % 5, floor: index % 3 } })));
}

const INDEXES = ['tags.plant', 'tags.floor'].map((path) => indexWrite(path));

/** Before a step of an expansion. `changing`: all are dropped in every other round, and in between all are made again, one of them, or a part of each. */
async function changeIndexes(stores: Stores, kind: 'without' | 'with' | 'changing', round: number): Promise<void> {
  if (kind === 'without' || (kind === 'with' && round > 0)) return;
  const known = await stores.indexes.listIndexes();
  if (round % 2 === 1) {
    for (const place of known) await stores.indexes.dropIndex({ place, at: NOON, by: SOMEONE });
    return;
  }
  const missing = INDEXES.slice(round % 6 === 4 ? 1 : 0).filter(({ place }) => !known.some((one) => isSamePlace(one, place)));
  for (const index of missing) await stores.indexes.createIndex(index);
  await (round % 6 === 2 ? stores.indexes.buildIndexes(7) : buildAll(stores));
}
