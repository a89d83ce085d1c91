// Jobs on SQLite, each as a whole. What is done to the records of their devices stands in device-job-operations.ts.
import type { Actor } from '../../domain/audit/audit-entry.ts';
import { jobCreatedAudit, jobEndAudit } from '../../domain/audit/audit-records.ts';
import { HubError, outcomeOf, type Outcome } from '../../domain/errors.ts';
import { applyJobMove, type JobMove } from '../../domain/job/job-moves.ts';
import type { Job } from '../../domain/job/job.ts';
import type { JobFilter, JobStore, JobWithCounts } from '../../ports/job-store.ts';
import { appendAudit } from './audit-operations.ts';
import type { Reader, Writer } from './driver.ts';
import { formatJobCursor, parseJobCursor } from '../sql/job-cursor.ts';
import { JOB_COLUMNS, type JobRow, toJob } from '../sql/job-row.ts';
import { readCounts, readJobRow } from './stored-jobs.ts';

export function createJob(writer: Writer, { job, by }: { readonly job: Job; readonly by: Actor }): void {
  const created = writer.run(
    `insert into jobs (
       job_id, kind, work, condition, created_time, start_time, max_execution_seconds, status, expanded_to, sealed, end_time, failure_reason
     )
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (job_id) do nothing`,
    job.jobId,
    job.work.kind,
    JSON.stringify(job.work),
    job.condition,
    job.createdTime,
    job.startTime,
    job.maxExecutionTimeSeconds,
    job.status,
    job.expansion.kind === 'open' ? (job.expansion.afterDeviceId ?? null) : null,
    job.expansion.kind === 'sealed' ? 1 : 0,
    job.endTime ?? null,
    job.failureReason ?? null,
  );
  if (created === 0) throw new HubError('JobAlreadyExists', `A job with ID '${job.jobId}' already exists.`);
  appendAudit(writer, jobCreatedAudit(job, by));
}

export function readJob(reader: Reader, jobId: string): JobWithCounts | undefined {
  const row = readJobRow(reader, jobId);
  return row && withCounts(reader, row);
}

export function listJobs(reader: Reader, filter: JobFilter): Awaited<ReturnType<JobStore['listJobs']>> {
  const [createdTime, jobId] = parseJobCursor(filter.after);
  const rows = reader.rows<JobRow>(
    `select ${JOB_COLUMNS}
     from jobs
     where created_time <= ?
     and (created_time < ? or job_id > ?)
     ${filter.kind === undefined ? '' : 'and kind = ?'}
     ${filter.status === undefined ? '' : 'and status = ?'}
     order by created_time desc, job_id
     limit ?`,
    createdTime,
    createdTime,
    jobId,
    ...(filter.kind === undefined ? [] : [filter.kind]),
    ...(filter.status === undefined ? [] : [filter.status]),
    filter.limit + 1,
  );
  const page = rows.slice(0, filter.limit);
  const last = rows.length > filter.limit ? page.at(-1) : undefined;
  return { jobs: page.map((row) => withCounts(reader, row)), next: last && formatJobCursor(last) };
}

function withCounts(reader: Reader, row: JobRow): JobWithCounts {
  return { job: toJob(row), counts: readCounts(reader, row.job_key) };
}

type Lease = Parameters<JobStore['leaseJobs']>[0];
type LeasedJob = Awaited<ReturnType<JobStore['leaseJobs']>>[number];

export function leaseJobs(writer: Writer, { owner, at, until, startBy, limit }: Lease): readonly LeasedJob[] {
  const rows = writer.rows<JobRow & { readonly lease_owner: string | null }>(
    `select ${JOB_COLUMNS}, lease_owner
     from jobs
     where end_time is null
     and (status = 'queued' or start_time <= ?)
     and (lease_owner = ? or lease_until is null or lease_until <= ?)
     order by created_time, job_id
     limit ?`,
    startBy,
    owner,
    at,
    limit,
  );
  return rows.map((row) => {
    writer.run(
      `update jobs
       set lease_owner = ?, lease_until = ?
       where job_key = ?`,
      owner,
      until,
      row.job_key,
    );
    return { job: toJob(row), takenOver: row.lease_owner !== null && row.lease_owner !== owner };
  });
}

/** Their owner is not forgotten: it may have died in the middle of a call. */
export function freeLeases(writer: Writer): void {
  writer.run(
    `update jobs
     set lease_until = null
     where end_time is null
     and lease_until is not null`,
  );
}

export function moveJob(writer: Writer, { jobId, move }: { readonly jobId: string; readonly move: JobMove }): Outcome<Job> {
  return outcomeOf(() => {
    const before = toJob(knownJobRow(writer, jobId));
    const job = applyJobMove(before, move);
    writer.run(
      `update jobs
       set status = ?, end_time = ?, failure_reason = ?
       where job_id = ?`,
      job.status,
      job.endTime ?? null,
      job.failureReason ?? null,
      jobId,
    );
    if ('by' in move) appendAudit(writer, jobEndAudit({ before, after: job, by: move.by, at: move.at }));
    return job;
  });
}

/** @throws HubError JobNotFound. */
export function knownJobRow(reader: Reader, jobId: string): JobRow {
  const row = readJobRow(reader, jobId);
  if (!row) throw new HubError('JobNotFound', `There is no job with ID '${jobId}'.`);
  return row;
}

/** The records of these jobs stay, until `removeRecords` comes to them. */
export function removeJobs(writer: Writer, range: { readonly before: string; readonly limit: number }): number {
  writer.run(
    `insert into removed_jobs (job_key)
     select job_key
     from jobs
     where end_time < ?
     order by end_time
     limit ?`,
    range.before,
    range.limit,
  );
  return writer.run(
    `delete from jobs
     where job_key in (
       select job_key
       from removed_jobs
     )`,
  );
}

/** Removes at most `limit` records of jobs that are gone. @returns whether any are left. */
export function removeRecords(writer: Writer, limit: number): boolean {
  const jobKey = writer.row<{ readonly job_key: number }>('select job_key from removed_jobs limit 1')?.job_key;
  if (jobKey === undefined) return false;
  const removed = writer.run(
    `delete from job_devices
     where job_key = ?
     and device_id in (
       select device_id
       from job_devices
       where job_key = ?
       limit ?
     )`,
    jobKey,
    jobKey,
    limit,
  );
  if (removed < limit) writer.run('delete from removed_jobs where job_key = ?', jobKey);
  return true;
}
