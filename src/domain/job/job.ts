// A job: the same work for every device that a condition selects, in a window of time; and the record it keeps of each device.
import type { JsonObject, JsonValue } from '../json.ts';
import type { DirectMethodAnswer } from '../method/direct-method.ts';

/** What is done to each device. `desired: null` clears the section, as in a twin patch. */
export type JobWork =
  | { readonly kind: 'method'; readonly methodName: string; readonly payload: JsonValue; readonly responseTimeoutSeconds: number }
  | { readonly kind: 'twinPatch'; readonly tags: JsonObject | null | undefined; readonly desired: JsonObject | null | undefined };

/** `queued`: created, not looked at yet; `scheduled`: its start lies ahead. The last three are final (behaviour 6.2); see `applyJobMove`. */
export const JOB_STATUSES = ['queued', 'scheduled', 'running', 'completed', 'failed', 'cancelled'] as const;

export type JobStatus = (typeof JOB_STATUSES)[number];

/** How far the membership is frozen. Nothing is dispatched before it is `sealed`. */
type JobExpansion = { readonly kind: 'open'; readonly afterDeviceId: string | undefined } | { readonly kind: 'sealed' };

/**
 * Times are ISO-8601 UTC. `endTime` is absent until the job has ended, which means that none of its records will change; `failureReason` is
 * there only when the status is `failed`.
 */
export type Job = {
  readonly jobId: string;
  readonly work: JobWork;
  /** As the caller gave it; it may not parse, in which case the job fails when it starts. */
  readonly condition: string;
  readonly createdTime: string;
  readonly startTime: string;
  readonly maxExecutionTimeSeconds: number;
  readonly status: JobStatus;
  readonly expansion: JobExpansion;
  readonly endTime: string | undefined;
  readonly failureReason: string | undefined;
};

/**
 * `pending`: not tried; `waiting`: its device was away when it was tried, and nothing was sent; `running`: sent, or about to be, with an
 * outcome to come. The others are final. On the wire `waiting` is `pending` too.
 */
export type DeviceJobStatus = 'pending' | 'waiting' | 'running' | 'completed' | 'failed' | 'canceled';

export type DeviceJobError = { readonly code: string; readonly description: string };

/** The record of one device in a job. `startTime`, absent unless the work was sent or done, is when that was; `endTime` is absent until it is final. */
export type DeviceJob = {
  readonly jobId: string;
  readonly deviceId: string;
  readonly status: DeviceJobStatus;
  readonly createdTime: string;
  readonly lastUpdatedTime: string;
  readonly startTime: string | undefined;
  readonly endTime: string | undefined;
  readonly answer: DirectMethodAnswer | undefined;
  readonly error: DeviceJobError | undefined;
};

/** Counted from the records of the job's devices, never kept beside them. */
export type JobCounts = Readonly<Record<DeviceJobStatus, number>>;

/** The counts of a job that has no records, as each has when it is new. */
export const NO_RECORDS: JobCounts = { pending: 0, waiting: 0, running: 0, completed: 0, failed: 0, canceled: 0 };

/** What became of one device's call. `notSent`: the device was away, and is tried again when it comes. */
export type DeviceOutcome =
  | { readonly kind: 'answered'; readonly answer: DirectMethodAnswer }
  | { readonly kind: 'failed'; readonly error: DeviceJobError }
  | { readonly kind: 'notSent' };
