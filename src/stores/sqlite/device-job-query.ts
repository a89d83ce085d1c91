// Searches among the records of jobs on SQLite.
import { HubError } from '../../domain/errors.ts';
import type { JobWork } from '../../domain/job/job.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { DeviceJobPage, DeviceJobQuery } from '../../ports/job-store.ts';
import { operandOfDeviceJobPath } from './device-job-operand.ts';
import type { CancelFlag, Reader } from './driver.ts';
import { type DeviceJobRow, toDeviceJob } from './job-row.ts';
import { compileCondition } from './query-compiler.ts';

type FoundRow = DeviceJobRow & { readonly kind: JobWork['kind'] };
type DeviceJobSearch = DeviceJobQuery & { readonly cancelled: CancelFlag };

/** Goes through the records by job id and device id, or straight to the jobs and devices that the condition names. */
export function queryDeviceJobs(reader: Reader, search: DeviceJobSearch): DeviceJobPage {
  const rows: FoundRow[] = [];
  let chars = 0;
  for (const row of scanRecords(reader, search)) {
    const last = rows.at(-1);
    const isFull = rows.length === search.limit || chars >= LIMITS.queryPageChars.value;
    // This record proves that the page is not the last one.
    if (last && isFull) return pageOf(rows, `${last.job_id} ${last.device_id}`);
    rows.push(row);
    chars += row.answer?.length ?? 0;
  }
  return pageOf(rows, undefined);
}

function pageOf(rows: readonly FoundRow[], next: string | undefined): DeviceJobPage {
  return { records: rows.map((row) => ({ record: toDeviceJob(row), kind: row.kind })), next };
}

function scanRecords(reader: Reader, { condition, after, cancelled }: DeviceJobSearch): Iterable<FoundRow> {
  const { sql, values } = compileCondition(condition, operandOfDeviceJobPath);
  const [jobId, deviceId] = parseCursor(after);
  return reader.scan<FoundRow>({
    sql: `select j.job_id, j.kind, r.device_id, r.status, r.created_time, r.last_updated_time, r.start_time, r.end_time,
        json(r.answer) as answer, r.error_code, r.error_description
      from jobs as j
      cross join job_devices as r on r.job_key = j.job_key
      where scan_goes_on(r.device_id)
      and j.job_id >= :afterJob
      and (j.job_id > :afterJob or r.device_id > :afterDevice)
      and ${sql}
      order by j.job_id, r.device_id`,
    values: { ...values, afterJob: jobId, afterDevice: deviceId },
    cancelled,
  });
}

/** No id is empty, and none holds a space. */
function parseCursor(after: string | undefined): readonly [jobId: string, deviceId: string] {
  if (after === undefined) return ['', ''];
  const [jobId, deviceId] = after.split(' ');
  if (jobId === undefined || deviceId === undefined) {
    throw new HubError('ArgumentInvalid', 'The continuation token is not one of this query.');
  }
  return [jobId, deviceId];
}
