// What a job needs next, decided from the job, the counts of its records and the time alone (design 3.7).
import type { DeviceJobError, Job, JobCounts } from './job.ts';

/**
 * `schedule`, `start` and `complete` are moves of the job. `expand`: select the next devices. `dispatch`: do the work for the next `pending`
 * records. `endUnsent`: end what is `pending` or `waiting`. `wait`: only a device, an outcome or the time `untilMs` (milliseconds since 1970)
 * can change anything. `ended`: nothing will happen any more.
 */
export type JobStep =
  | { readonly kind: 'schedule' | 'start' | 'expand' | 'dispatch' | 'complete' | 'ended' }
  | { readonly kind: 'endUnsent'; readonly status: 'failed' | 'canceled'; readonly error: DeviceJobError | undefined }
  | { readonly kind: 'wait'; readonly untilMs: number | undefined };

/** What the record of a device says that was not reached before the window was over (behaviour 6.2). */
const WINDOW_OVER: DeviceJobError = {
  code: 'JobRunPreconditionFailed',
  description: 'The job did not start within specified period: either device did not come online or invalid endTime specified.',
};

/** The same facts always lead to the same step, so whoever died in the middle of one begins it again. */
export function nextStep(facts: { readonly job: Job; readonly counts: JobCounts; readonly nowMs: number }): JobStep {
  const { job, counts, nowMs } = facts;
  if (job.endTime !== undefined) return { kind: 'ended' };
  switch (job.status) {
    case 'queued':
    case 'scheduled':
      return stepBeforeStart(job, nowMs);
    case 'running':
      return job.expansion.kind === 'open' ? { kind: 'expand' } : stepWhileRunning(job, counts, nowMs);
    case 'completed':
    case 'failed':
    case 'cancelled':
      return unsent(counts) > 0 ? { kind: 'endUnsent', status: 'canceled', error: undefined } : stepWithNothingUnsent(counts);
  }
}

/** When the time for sending is over, in milliseconds since 1970; at this moment it is. */
export function windowEndMs(job: Pick<Job, 'startTime' | 'maxExecutionTimeSeconds'>): number {
  return Date.parse(job.startTime) + job.maxExecutionTimeSeconds * 1000;
}

function stepBeforeStart(job: Job, nowMs: number): JobStep {
  const startMs = Date.parse(job.startTime);
  if (startMs <= nowMs) return { kind: 'start' };
  return job.status === 'queued' ? { kind: 'schedule' } : { kind: 'wait', untilMs: startMs };
}

function stepWhileRunning(job: Job, counts: JobCounts, nowMs: number): JobStep {
  if (unsent(counts) === 0) return stepWithNothingUnsent(counts);
  const endMs = windowEndMs(job);
  if (endMs <= nowMs) return { kind: 'endUnsent', status: 'failed', error: WINDOW_OVER };
  return counts.pending > 0 ? { kind: 'dispatch' } : { kind: 'wait', untilMs: endMs };
}

function unsent(counts: JobCounts): number {
  return counts.pending + counts.waiting;
}

/** A call that was sent has a timeout of its own, within which its outcome comes. */
function stepWithNothingUnsent(counts: JobCounts): JobStep {
  return counts.running > 0 ? { kind: 'wait', untilMs: undefined } : { kind: 'complete' };
}
