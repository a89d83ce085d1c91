// The records of jobs on SQLite: who takes which, and what becomes of them.
import { outcomeOf } from '../../domain/errors.ts';
import type { DeviceJobError, DeviceJobStatus, DeviceOutcome, JobWork } from '../../domain/job/job.ts';
import type { DesiredNotice } from '../../domain/twin/twin.ts';
import type { DeviceJobKey, JobStore } from '../../ports/job-store.ts';
import { appendChange } from './change-operations.ts';
import type { SqlValue, Writer } from './driver.ts';
import { parseWork } from '../sql/job-row.ts';
import type { ServiceWrite } from '../sql/write-twin.ts';
import { patchDevicesInPlace } from './patch-in-place.ts';
import { readDispatchable, readJobRow } from './stored-jobs.ts';
import { writeTwin } from './twin-operations.ts';

type Taking = { readonly jobId: string; readonly limit: number; readonly at: string };

export function claimCalls(writer: Writer, { jobId, limit, at }: Taking): Awaited<ReturnType<JobStore['claimCalls']>> {
  const job = readDispatchable(writer, jobId);
  if (!job) return { deviceIds: [], left: false };
  const rows = writer.rows<{ readonly device_id: string; readonly status: DeviceJobStatus }>(
    `with next as (
       select job_devices.device_id, devices.connection_state is 'Connected' as connected
       from job_devices
       left join devices on devices.device_id = job_devices.device_id
       where job_devices.job_key = ?
       and job_devices.status = 'pending'
       order by job_devices.device_id
       limit ?
     )
     update job_devices
     set status = iif(connected, 'running', 'waiting'), start_time = iif(connected, ?, null), last_updated_time = ?
     from next
     where job_devices.job_key = ?
     and job_devices.device_id = next.device_id
     returning device_id, status`,
    job.job_key,
    limit,
    at,
    at,
    job.job_key,
  );
  const deviceIds = rows.filter(({ status }) => status === 'running').map((row) => row.device_id);
  return { deviceIds: deviceIds.toSorted(), left: rows.length === limit && hasPending(writer, job.job_key) };
}

function hasPending(writer: Writer, jobKey: number): boolean {
  const row = writer.row(
    `select 1
     from job_devices
     where job_key = ?
     and status = 'pending'
     limit 1`,
    jobKey,
  );
  return row !== undefined;
}

type WaitingClaim = Parameters<JobStore['claimWaiting']>[0];

export function claimWaiting(writer: Writer, { jobIds, deviceIds, limit, at }: WaitingClaim): readonly DeviceJobKey[] {
  const rows = writer.rows<{ readonly job_key: number; readonly job_id: string; readonly device_id: string }>(
    `select job_devices.job_key, jobs.job_id, job_devices.device_id
     from json_each(?) as wanted
     cross join job_devices on job_devices.device_id = wanted.value
     cross join jobs on jobs.job_key = job_devices.job_key
     where job_devices.status = 'waiting'
     and jobs.status = 'running'
     and jobs.sealed = 1
     and jobs.job_id in (
       select value
       from json_each(?)
     )
     order by job_devices.job_key, job_devices.device_id
     limit ?`,
    JSON.stringify([...new Set(deviceIds)]),
    JSON.stringify(jobIds),
    limit,
  );
  for (const row of rows) {
    writer.run(
      `update job_devices
       set status = 'running', start_time = ?, last_updated_time = ?
       where job_key = ?
       and device_id = ?`,
      at,
      at,
      row.job_key,
      row.device_id,
    );
  }
  return rows.map((row) => ({ jobId: row.job_id, deviceId: row.device_id }));
}

type Outcomes = { readonly outcomes: readonly (DeviceJobKey & { readonly outcome: DeviceOutcome })[]; readonly at: string };

export function recordOutcomes(writer: Writer, { outcomes, at }: Outcomes): void {
  const jobKeys = new Map<string, number | undefined>();
  for (const { jobId, deviceId, outcome } of outcomes) {
    if (!jobKeys.has(jobId)) jobKeys.set(jobId, readJobRow(writer, jobId)?.job_key);
    const jobKey = jobKeys.get(jobId);
    if (jobKey !== undefined) recordOutcome(writer, { jobKey, deviceId, outcome, at });
  }
}

type RecordedOutcome = { readonly jobKey: number; readonly deviceId: string; readonly outcome: DeviceOutcome; readonly at: string };

function recordOutcome(writer: Writer, { jobKey, deviceId, outcome, at }: RecordedOutcome): void {
  if (outcome.kind === 'notSent') {
    writer.run(
      `update job_devices
       set status = 'waiting', start_time = null, last_updated_time = ?
       where job_key = ?
       and device_id = ?
       and status = 'running'`,
      at,
      jobKey,
      deviceId,
    );
    return;
  }
  const error = outcome.kind === 'failed' ? outcome.error : undefined;
  writer.run(
    `update job_devices
     set status = ?, last_updated_time = ?, end_time = ?, answer = jsonb(?), error_code = ?, error_description = ?
     where job_key = ?
     and device_id = ?
     and status = 'running'`,
    error ? 'failed' : 'completed',
    at,
    at,
    outcome.kind === 'answered' ? JSON.stringify(outcome.answer) : null,
    ...errorValues(error),
    jobKey,
    deviceId,
  );
}

