// How every job store must end the records of devices. Goal: prove each statement of the port. Method: few devices, one step at a time.
import { describe, expect, test } from 'vitest';
import type { DeviceJobError, DeviceOutcome } from '../../src/domain/job/job.ts';
import { countsOf, deviceJob, methodJob } from '../support/job-builders.ts';
import { freshId, NOON, timeAt } from '../support/store-builders.ts';
import { type NewPlace, shareStore } from '../support/store-place.ts';
import {
  claimedJob,
  connectDevices,
  freshJobId,
  move,
  readRecords,
  readStatuses,
  registerDevices,
  runJob,
  waitingJobs,
} from '../support/stored-jobs.ts';
import { SOMEONE } from '../support/actors.ts';

const LATER = timeAt(13 * 60);
const unknown: DeviceJobError = { code: 'DeviceMethodOutcomeUnknown', description: 'Nobody knows.' };
const answered: DeviceOutcome = { kind: 'answered', answer: { status: 200, payload: { locked: [true, null] } } };
const failed: DeviceOutcome = { kind: 'failed', error: { code: 'GatewayTimeout', description: 'No answer; none at all.' } };
const notSent: DeviceOutcome = { kind: 'notSent' };

export function describeJobOutcomes(newPlace: NewPlace): void {
  const stores = shareStore(newPlace);

  describe('recordOutcomes', () => {
    test('An answer completes the record, a failure fails it, and what was not sent waits again.', async () => {
      const { jobId, ids } = await claimedJob(stores(), 3);
      const [one = '', two = '', three = ''] = ids;

      await stores().jobs.recordOutcomes(
        [
          { jobId, deviceId: one, outcome: answered },
          { jobId, deviceId: two, outcome: failed },
          { jobId, deviceId: three, outcome: notSent },
        ],
        LATER,
      );

      const base = { jobId, startTime: NOON, lastUpdatedTime: LATER, endTime: LATER };
      expect(await readRecords(stores(), jobId)).toEqual([
        deviceJob({ ...base, deviceId: one, status: 'completed', answer: { status: 200, payload: { locked: [true, null] } } }),
        deviceJob({ ...base, deviceId: two, status: 'failed', error: { code: 'GatewayTimeout', description: 'No answer; none at all.' } }),
        deviceJob({ jobId, deviceId: three, status: 'waiting', lastUpdatedTime: LATER }),
      ]);
    });

    test.each([null, '', 0, false, [], {}, { a: '\u{1f600}' }])('The payload %j of an answer is kept as it is.', async (payload) => {
      const { jobId, ids } = await claimedJob(stores(), 1);

      await stores().jobs.recordOutcomes(
        [{ jobId, deviceId: ids[0] ?? '', outcome: { kind: 'answered', answer: { status: 404, payload } } }],
        LATER,
      );

      expect(await readRecords(stores(), jobId)).toMatchObject([{ answer: { status: 404, payload } }]);
    });

    test('The first outcome stays, also within one batch and for records of other jobs beside it.', async () => {
      const { jobId, ids } = await claimedJob(stores(), 1);
      const deviceId = ids[0] ?? '';

      await stores().jobs.recordOutcomes(
        [
          { jobId, deviceId, outcome: answered },
          { jobId, deviceId, outcome: failed },
        ],
        NOON,
      );
      await stores().jobs.recordOutcomes([{ jobId, deviceId, outcome: notSent }], LATER);

      expect(await readRecords(stores(), jobId)).toMatchObject([{ status: 'completed', lastUpdatedTime: NOON, error: undefined }]);
    });

    test('Outcomes for records that do not run, and for jobs and devices that nobody knows, change nothing.', async () => {
      const [pending, waiting] = [freshId(), freshId()];
      await registerDevices(stores(), [pending, waiting]);
      const [one, other] = [freshJobId(), freshJobId()];
      await runJob(stores(), methodJob(one), [pending]);
      await waitingJobs(stores(), [other], [waiting]);

      await stores().jobs.recordOutcomes(
        [
          { jobId: one, deviceId: pending, outcome: answered },
          { jobId: other, deviceId: waiting, outcome: failed },
          { jobId: one, deviceId: 'nobody', outcome: answered },
          { jobId: freshJobId(), deviceId: pending, outcome: answered },
        ],
        LATER,
      );

      expect(await readStatuses(stores(), one)).toEqual({ [pending]: 'pending' });
      expect(await readStatuses(stores(), other)).toEqual({ [waiting]: 'waiting' });
    });

    test('An outcome counts after the job was stopped.', async () => {
      const { jobId, ids } = await claimedJob(stores(), 1);
      await move(stores(), jobId, { kind: 'stop', at: NOON, by: SOMEONE });

      await stores().jobs.recordOutcomes([{ jobId, deviceId: ids[0] ?? '', outcome: answered }], LATER);

      expect((await stores().jobs.readJob(jobId))?.counts).toEqual(countsOf({ completed: 1 }));
    });
  });

  describe('endUnsent', () => {
    test('Ends pending and waiting records, at most so many at a time, and no others.', async () => {
      const { jobId, ids } = await claimedJob(stores(), 2);
      const more = [freshId(), freshId(), freshId()];
      await registerDevices(stores(), more);
      const big = freshJobId();
      await connectDevices(stores(), [`${more[0]}-on`]);
      await runJob(stores(), methodJob(big), [`${more[0]}-on`, ...more]);
      await stores().jobs.claimCalls({ jobId: big, limit: 2, at: NOON });
      const error = { code: 'JobRunPreconditionFailed', description: 'Too late.' };
      const ending = { jobId: big, status: 'failed', error, limit: 2, at: LATER } as const;

      const first = await stores().jobs.endUnsent(ending);
      const second = await stores().jobs.endUnsent(ending);
      const other = await stores().jobs.endUnsent({ ...ending, jobId });

      expect([first, second, other]).toEqual([2, 1, 0]);
      expect((await stores().jobs.readJob(big))?.counts).toEqual(countsOf({ running: 1, failed: 3 }));
      expect((await stores().jobs.readJob(jobId))?.counts).toEqual(countsOf({ running: ids.length }));
      const records = await readRecords(stores(), big);
      expect(records.find(({ deviceId }) => deviceId === more[1])).toEqual(
        deviceJob({ jobId: big, deviceId: more[1] ?? '', status: 'failed', error, endTime: LATER, lastUpdatedTime: LATER }),
      );
    });

    test('Cancels without an error.', async () => {
      const deviceId = freshId();
      const jobId = freshJobId();
      await waitingJobs(stores(), [jobId], [deviceId]);

      await stores().jobs.endUnsent({ jobId, status: 'canceled', error: undefined, limit: 9, at: LATER });

      const record = deviceJob({ jobId, deviceId, status: 'canceled', endTime: LATER, lastUpdatedTime: LATER });
      expect(await readRecords(stores(), jobId)).toEqual([record]);
    });

    test('Ends nothing of a job that nobody created.', async () => {
      const ending = { jobId: freshJobId(), status: 'canceled', error: undefined, limit: 9, at: LATER } as const;

      expect(await stores().jobs.endUnsent(ending)).toBe(0);
    });
  });

  describe('failInterrupted', () => {
    test('Fails running records, at most so many at a time, and no others.', async () => {
      const { jobId, ids } = await claimedJob(stores(), 3);
      await stores().jobs.recordOutcomes([{ jobId, deviceId: ids[0] ?? '', outcome: notSent }], NOON);
      const failing = { jobId, error: unknown, limit: 1, at: LATER };

      const counts = [
        await stores().jobs.failInterrupted(failing),
        await stores().jobs.failInterrupted(failing),
        await stores().jobs.failInterrupted(failing),
      ];

      expect(counts).toEqual([1, 1, 0]);
      expect(await readRecords(stores(), jobId)).toMatchObject([
        { status: 'waiting' },
        { status: 'failed', error: unknown, startTime: NOON, endTime: LATER },
        { status: 'failed', error: unknown, startTime: NOON, endTime: LATER },
      ]);
    });

    test('An outcome that comes after it does not count.', async () => {
      const { jobId, ids } = await claimedJob(stores(), 1);
      await stores().jobs.failInterrupted({ jobId, error: unknown, limit: 9, at: LATER });

      await stores().jobs.recordOutcomes([{ jobId, deviceId: ids[0] ?? '', outcome: answered }], LATER);

      expect(await readRecords(stores(), jobId)).toMatchObject([{ status: 'failed', error: unknown, answer: undefined }]);
    });
  });
}
