// How every job store must select the devices of a job. Goal: prove each statement of the port. Method: few devices, few at a time.
import { describe, expect, test } from 'vitest';
import { parseCondition } from '../../src/domain/query/parser.ts';
import { countsOf, deviceJob, methodJob } from '../support/job-builders.ts';
import { freshId, NOON, timeAt, write } from '../support/store-builders.ts';
import { type NewPlace, openNewStore, shareStore } from '../support/store-place.ts';
import { conditionFor, freshJobId, move, readRecords, readStatuses, registerDevices, sealJob, startJob } from '../support/stored-jobs.ts';
import { SOMEONE } from '../support/actors.ts';

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
