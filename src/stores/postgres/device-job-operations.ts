// The records of jobs on PostgreSQL: who takes which, and what becomes of them.
import { outcomeOf } from '../../domain/errors.ts';
import type { DeviceJobError, DeviceJobStatus } from '../../domain/job/job.ts';
import type { DesiredNotice } from '../../domain/twin/twin.ts';
import type { DeviceJobKey, JobStore } from '../../ports/job-store.ts';
import { parseWork } from '../sql/job-row.ts';
import { type ServiceWrite, writeTwin } from '../sql/write-twin.ts';
import type { Reader, Writer } from './driver.ts';
import { holdDispatchable } from './job-rows.ts';
import { openTwins } from './twin-operations.ts';

/*
 * Whoever takes records locks them first, in the order of their keys, and looks at them again when it had to wait: what another hub has taken by then is
 * no longer what was looked for. So no two take the same record, and none is skipped that the other gives back. The job of the records is held
 * meanwhile, so that it does not end in between.
 */

type Taking = { readonly jobId: string; readonly limit: number; readonly at: string };

export async function claimCalls(writer: Writer, { jobId, limit, at }: Taking): ReturnType<JobStore['claimCalls']> {
  const job = await holdDispatchable(writer, jobId);
  if (!job) return { deviceIds: [], left: false };
  const pending = await lockPending(writer, job.job_key, limit);
  const connected = await lockConnected(writer, pending);
  await writer.run(
    `update job_devices
     set status = case when is_connected then 'running' else 'waiting' end,
       start_time = case when is_connected then $3 end,
       last_updated_time = $3
     from unnest($1::text[], $2::boolean[]) as claimed (device_id, is_connected)
     where job_devices.device_id = claimed.device_id
     and job_devices.job_key = $4`,
    pending,
    pending.map((deviceId) => connected.has(deviceId)),
    at,
    job.job_key,
  );
  return { deviceIds: pending.filter((deviceId) => connected.has(deviceId)), left: await hasPending(writer, job.job_key) };
}

/** The next devices in the order of their ids. */
async function lockPending(writer: Writer, jobKey: number, limit: number): Promise<readonly string[]> {
  const rows = await writer.rows<{ readonly device_id: string }>(
    `select device_id
     from job_devices
     where job_key = $1
     and status = 'pending'
     order by device_id
     limit $2
     for update`,
    jobKey,
    limit,
  );
  return rows.map((row) => row.device_id);
}

/**
 * Of these devices those that are connected. What is away stays so until the transaction ends: who connects later is looked up among the records that wait,
 * and finds this one there.
 */
async function lockConnected(writer: Writer, deviceIds: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await writer.rows<{ readonly device_id: string; readonly is_connected: boolean }>(
    `select device_id, connection_state = 'Connected' as is_connected
     from devices
     where device_id = any ($1)
     order by device_id
     for share`,
    deviceIds,
  );
  return new Set(rows.filter(({ is_connected }) => is_connected).map((row) => row.device_id));
}

async function hasPending(reader: Reader, jobKey: number): Promise<boolean> {
  const row = await reader.row(
    `select 1
     from job_devices
     where job_key = $1
     and status = 'pending'
     limit 1`,
    jobKey,
  );
  return row !== undefined;
}

type WaitingClaim = Parameters<JobStore['claimWaiting']>[0];

export async function claimWaiting(writer: Writer, { jobIds, deviceIds, limit, at }: WaitingClaim): Promise<readonly DeviceJobKey[]> {
  const rows = await writer.rows<{ readonly job_key: number; readonly job_id: string; readonly device_id: string }>(
    `with wanted as (
       select job_devices.job_key, jobs.job_id, job_devices.device_id
       from job_devices
       join jobs using (job_key)
       where job_devices.device_id = any ($1)
       and job_devices.status = 'waiting'
       and jobs.job_id = any ($2)
       and jobs.status = 'running'
       and jobs.sealed
       order by job_devices.job_key, job_devices.device_id
       limit $3
       for key share of jobs
       for update of job_devices
     )
     update job_devices
     set status = 'running', start_time = $4, last_updated_time = $4
     from wanted
     where job_devices.device_id = wanted.device_id
     and job_devices.job_key = wanted.job_key
     returning wanted.job_key, wanted.job_id, wanted.device_id`,
    deviceIds,
    jobIds,
    limit,
    at,
  );
  return rows
    .toSorted((one, other) => one.job_key - other.job_key || (one.device_id < other.device_id ? -1 : 1))
    .map((row) => ({ jobId: row.job_id, deviceId: row.device_id }));
}

type Outcomes = Parameters<JobStore['recordOutcomes']>[0];