type Patched = Awaited<ReturnType<JobStore['patchTwins']>>;

export function patchTwins(writer: Writer, { jobId, limit, at }: Taking): Patched {
  const job = readDispatchable(writer, jobId);
  const work = job && parseWork(job.work);
  if (!job || work?.kind !== 'twinPatch') return { notices: [], left: false };
  const rows = writer.rows<{ readonly device_id: string }>(
    `select device_id
     from job_devices
     where job_key = ?
     and status = 'pending'
     order by device_id
     limit ?`,
    job.job_key,
    limit,
  );
  const deviceIds = rows.map((row) => row.device_id);
  const notices = patchDevices(writer, { jobKey: job.job_key, work, deviceIds, at });
  return { notices, left: rows.length === limit && hasPending(writer, job.job_key) };
}

type DevicesPatch = {
  readonly jobKey: number;
  readonly work: Extract<JobWork, { kind: 'twinPatch' }>;
  readonly deviceIds: readonly string[];
  readonly at: string;
};

/** @returns the notices, in the order of the devices. */
function patchDevices(writer: Writer, { jobKey, work: { tags, desired }, deviceIds, at }: DevicesPatch): Patched['notices'] {
  const versions = patchDevicesInPlace(writer, { deviceIds, patch: { tags, desired }, at });
  const patched = deviceIds.filter((deviceId) => versions.has(deviceId));
  const sections = [...(tags ? ['tags' as const] : []), ...(desired ? ['desired' as const] : [])];
  for (const deviceId of patched) appendChange(writer, { at, kind: 'twinUpdated', deviceId, sections });
  completePatched(writer, { jobKey, deviceIds: patched, at });
  return deviceIds.flatMap((deviceId) => {
    const version = versions.get(deviceId);
    const notice =
      version === undefined
        ? patchByRule(writer, { jobKey, change: { kind: 'patch', deviceId, tags, desired, precondition: { kind: 'any' }, at } })
        : desired && { version, patch: desired };
    return notice ? [{ deviceId, notice }] : [];
  });
}

function completePatched(writer: Writer, { jobKey, deviceIds, at }: Pick<DevicesPatch, 'jobKey' | 'deviceIds' | 'at'>): void {
  if (deviceIds.length === 0) return;
  writer.run(
    `update job_devices
     set status = 'completed', last_updated_time = ?, start_time = ?, end_time = ?
     where job_key = ?
     and device_id in (
       select value
       from json_each(?)
     )`,
    at,
    at,
    at,
    jobKey,
    JSON.stringify(deviceIds),
  );
}

type RulePatch = { readonly jobKey: number; readonly change: ServiceWrite };

function patchByRule(writer: Writer, { jobKey, change }: RulePatch): DesiredNotice | undefined {
  const { deviceId, at } = change;
  const outcome = outcomeOf(() => writeTwin(writer, change));
  const error = outcome.kind === 'refused' ? { code: outcome.refusal.code, description: outcome.refusal.message } : undefined;
  endPatched(writer, { jobKey, deviceId, error, at });
  return outcome.kind === 'done' ? outcome.value.notice : undefined;
}

type EndedPatch = { readonly jobKey: number; readonly deviceId: string; readonly error: DeviceJobError | undefined; readonly at: string };

function endPatched(writer: Writer, { jobKey, deviceId, error, at }: EndedPatch): void {
  writer.run(
    `update job_devices
     set status = ?, last_updated_time = ?, start_time = ?, end_time = ?, error_code = ?, error_description = ?
     where job_key = ?
     and device_id = ?`,
    error ? 'failed' : 'completed',
    at,
    at,
    at,
    ...errorValues(error),
    jobKey,
    deviceId,
  );
}

export function endUnsent(writer: Writer, ending: Parameters<JobStore['endUnsent']>[0]): number {
  return endSome(writer, { ...ending, from: ['pending', 'waiting'] });
}

export function failInterrupted(writer: Writer, ending: Parameters<JobStore['failInterrupted']>[0]): number {
  return endSome(writer, { ...ending, status: 'failed', from: ['running'] });
}

type Ending = Parameters<JobStore['endUnsent']>[0] & { readonly from: readonly DeviceJobStatus[] };

function endSome(writer: Writer, { jobId, status, error, limit, at, from }: Ending): number {
  const jobKey = readJobRow(writer, jobId)?.job_key;
  if (jobKey === undefined) return 0;
  return writer.run(
    `update job_devices
     set status = ?, last_updated_time = ?, end_time = ?, error_code = ?, error_description = ?
     where job_key = ?
     and device_id in (
       select device_id
       from job_devices
       where job_key = ?
       and status in (
         select value
         from json_each(?)
       )
       limit ?
     )`,
    status,
    at,
    at,
    ...errorValues(error),
    jobKey,
    jobKey,
    JSON.stringify(from),
    limit,
  );
}

function errorValues(error: DeviceJobError | undefined): readonly [code: SqlValue, description: SqlValue] {
  return [error?.code ?? null, error?.description ?? null];
}
