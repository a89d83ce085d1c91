// Jobs, records and counts for tests: each shows only the values that matter to the test.
import { type DeviceJob, type Job, type JobCounts, NO_RECORDS } from '../../src/domain/job/job.ts';
import { NOON } from './store-builders.ts';

/** A job that was just created and begins at once. */
export function methodJob(jobId: string, options: Partial<Job> = {}): Job {
  return {
    jobId,
    work: { kind: 'method', methodName: 'lockDoor', payload: null, responseTimeoutSeconds: 15 },
    condition: '*',
    createdTime: NOON,
    startTime: NOON,
    maxExecutionTimeSeconds: 300,
    status: 'queued',
    expansion: { kind: 'open', afterDeviceId: undefined },
    endTime: undefined,
    failureReason: undefined,
    ...options,
  };
}

export function twinJob(jobId: string, options: Partial<Job> = {}): Job {
  return methodJob(jobId, { work: { kind: 'twinPatch', tags: { plant: 'A' }, desired: { building: '43' } }, ...options });
}

/** A job whose devices are all selected. */
export function runningJob(jobId: string, options: Partial<Job> = {}): Job {
  return methodJob(jobId, { status: 'running', expansion: { kind: 'sealed' }, ...options });
}

export function countsOf(counts: Partial<JobCounts>): JobCounts {
  return { ...NO_RECORDS, ...counts };
}

export function deviceJob(options: Partial<DeviceJob> = {}): DeviceJob {
  return {
    jobId: 'job-1',
    deviceId: 'door-1',
    status: 'pending',
    createdTime: NOON,
    lastUpdatedTime: NOON,
    startTime: undefined,
    endTime: undefined,
    answer: undefined,
    error: undefined,
    ...options,
  };
}
