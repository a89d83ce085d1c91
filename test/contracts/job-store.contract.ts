// What every job store must do with jobs as a whole. Goal: prove each statement of the port. Method: few jobs, read back and compared with the rule.
import { describe, expect, test } from 'vitest';
import { applyJobMove } from '../../src/domain/job/job-moves.ts';
import { type Job, NO_RECORDS } from '../../src/domain/job/job.ts';
import type { JobFilter } from '../../src/ports/job-store.ts';
import type { Stores } from '../../src/ports/stores.ts';
import { countsOf, methodJob, runningJob, twinJob } from '../support/job-builders.ts';
import { freshId, NOON, timeAt } from '../support/store-builders.ts';
import { type NewPlace, openNewStore, shareStore } from '../support/store-place.ts';
import { connectDevices, freshJobId, move, readRecords, registerDevices, runJob } from '../support/stored-jobs.ts';
import { SOMEONE } from '../support/actors.ts';

const LATER = timeAt(13 * 60);

export function describeJobStore(newPlace: NewPlace): void {
  const stores = shareStore(newPlace);

  describe('createJob and readJob', () => {
    test.each([
      methodJob(freshJobId(), { condition: "tags.name = 'O''Hara'" }),
      methodJob(freshJobId(), {
        work: { kind: 'method', methodName: 'x', payload: { a: [1, null, '\u{1f600}'] }, responseTimeoutSeconds: 5 },
      }),
      twinJob(freshJobId()),
      twinJob(freshJobId(), { work: { kind: 'twinPatch', tags: undefined, desired: null } }),
      twinJob(freshJobId(), { work: { kind: 'twinPatch', tags: { a: null }, desired: undefined } }),
      runningJob(freshJobId(), { expansion: { kind: 'open', afterDeviceId: 'door-7' } }),
      runningJob(freshJobId(), { status: 'failed', failureReason: 'No reason.', endTime: LATER }),
    ])('A job reads back as it was created: %j', async (job) => {
      await stores().jobs.createJob(job, SOMEONE);

      expect(await stores().jobs.readJob(job.jobId)).toEqual({ job, counts: NO_RECORDS });
    });

    test('A job that nobody created reads as undefined.', async () => {
      expect(await stores().jobs.readJob(freshJobId())).toBeUndefined();
    });

    test('A second job with the same id is refused, and the first stays as it is.', async () => {
      const job = methodJob(freshJobId());
      await stores().jobs.createJob(job, SOMEONE);

      await expect(stores().jobs.createJob(twinJob(job.jobId), SOMEONE)).rejects.toMatchObject({ code: 'JobAlreadyExists' });

      expect((await stores().jobs.readJob(job.jobId))?.job).toEqual(job);
    });

    test('Ids that differ in case are two jobs.', async () => {
      const id = freshJobId();
      await stores().jobs.createJob(methodJob(id), SOMEONE);

      await stores().jobs.createJob(methodJob(id.toUpperCase()), SOMEONE);

      expect((await stores().jobs.readJob(id))?.job.jobId).toBe(id);
    });

    test('Of many who create one job at the same time, one succeeds.', async () => {
      const jobId = freshJobId();

      const results = await Promise.allSettled(Array.from({ length: 8 }, () => stores().jobs.createJob(methodJob(jobId), SOMEONE)));

      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });
  });

  describe('moveJob', () => {
    test('A move gives the job that the rule gives, and it reads back so.', async () => {
      const job = methodJob(freshJobId());
      await stores().jobs.createJob(job, SOMEONE);
      const fail = { kind: 'fail', reason: 'The condition is not valid.', at: LATER } as const;

      const outcome = await stores().jobs.moveJob(job.jobId, fail);

      expect(outcome).toEqual({ kind: 'done', value: applyJobMove(job, fail) });
      expect((await stores().jobs.readJob(job.jobId))?.job).toEqual(applyJobMove(job, fail));
    });

    test('A move that the rule refuses changes nothing.', async () => {
      const job = runningJob(freshJobId());
      await stores().jobs.createJob(job, SOMEONE);

      const outcome = await stores().jobs.moveJob(job.jobId, { kind: 'cancel', at: LATER, by: SOMEONE });

      const message = "Job cannot be cancelled in 'Running' status.";
      expect(outcome).toEqual({ kind: 'refused', refusal: { code: 'OperationNotAllowedInCurrentState', message } });
      expect((await stores().jobs.readJob(job.jobId))?.job).toEqual(job);
    });

    test('A move of a job that nobody created is refused as JobNotFound.', async () => {
      const outcome = await stores().jobs.moveJob(freshJobId(), { kind: 'start', at: LATER });

      expect(outcome).toMatchObject({ kind: 'refused', refusal: { code: 'JobNotFound' } });
    });

    test('Of a start and a cancel at the same time one is refused.', async () => {
      const { jobId } = await created(stores(), methodJob(freshJobId()));

      const outcomes = await Promise.all([
        stores().jobs.moveJob(jobId, { kind: 'cancel', at: LATER, by: SOMEONE }),
        stores().jobs.moveJob(jobId, { kind: 'start', at: LATER }),
      ]);

      expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual(['done', 'refused']);
    });
  });

  describe('listJobs', () => {
    const all: JobFilter = { kind: undefined, status: undefined, after: undefined, limit: 10 };

    test('Jobs come newest first, then by id, with their counts.', async () => {
      const own = await openNewStore(newPlace);
      const deviceId = freshId();
      await registerDevices(own, [deviceId]);
      await own.jobs.createJob(methodJob('old', { createdTime: timeAt(1) }), SOMEONE);
      await own.jobs.createJob(methodJob('b', { createdTime: timeAt(2) }), SOMEONE);
      await runJob(own, methodJob('a', { createdTime: timeAt(2) }), [deviceId]);
      await own.jobs.createJob(methodJob('new', { createdTime: timeAt(3) }), SOMEONE);

      const { jobs, next } = await own.jobs.listJobs(all);

      expect(jobs.map(({ job, counts }) => [job.jobId, counts.pending])).toEqual([
        ['new', 0],
        ['a', 1],
        ['b', 0],
        ['old', 0],
      ]);
      expect(next).toBeUndefined();
    });

    test('Filters by what is done and by status.', async () => {
      const own = await openNewStore(newPlace);
      await own.jobs.createJob(methodJob('m-queued'), SOMEONE);
      await own.jobs.createJob(runningJob('m-running'), SOMEONE);
      await own.jobs.createJob(twinJob('t-queued'), SOMEONE);

      expect(await idsOf(own, { ...all, kind: 'method' })).toEqual(['m-queued', 'm-running']);
      expect(await idsOf(own, { ...all, status: 'queued' })).toEqual(['m-queued', 't-queued']);
      expect(await idsOf(own, { ...all, kind: 'twinPatch', status: 'queued' })).toEqual(['t-queued']);
      expect(await idsOf(own, { ...all, status: 'failed' })).toEqual([]);
    });

    test.each([1, 2, 3, 5, 6])('Pages of %i give every job once, and the last page says so.', async (limit) => {
      const own = await openNewStore(newPlace);
      const ids = ['a', 'b', 'c', 'd', 'e'];
      for (const [index, id] of ids.entries()) {
        await own.jobs.createJob(methodJob(id, { createdTime: timeAt(Math.floor(index / 2)) }), SOMEONE);
      }

      const found: string[] = [];
      let pages = 0;
      let after: string | undefined;
      do {
        const page = await own.jobs.listJobs({ ...all, after, limit });
        found.push(...page.jobs.map(({ job }) => job.jobId));
        after = page.next;
        pages += 1;
      } while (after !== undefined);

      expect(found).toEqual(['e', 'c', 'd', 'a', 'b']);
      expect(pages).toBe(Math.ceil(ids.length / limit));
    });

    test('A page goes on where the page before ended, even when its last job is gone.', async () => {
      const own = await openNewStore(newPlace);
      for (const [index, id] of ['a', 'b', 'c'].entries()) {
        await own.jobs.createJob(
          methodJob(id, { createdTime: timeAt(9 - index), status: 'cancelled', endTime: timeAt(10 + index) }),
          SOMEONE,
        );
      }
      const { next } = await own.jobs.listJobs({ ...all, limit: 1 });

      await own.jobs.trimJobs(timeAt(11), 1);

      expect(await idsOf(own, { ...all, after: next })).toEqual(['b', 'c']);
    });

    test('A continuation that the store did not give is refused.', async () => {
      await expect(stores().jobs.listJobs({ ...all, after: 'nonsense' })).rejects.toMatchObject({ code: 'ArgumentInvalid' });
    });
  });

  describe('leaseJobs', () => {
    const lease = { owner: 'hub-1', at: timeAt(10), until: timeAt(20), startBy: timeAt(10), limit: 10 };

    test('Gives jobs that have not ended and are due, oldest first, at most as many as asked for.', async () => {
      const own = await openNewStore(newPlace);
      await own.jobs.createJob(methodJob('second', { createdTime: timeAt(2), startTime: timeAt(10) }), SOMEONE);
      await own.jobs.createJob(runningJob('first', { createdTime: timeAt(1), startTime: timeAt(1) }), SOMEONE);
      await own.jobs.createJob(methodJob('later', { createdTime: timeAt(1), startTime: timeAt(11), status: 'scheduled' }), SOMEONE);
      await own.jobs.createJob(
        methodJob('ended', { createdTime: timeAt(1), startTime: timeAt(1), status: 'completed', endTime: timeAt(2) }),
        SOMEONE,
      );
      await own.jobs.createJob(methodJob('stopping', { createdTime: timeAt(3), startTime: timeAt(1), status: 'cancelled' }), SOMEONE);

      const one = await own.jobs.leaseJobs({ ...lease, limit: 1 });
      const leased = await own.jobs.leaseJobs(lease);

      expect(one.map(({ job }) => job.jobId)).toEqual(['first']);
      expect(leased.map(({ job }) => job.jobId)).toEqual(['first', 'second', 'stopping']);
      expect(leased[0]?.job).toEqual(runningJob('first', { createdTime: timeAt(1), startTime: timeAt(1) }));
    });

    test('Gives a new job at once, however far ahead its start lies, and a scheduled one when it is due.', async () => {
      const own = await openNewStore(newPlace);
      await own.jobs.createJob(methodJob('job', { startTime: timeAt(60) }), SOMEONE);

      const asNew = await own.jobs.leaseJobs(lease);
      await move(own, 'job', { kind: 'schedule', at: timeAt(10) });
      const before = await own.jobs.leaseJobs({ ...lease, startBy: timeAt(59) });
      const due = await own.jobs.leaseJobs({ ...lease, startBy: timeAt(60) });

      expect([asNew, before, due].map((jobs) => jobs.length)).toEqual([1, 0, 1]);
    });

    test('A lease keeps others away until it is over; its owner may renew it.', async () => {
      const own = await openNewStore(newPlace);
      await own.jobs.createJob(methodJob('job', { startTime: timeAt(1) }), SOMEONE);
      await own.jobs.leaseJobs(lease);

      const other = await own.jobs.leaseJobs({ ...lease, owner: 'hub-2', at: timeAt(19), until: timeAt(29) });
      const renewed = await own.jobs.leaseJobs({ ...lease, at: timeAt(19), until: timeAt(25) });
      const otherBefore = await own.jobs.leaseJobs({ ...lease, owner: 'hub-2', at: timeAt(24), until: timeAt(29) });
      const otherAfter = await own.jobs.leaseJobs({ ...lease, owner: 'hub-2', at: timeAt(25), until: timeAt(29) });
      const first = await own.jobs.leaseJobs({ ...lease, at: timeAt(26) });

      expect([other, otherBefore, first]).toEqual([[], [], []]);
      expect(renewed.map(({ takenOver }) => takenOver)).toEqual([false]);
      expect(otherAfter.map(({ takenOver }) => takenOver)).toEqual([true]);
    });

    test('A job that nobody had is not taken over.', async () => {
      const own = await openNewStore(newPlace);
      await own.jobs.createJob(methodJob('job', { startTime: timeAt(1) }), SOMEONE);

      expect(await own.jobs.leaseJobs(lease)).toMatchObject([{ takenOver: false }]);
    });

    test('After a crash a lease is free at once, and taken over by whoever is not its owner.', async () => {
      const place = await newPlace();
      const before = await place.open();
      await before.jobs.createJob(methodJob('job', { startTime: timeAt(1) }), SOMEONE);
      await before.jobs.leaseJobs(lease);
      await before.close();

      const after = await place.open();
      const leased = await after.jobs.leaseJobs({ ...lease, owner: 'hub-2' });
      await after.close();

      expect(leased).toMatchObject([{ job: { jobId: 'job' }, takenOver: true }]);
    });

    test('Two who ask at the same time do not get the same job.', async () => {
      const own = await openNewStore(newPlace);
      for (const jobId of ['a', 'b', 'c']) await own.jobs.createJob(methodJob(jobId, { startTime: timeAt(1) }), SOMEONE);

      const [one, other] = await Promise.all([own.jobs.leaseJobs(lease), own.jobs.leaseJobs({ ...lease, owner: 'hub-2' })]);

      expect([...one, ...other].map(({ job }) => job.jobId).toSorted()).toEqual(['a', 'b', 'c']);
    });
  });

  describe('trimJobs', () => {
    test('Removes the oldest jobs that ended before, with their records, and no others.', async () => {
      const own = await openNewStore(newPlace);
      await connectDevices(own, ['door-1', 'door-2']);
      for (const [index, jobId] of ['c', 'b', 'a', 'recent'].entries()) {
        await runJob(own, methodJob(jobId), ['door-1', 'door-2']);
        await move(own, jobId, { kind: 'complete', at: timeAt(index) });
      }
      await runJob(own, methodJob('running'), ['door-1']);

      const first = await own.jobs.trimJobs(timeAt(3), 2);
      const afterFirst = await Promise.all(['c', 'b', 'a'].map((jobId) => own.jobs.readJob(jobId)));
      const second = await own.jobs.trimJobs(timeAt(3), 2);
      const third = await own.jobs.trimJobs(timeAt(3), 2);

      expect([first, second, third]).toEqual([2, 1, 0]);
      expect(afterFirst.map((found) => found?.job.jobId)).toEqual([undefined, undefined, 'a']);
      expect(await readRecords(own, 'c')).toEqual([]);
      expect(await readRecords(own, 'recent')).toHaveLength(2);
      expect((await own.jobs.readJob('running'))?.counts).toEqual(countsOf({ pending: 1 }));
    });

    test('The id of a job that was removed is free, and a new job of that id has no records.', async () => {
      const own = await openNewStore(newPlace);
      await connectDevices(own, ['door-1']);
      await runJob(own, methodJob('job'), ['door-1']);
      await move(own, 'job', { kind: 'complete', at: NOON });
      await own.jobs.trimJobs(LATER, 1);

      await own.jobs.createJob(methodJob('job'), SOMEONE);

      expect(await own.jobs.readJob('job')).toEqual({ job: methodJob('job'), counts: NO_RECORDS });
    });
  });

  async function idsOf(of: Stores, filter: JobFilter): Promise<readonly string[]> {
    const { jobs } = await of.jobs.listJobs(filter);
    return jobs.map(({ job }) => job.jobId);
  }

  async function created(of: Stores, job: Job): Promise<Job> {
    await of.jobs.createJob(job, SOMEONE);
    return job;
  }
}