/** Of several outcomes of one record the first one counts: after it the record does not run. */
export async function recordOutcomes(writer: Writer, outcomes: Outcomes, at: string): Promise<void> {
  const firsts = new Map(outcomes.toReversed().map((outcome) => [`${outcome.jobId} ${outcome.deviceId}`, outcome]));
  const rows = [...firsts.values()].map(({ jobId, deviceId, outcome }) => {
    const error = outcome.kind === 'failed' ? outcome.error : undefined;
    const ended = error ? 'failed' : 'completed';
    return {
      job_id: jobId,
      device_id: deviceId,
      status: outcome.kind === 'notSent' ? 'waiting' : ended,
      answer: outcome.kind === 'answered' ? JSON.stringify(outcome.answer) : null,
      ...errorColumns(error),
    };
  });
  await writer.run(
    `with settled as (
       select job_key, outcomes.device_id, outcomes.status, answer, error_code, error_description
       from jsonb_to_recordset($1::jsonb)
         as outcomes (job_id text, device_id text, status text, answer text, error_code text, error_description text)
       join jobs using (job_id)
     ),
     locked as (
       select job_devices.device_id, job_devices.job_key
       from job_devices
       join settled using (device_id, job_key)
       where job_devices.status = 'running'
       order by job_devices.job_key, job_devices.device_id
       for update of job_devices
     )
     update job_devices
     set status = settled.status,
       last_updated_time = $2,
       start_time = case when settled.status = 'waiting' then null else job_devices.start_time end,
       end_time = case when settled.status = 'waiting' then null else $2 end,
       answer = settled.answer::jsonb,
       error_code = settled.error_code,
       error_description = settled.error_description
     from locked
     join settled using (device_id, job_key)
     where job_devices.device_id = locked.device_id
     and job_devices.job_key = locked.job_key`,
    JSON.stringify(rows),
    at,
  );
}

type PatchedTwins = Awaited<ReturnType<JobStore['patchTwins']>>;

export async function patchTwins(writer: Writer, { jobId, limit, at }: Taking): Promise<PatchedTwins> {
  const job = await holdDispatchable(writer, jobId);
  const work = job && parseWork(job.work);
  if (!job || work?.kind !== 'twinPatch') return { notices: [], left: false };
  const { tags, desired } = work;
  const pending = await lockPending(writer, job.job_key, limit);
  const changes = pending.map((deviceId): ServiceWrite => ({ kind: 'patch', deviceId, tags, desired, precondition: { kind: 'any' }, at }));
  const twins = await openTwins(writer, changes);
  const notices: { readonly deviceId: string; readonly notice: DesiredNotice }[] = [];
  const ended = changes.map((change) => {
    const outcome = outcomeOf(() => writeTwin(twins, change));
    const notice = outcome.kind === 'done' ? outcome.value.notice : undefined;
    if (notice) notices.push({ deviceId: change.deviceId, notice });
    const error = outcome.kind === 'refused' ? { code: outcome.refusal.code, description: outcome.refusal.message } : undefined;
    return { device_id: change.deviceId, status: error ? 'failed' : 'completed', ...errorColumns(error) };
  });
  await writer.run(
    `update job_devices
     set status = ended.status, last_updated_time = $2, start_time = $2, end_time = $2, error_code = ended.error_code,
       error_description = ended.error_description
     from jsonb_to_recordset($1::jsonb) as ended (device_id text, status text, error_code text, error_description text)
     where job_devices.device_id = ended.device_id
     and job_devices.job_key = $3`,
    JSON.stringify(ended),
    at,
    job.job_key,
  );
  const left = await hasPending(writer, job.job_key);
  // Last of all, since from then on others wait for the change feed.
  twins.save(writer);
  return { notices, left };
}

export function endUnsent(writer: Writer, ending: Parameters<JobStore['endUnsent']>[0]): Promise<number> {
  return endSome(writer, { ...ending, from: ['pending', 'waiting'] });
}

export function failInterrupted(writer: Writer, ending: Parameters<JobStore['failInterrupted']>[0]): Promise<number> {
  return endSome(writer, { ...ending, status: 'failed', from: ['running'] });
}

type Ending = Parameters<JobStore['endUnsent']>[0] & { readonly from: readonly DeviceJobStatus[] };

function endSome(writer: Writer, { jobId, status, error, limit, at, from }: Ending): Promise<number> {
  return writer.run(
    `with ending as (
       select job_devices.device_id, job_devices.job_key
       from job_devices
       join jobs using (job_key)
       where jobs.job_id = $1
       and job_devices.status = any ($2)
       order by job_devices.device_id
       limit $3
       for update of job_devices
     )
     update job_devices
     set status = $4, last_updated_time = $5, end_time = $5, error_code = $6, error_description = $7
     from ending
     where job_devices.device_id = ending.device_id
     and job_devices.job_key = ending.job_key`,
    jobId,
    from,
    limit,
    status,
    at,
    error?.code ?? null,
    error?.description ?? null,
  );
}

function errorColumns(error: DeviceJobError | undefined): {
  readonly error_code: string | null;
  readonly error_description: string | null;
} {
  return { error_code: error?.code ?? null, error_description: error?.description ?? null };
}
