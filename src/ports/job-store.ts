// Where jobs and the records of their devices live. All that the job engine knows is here, so it may die at any instant.
import type { Actor } from '../domain/audit/audit-entry.ts';
import type { Outcome } from '../domain/errors.ts';
import type { DeviceJobError, DeviceOutcome, Job, JobCounts, JobStatus } from '../domain/job/job.ts';
import type { JobMove } from '../domain/job/job-moves.ts';
import type { Expression } from '../domain/query/ast.ts';
import type { DesiredNotice } from '../domain/twin/twin.ts';

export type JobWithCounts = { readonly job: Job; readonly counts: JobCounts };

export type JobFilter = {
  readonly kind: Job['work']['kind'] | undefined;
  readonly status: JobStatus | undefined;
  /** The `next` of the page before. */
  readonly after: string | undefined;
  readonly limit: number;
};

export type DeviceJobKey = { readonly jobId: string; readonly deviceId: string };

export interface JobStore {
  /** Durable when it resolves. @throws HubError JobAlreadyExists. */
  createJob(job: Job, by: Actor): Promise<void>;
  /** `undefined` for an unknown id. Counts and job are of the same moment. */
  readJob(jobId: string): Promise<JobWithCounts | undefined>;
  /** Newest first by creation, then by id. `next` is absent on the last page. @throws HubError ArgumentInvalid for an `after` that is no `next`. */
  listJobs(filter: JobFilter): Promise<{ readonly jobs: readonly JobWithCounts[]; readonly next: string | undefined }>;
  /**
   * Leases jobs that have not ended, are `queued` or start no later than `startBy`, and whose lease is this owner's, free, or over at `at`, to
   * `owner` until `until`; oldest first, at most `limit`. `takenOver`: another owner had it, so nobody knows what became of its `running` records. A store
   * that only one hub can open frees all leases when it is opened, without forgetting that there was an owner; one that several can open does so
   * for an owner whose process has ended.
   */
  leaseJobs(lease: {
    readonly owner: string;
    readonly at: string;
    readonly until: string;
    readonly startBy: string;
    readonly limit: number;
  }): Promise<readonly { readonly job: Job; readonly takenOver: boolean }[]>;
  /** Decides `applyJobMove` on the job as it stands, in one transaction. Refused as the rule says; JobNotFound for an unknown id. */
  moveJob(jobId: string, move: JobMove): Promise<Outcome<Job>>;
  /**
   * Looks at the next `limit` devices in code-point order of their ids: of those that the condition names or an index leads to, or else of all. Adds a record for
   * each that the condition selects, and moves the expansion on; seals it when no device is left. Idempotent by job and device. Does nothing on a job that
   * is not running or already sealed. @returns the job as it stands after. @throws HubError JobNotFound.
   */
  expandJob(expansion: {
    readonly jobId: string;
    readonly condition: Expression;
    readonly limit: number;
    readonly at: string;
  }): Promise<Job>;
  /**
   * Takes the next `pending` records of a running, sealed job in order of device ids, at most `limit`. Those of connected devices become
   * `running` and are returned: what is returned is durable, so a call is never sent twice. Those of the others become `waiting`.
   * `left`: whether there is more to take. Of any other job nothing is taken, and nothing is left.
   */
  claimCalls(claim: {
    readonly jobId: string;
    readonly limit: number;
    readonly at: string;
  }): Promise<{ readonly deviceIds: readonly string[]; readonly left: boolean }>;
  /**
   * Takes `waiting` records of these devices in these jobs, as far as the jobs are running and sealed: at most `limit` become `running` and
   * are returned, durable as for `claimCalls`. Fewer than `limit` when none is left.
   */
  claimWaiting(claim: {
    readonly jobIds: readonly string[];
    readonly deviceIds: readonly string[];
    readonly limit: number;
    readonly at: string;
  }): Promise<readonly DeviceJobKey[]>;
  /** Ends `running` records, or makes them `waiting` for `notSent`, in one transaction. Records that are not `running` are left alone. */
  recordOutcomes(outcomes: readonly (DeviceJobKey & { readonly outcome: DeviceOutcome })[], at: string): Promise<void>;
  /**
   * Applies the twin patch of a running, sealed job to its next `pending` devices, at most `limit`, and ends their records, in one
   * transaction: a device's twin changes exactly once. A device that was deleted fails with DeviceNotFound, one whose twin refuses the patch
   * with that refusal. `left`: whether there is more to patch. Of any other job nothing is patched, and nothing is left.
   */
  patchTwins(patch: { readonly jobId: string; readonly limit: number; readonly at: string }): Promise<{
    readonly notices: readonly { readonly deviceId: string; readonly notice: DesiredNotice }[];
    readonly left: boolean;
  }>;
  /** Ends at most `limit` `pending` and `waiting` records of the job. @returns how many; fewer than `limit` when none is left. */
  endUnsent(ending: {
    readonly jobId: string;
    readonly status: 'failed' | 'canceled';
    readonly error: DeviceJobError | undefined;
    readonly limit: number;
    readonly at: string;
  }): Promise<number>;
  /** Fails at most `limit` `running` records of a job that was taken over. @returns how many; fewer than `limit` when none is left. */
  failInterrupted(ending: {
    readonly jobId: string;
    readonly error: DeviceJobError;
    readonly limit: number;
    readonly at: string;
  }): Promise<number>;
  /**
   * Removes at most `limit` of the oldest ended jobs that ended before `before`, with their records. The jobs go first and at once, their
   * records after them in transactions of bounded size; a later call removes what a crash left. @returns how many jobs.
   */
  trimJobs(before: string, limit: number): Promise<number>;
}
