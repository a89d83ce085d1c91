// How every job store must hand out calls. Goal: prove each statement of the port. Method: few devices, some of them away.
import { describe, expect, test } from 'vitest';
import type { DeviceOutcome } from '../../src/domain/job/job.ts';
import { countsOf, deviceJob, methodJob } from '../support/job-builders.ts';
import { freshId, NOON, remove, timeAt } from '../support/store-builders.ts';
import { type NewPlace, shareStore } from '../support/store-place.ts';
import {
  conditionFor,
  connectDevices,
  freshJobId,
  mixedJob,
  move,
  readRecords,
  readStatuses,
  runJob,
  startJob,
  waitingJobs,
} from '../support/stored-jobs.ts';
import { SOMEONE } from '../support/actors.ts';

const LATER = timeAt(13 * 60);
const answered: DeviceOutcome = { kind: 'answered', answer: { status: 200, payload: { locked: [true, null] } } };

export function describeJobClaims(newPlace: NewPlace): void {
  const stores = shareStore(newPlace);

  describe('claimCalls', () => {
    test('Takes pending records in order of ids: those of connected devices run, the others wait.', async () => {
      const [jobId, connected, away] = await mixedJob(stores());

      const first = await stores().jobs.claimCalls({ jobId, limit: 3, at: LATER });
      const afterFirst = await readStatuses(stores(), jobId);
      const second = await stores().jobs.claimCalls({ jobId, limit: 3, at: LATER });
      const third = await stores().jobs.claimCalls({ jobId, limit: 3, at: LATER });

      expect(first).toEqual({ deviceIds: connected.slice(0, 2), left: true });
      expect(Object.values(afterFirst)).toEqual(['running', 'waiting', 'running', 'pending']);
      expect(second).toEqual({ deviceIds: [], left: false });
      expect(third).toEqual({ deviceIds: [], left: false });
      expect((await stores().jobs.readJob(jobId))?.counts).toEqual(countsOf({ running: connected.length, waiting: away.length }));
    });

    test('Says that nothing is left when it took exactly as many as there were.', async () => {
      const [jobId] = await mixedJob(stores());

      expect(await stores().jobs.claimCalls({ jobId, limit: 4, at: LATER })).toMatchObject({ left: false });
    });

    test('A record that runs has the time of the claim as its start, one that waits has none.', async () => {
      const [jobId, [connected = '']] = await mixedJob(stores());

      await stores().jobs.claimCalls({ jobId, limit: 2, at: LATER });

      const [running, waiting] = await readRecords(stores(), jobId);
      expect(running).toEqual(deviceJob({ jobId, deviceId: connected, status: 'running', startTime: LATER, lastUpdatedTime: LATER }));
      expect(waiting).toMatchObject({ status: 'waiting', startTime: undefined, lastUpdatedTime: LATER });
    });

    test('Of many claims at the same time each record goes to one.', async () => {
      const ids = Array.from({ length: 20 }, freshId);
      await connectDevices(stores(), ids);
      const jobId = freshJobId();
      await runJob(stores(), methodJob(jobId), ids);

      const claims = await Promise.all(ids.map(() => stores().jobs.claimCalls({ jobId, limit: 3, at: LATER })));

      const claimed = claims.flatMap(({ deviceIds }) => deviceIds);
      expect(claimed.toSorted()).toEqual(ids.toSorted());
    });

    test('What was claimed before a crash is not claimed again.', async () => {
      const place = await newPlace();
      const before = await place.open();
      await connectDevices(before, ['a', 'b', 'c']);
      await runJob(before, methodJob('job'), ['a', 'b', 'c']);
      const first = await before.jobs.claimCalls({ jobId: 'job', limit: 2, at: LATER });
      await before.close();

      const after = await place.open();
      const second = await after.jobs.claimCalls({ jobId: 'job', limit: 2, at: LATER });
      await after.close();

      expect(first.deviceIds).toEqual(['a', 'b']);
      expect(second.deviceIds).toEqual(['c']);
    });

    test('Takes nothing of a job that is not sealed, was stopped, or that nobody created.', async () => {
      const deviceId = freshId();
      await connectDevices(stores(), [deviceId]);
      const nothing = { deviceIds: [], left: false };
      const open = await startJob(stores(), methodJob(freshJobId(), { condition: conditionFor([deviceId]) }));
      const stopped = methodJob(freshJobId());
      await runJob(stores(), stopped, [deviceId]);
      await move(stores(), stopped.jobId, { kind: 'stop', at: NOON, by: SOMEONE });

      for (const jobId of [open.jobId, stopped.jobId, freshJobId()]) {
        expect(await stores().jobs.claimCalls({ jobId, limit: 9, at: LATER })).toEqual(nothing);
      }
    });

    test('A device that was deleted is waited for, and one that was disconnected too.', async () => {
      const [deleted, gone] = [freshId(), freshId()];
      await connectDevices(stores(), [deleted, gone]);
      const jobId = freshJobId();
      await runJob(stores(), methodJob(jobId), [deleted, gone]);
      await stores().devices.writeDevices([remove(deleted)]);
      await stores().devices.recordConnections([
        { kind: 'disconnected', deviceId: gone, connectionId: `c-${gone}`, at: NOON, activeAt: undefined },
      ]);

      const claim = await stores().jobs.claimCalls({ jobId, limit: 9, at: LATER });

      expect(claim.deviceIds).toEqual([]);
      expect(await readStatuses(stores(), jobId)).toEqual({ [deleted]: 'waiting', [gone]: 'waiting' });
    });
  });

  describe('claimWaiting', () => {
    test('Takes the waiting records of these devices in these jobs and no others.', async () => {
      const [one, other] = [freshId(), freshId()];
      const [first, second, unasked] = [freshJobId(), freshJobId(), freshJobId()];
      await waitingJobs(stores(), [first, second, unasked], [one, other]);

      const claimed = await stores().jobs.claimWaiting({ jobIds: [first, second], deviceIds: [one, 'nobody'], limit: 9, at: LATER });

      expect(claimed).toEqual([
        { jobId: first, deviceId: one },
        { jobId: second, deviceId: one },
      ]);
      expect(await readStatuses(stores(), first)).toEqual({ [one]: 'running', [other]: 'waiting' });
      expect(await readStatuses(stores(), unasked)).toEqual({ [one]: 'waiting', [other]: 'waiting' });
      const [record] = await readRecords(stores(), first);
      expect(record).toEqual(deviceJob({ jobId: first, deviceId: one, status: 'running', startTime: LATER, lastUpdatedTime: LATER }));
    });

    test('Takes at most as many as asked for, and each record once.', async () => {
      const ids = [freshId(), freshId(), freshId()];
      const [first, second] = [freshJobId(), freshJobId()];
      await waitingJobs(stores(), [first, second], ids);
      const claim = { jobIds: [first, second], deviceIds: [...ids, ...ids], limit: 4, at: LATER };

      const one = await stores().jobs.claimWaiting(claim);
      const other = await stores().jobs.claimWaiting(claim);

      expect([one.length, other.length]).toEqual([4, 2]);
      expect(new Set([...one, ...other].map(({ jobId, deviceId }) => `${jobId} ${deviceId}`)).size).toBe(6);
    });

    test('Takes nothing that is pending, running or final, and nothing of a stopped job.', async () => {
      const [pending, running, final, waiting] = [freshId(), freshId(), freshId(), freshId()];
      await connectDevices(stores(), [pending, running, final, waiting]);
      const [jobId, stopped] = [freshJobId(), freshJobId()];
      await waitingJobs(stores(), [stopped], [waiting]);
      await runJob(stores(), methodJob(jobId), [running, final, pending].toSorted());
      await stores().jobs.claimCalls({ jobId, limit: 2, at: LATER });
      await stores().jobs.recordOutcomes([{ jobId, deviceId: final, outcome: answered }], LATER);
      await move(stores(), stopped, { kind: 'stop', at: NOON, by: SOMEONE });

      const deviceIds = [pending, running, final, waiting];
      const claimed = await stores().jobs.claimWaiting({ jobIds: [jobId, stopped], deviceIds, limit: 9, at: LATER });

      expect(claimed).toEqual([]);
    });
  });
}
