// Jobs on PostgreSQL, each as a whole. What is done to the records of their devices stands in device-job-operations.ts.
import type { Actor } from '../../domain/audit/audit-entry.ts';
import { jobCreatedAudit, jobEndAudit } from '../../domain/audit/audit-records.ts';
import { HubError, outcomeOf, type Outcome } from '../../domain/errors.ts';
import { applyJobMove, type JobMove } from '../../domain/job/job-moves.ts';
import { type Job, type JobCounts, NO_RECORDS } from '../../domain/job/job.ts';
import { isJsonObject, parseOwnJson } from '../../domain/json.ts';
import type { JobFilter, JobStore, JobWithCounts } from '../../ports/job-store.ts';
import { formatJobCursor, parseJobCursor } from '../sql/job-cursor.ts';
import { JOB_COLUMNS, type JobRow, toJob } from '../sql/job-row.ts';
import { appendAudit } from './audit-operations.ts';
import type { Reader, Writer } from './driver.ts';
import { isHeld } from './held-names.ts';
import { jobNotFound } from './job-rows.ts';

/** @throws HubError JobAlreadyExists. */
export async function createJob(writer: Writer, job: Job, by: Actor): Promise<void> {
  const created = await writer.run(
    `insert into jobs (
       job_id, kind, work, condition, created_time, start_time, max_execution_seconds, status, expanded_to, sealed, end_time, failure_reason
     )
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
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
    job.expansion.kind === 'sealed',
    job.endTime ?? null,
    job.failureReason ?? null,
  );
  if (created === 0) throw new HubError('JobAlreadyExists', `A job with ID '${job.jobId}' already exists.`);
  appendAudit(writer, [jobCreatedAudit(job, by)]);
}

/** `counts` is JSON text. */
type CountedRow = JobRow & { readonly counts: string };

/** In the statement that reads the job, so that both are of one moment. */
const COUNTS = `(
    select coalesce(jsonb_object_agg(status, records), '{}')
    from (
      select status, count(*) as records
      from job_devices
      where job_devices.job_key = jobs.job_key
      group by status
    ) as counted
  ) as counts`;

export async function readJob(reader: Reader, jobId: string): Promise<JobWithCounts | undefined> {
  const row = await reader.row<CountedRow>(
    `select ${JOB_COLUMNS}, ${COUNTS}
     from jobs
     where job_id = $1`,
    jobId,
  );
  return row && toCountedJob(row);
}

export async function listJobs(reader: Reader, filter: JobFilter): ReturnType<JobStore['listJobs']> {
  const [createdTime, jobId] = parseJobCursor(filter.after);
  const rows = await reader.rows<CountedRow>(
    `select ${JOB_COLUMNS}, ${COUNTS}
     from (
       select ${JOB_COLUMNS}
       from jobs
       where created_time <= $1
       and (created_time < $1 or job_id > $2)
       and kind = coalesce($3, kind)
       and status = coalesce($4, status)
       order by created_time desc, job_id
       limit $5
     ) as jobs
     order by created_time desc, job_id`,
    createdTime,
    jobId,
    filter.kind ?? null,
    filter.status ?? null,
    filter.limit + 1,
  );
  const page = rows.slice(0, filter.limit);
  const last = rows.length > filter.limit ? page.at(-1) : undefined;
  return { jobs: page.map(toCountedJob), next: last && formatJobCursor(last) };
}

function toCountedJob({ counts, ...row }: CountedRow): JobWithCounts {
  const counted = parseOwnJson(counts);
  // The statement makes an object of the states of records and how many there are of each.
  return { job: toJob(row), counts: { ...NO_RECORDS, ...(isJsonObject(counted) && (counted as Partial<JobCounts>)) } };
}

type Lease = Parameters<JobStore['leaseJobs']>[0];
type LeasedJob = Awaited<ReturnType<JobStore['leaseJobs']>>[number];

/**
 * Waits for whoever leases or moves one of the jobs at the same time, and looks at it again: to skip what is locked would hide a job from the
 * hub whose own it is.
 */
export async function leaseJobs(writer: Writer, { owner, at, until, startBy, limit }: Lease): Promise<readonly LeasedJob[]> {
  const rows = await writer.rows<JobRow & { readonly former_owner: string | null }>(
    `with due as (
       select job_key, lease_owner as former_owner
       from jobs
       where end_time is null
       and (status = 'queued' or start_time <= $1)
       and (lease_owner = $2 or lease_until is null or lease_until <= $3 or not ${isHeld('lease_owner')})
       order by created_time, job_id
       limit $5
       for no key update
     )
     update jobs
     set lease_owner = $2, lease_until = $4
     from due
     where jobs.job_key = due.job_key
     returning ${LEASED_COLUMNS}, due.former_owner`,
    startBy,
    owner,
    at,
    until,
    limit,
  );
  return rows
    .toSorted((one, other) => compareTexts(one.created_time, other.created_time) || compareTexts(one.job_id, other.job_id))
    .map((row) => ({ job: toJob(row), takenOver: row.former_owner !== null && row.former_owner !== owner }));
}

const LEASED_COLUMNS = JOB_COLUMNS.split(/,\s+/)
  .map((column) => `jobs.${column}`)
  .join(', ');

/** Times and ids of jobs are ASCII. */
function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

export async function moveJob(writer: Writer, jobId: string, move: JobMove): Promise<Outcome<Job>> {
  const row = await writer.row<JobRow>(
    `select ${JOB_COLUMNS}
     from jobs
     where job_id = $1
     for update`,
    jobId,
  );
  return outcomeOf(() => {
    if (!row) throw jobNotFound(jobId);
    const before = toJob(row);
    const job = applyJobMove(before, move);
    writer.send(
      `update jobs
       set status = $1, end_time = $2, failure_reason = $3
       where job_key = $4`,
      job.status,
      job.endTime ?? null,
      job.failureReason ?? null,
      row.job_key,
    );
    if ('by' in move) appendAudit(writer, [jobEndAudit({ before, after: job, by: move.by, at: move.at })]);
    return job;
  });
}

/** The records of these jobs stay, until `removeRecords` comes to them. @returns how many jobs. */
export function removeJobs(writer: Writer, range: { readonly before: string; readonly limit: number }): Promise<number> {
  return writer.run(
    `with removed as (
       delete from jobs
       where job_key in (
         select job_key
         from jobs
         where end_time < $1
         order by end_time, job_key
         limit $2
         for update skip locked
       )
       returning job_key
     )
     insert into removed_jobs (job_key)
     select job_key
     from removed`,
    range.before,
    range.limit,
  );
}

/** Removes at most `limit` records of a job that is gone and that no other hub clears at the same time. @returns whether there was one. */
export async function removeRecords(writer: Writer, limit: number): Promise<boolean> {
  const job = await writer.row<{ readonly job_key: number }>(
    `select job_key
     from removed_jobs
     order by job_key
     limit 1
     for update skip locked`,
  );
  if (!job) return false;
  const removed = await writer.run(
    `delete from job_devices
     where job_key = $1
     and device_id in (
       select device_id
       from job_devices
       where job_key = $1
       limit $2
     )`,
    job.job_key,
    limit,
  );
  if (removed < limit) writer.send('delete from removed_jobs where job_key = $1', job.job_key);
  return true;
}
