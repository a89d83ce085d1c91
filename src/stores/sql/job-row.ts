// Rows of the tables of jobs and of their records, and what they stand for.
import type { DeviceJob, DeviceJobStatus, Job, JobStatus, JobWork } from '../../domain/job/job.ts';
import { parseOwnJson } from '../../domain/json.ts';
import type { DirectMethodAnswer } from '../../domain/method/direct-method.ts';

/** `work` is JSON text. SQLite has no booleans, and says 0 or 1. */
export type JobRow = {
  readonly job_key: number;
  readonly job_id: string;
  readonly work: string;
  readonly condition: string;
  readonly created_time: string;
  readonly start_time: string;
  readonly max_execution_seconds: number;
  readonly status: JobStatus;
  readonly expanded_to: string | null;
  readonly sealed: number | boolean;
  readonly end_time: string | null;
  readonly failure_reason: string | null;
};

export const JOB_COLUMNS = `job_key, job_id, work, condition, created_time, start_time, max_execution_seconds, status, expanded_to, sealed,
  end_time, failure_reason`;

export function toJob(row: JobRow): Job {
  return {
    jobId: row.job_id,
    work: parseWork(row.work),
    condition: row.condition,
    createdTime: row.created_time,
    startTime: row.start_time,
    maxExecutionTimeSeconds: row.max_execution_seconds,
    status: row.status,
    expansion: row.sealed ? { kind: 'sealed' } : { kind: 'open', afterDeviceId: row.expanded_to ?? undefined },
    endTime: row.end_time ?? undefined,
    failureReason: row.failure_reason ?? undefined,
  };
}

export function parseWork(text: string): JobWork {
  // The column holds what JSON made of such work; an absent section stays absent.
  return parseOwnJson(text) as JobWork;
}

/** `answer` is JSON text. */
export type DeviceJobRow = {
  readonly job_id: string;
  readonly device_id: string;
  readonly status: DeviceJobStatus;
  readonly created_time: string;
  readonly last_updated_time: string;
  readonly start_time: string | null;
  readonly end_time: string | null;
  readonly answer: string | null;
  readonly error_code: string | null;
  readonly error_description: string | null;
};

export function toDeviceJob(row: DeviceJobRow): DeviceJob {
  return {
    jobId: row.job_id,
    deviceId: row.device_id,
    status: row.status,
    createdTime: row.created_time,
    lastUpdatedTime: row.last_updated_time,
    startTime: row.start_time ?? undefined,
    endTime: row.end_time ?? undefined,
    answer: row.answer === null ? undefined : parseAnswer(row.answer),
    error: row.error_code === null ? undefined : { code: row.error_code, description: row.error_description ?? '' },
  };
}

function parseAnswer(text: string): DirectMethodAnswer {
  // The column holds nothing but answers.
  return parseOwnJson(text) as DirectMethodAnswer;
}
