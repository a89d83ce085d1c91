// The states of a job and the moves between them.
import type { Actor } from '../audit/audit-entry.ts';
import { HubError } from '../errors.ts';
import type { Job, JobStatus } from './job.ts';

/*
 * queued ──schedule──▶ scheduled          its start lies ahead
 * queued, scheduled ──start──▶ running    devices are selected, then the work is done
 * queued, scheduled ──cancel, stop──▶ cancelled, ended
 * queued, scheduled ──fail──▶ failed, ended
 * running ──stop──▶ cancelled             not ended: records are still to be closed
 * running ──fail──▶ failed                not ended, likewise
 * running ──complete──▶ completed, ended
 * cancelled, failed ──complete──▶ the same, ended
 *
 * A status that is final stays. A job has ended when it has an end time; then no record of it changes any more.
 */

/** `at` is ISO-8601 UTC. `cancel` is what the service's API knows, `stop` also ends a job that runs (behaviour 6.3). */
export type JobMove = { readonly at: string } & (
  | { readonly kind: 'schedule' | 'start' | 'complete' }
  | { readonly kind: 'cancel' | 'stop'; readonly by: Actor }
  | { readonly kind: 'fail'; readonly reason: string }
);

/**
 * The job after the move. When records may be closed, and whether all are before `complete`, is for `nextStep` to say.
 * @throws HubError OperationNotAllowedInCurrentState when the state of the job does not allow the move.
 */
export function applyJobMove(job: Job, move: JobMove): Job {
  if (!isAllowed(job, move.kind)) throw notAllowed(job.status, move.kind);
  switch (move.kind) {
    case 'schedule':
      return { ...job, status: 'scheduled' };
    case 'start':
      return { ...job, status: 'running' };
    case 'cancel':
    case 'stop':
      return { ...job, status: 'cancelled', endTime: endTimeWithoutRecords(job, move.at) };
    case 'fail':
      return { ...job, status: 'failed', failureReason: move.reason, endTime: endTimeWithoutRecords(job, move.at) };
    case 'complete':
      return { ...job, status: job.status === 'running' ? 'completed' : job.status, endTime: move.at };
  }
}

const ALLOWED_IN: Readonly<Record<JobMove['kind'], readonly JobStatus[]>> = {
  schedule: ['queued'],
  start: ['queued', 'scheduled'],
  cancel: ['queued', 'scheduled'],
  stop: ['queued', 'scheduled', 'running'],
  fail: ['queued', 'scheduled', 'running'],
  complete: ['running', 'cancelled', 'failed'],
};

function isAllowed(job: Job, kind: JobMove['kind']): boolean {
  if (job.endTime !== undefined || !ALLOWED_IN[kind].includes(job.status)) return false;
  // While devices are still being selected, the counts say nothing of the whole job.
  return !(kind === 'complete' && job.status === 'running' && job.expansion.kind === 'open');
}

/** Only a job that runs, or ran, has records. */
function endTimeWithoutRecords(job: Job, at: string): string | undefined {
  return job.status === 'running' ? undefined : at;
}

const DONE: Readonly<Record<JobMove['kind'], string>> = {
  schedule: 'scheduled',
  start: 'started',
  cancel: 'cancelled',
  stop: 'cancelled',
  fail: 'failed',
  complete: 'completed',
};

/** The words of the service (behaviour 6.3). */
function notAllowed(status: JobStatus, kind: JobMove['kind']): HubError {
  const state = `${status.charAt(0).toUpperCase()}${status.slice(1)}`;
  return new HubError('OperationNotAllowedInCurrentState', `Job cannot be ${DONE[kind]} in '${state}' status.`);
}
