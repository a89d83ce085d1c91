// Searches among the records of jobs on SQLite.
import type { JobWork } from '../../domain/job/job.ts';
import { invariant } from '../../domain/errors.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { Cursor } from '../../domain/query/cursor.ts';
import type { DeviceJobPage, DocumentQuery } from '../../ports/query-store.ts';
import type { CancelFlag, Reader } from './driver.ts';
import { type DeviceJobRow, toDeviceJob } from '../sql/job-row.ts';
import { findDocuments } from './query-documents.ts';

type DeviceJobSearch = DocumentQuery & { readonly cancelled: CancelFlag };

/** What names a record, and what is known of it by its job. */
const COLUMNS = { job_key: 'j.job_key', kind: 'j.kind', job_id: 'j.job_id', device_id: 'r.device_id' };
type FoundRow = { readonly job_key: number; readonly kind: JobWork['kind']; readonly job_id: string; readonly device_id: string };

/** Records are read when they are found: to sort them with their answers would take much more room. */
export function queryDeviceJobs(reader: Reader, { cancelled, ...query }: DeviceJobSearch): DeviceJobPage {
  const records: DeviceJobPage['records'][number][] = [];
  let chars = 0;
  let last: Cursor | undefined;
  for (const { row, cursor } of findDocuments<FoundRow>(reader, { from: 'devices.jobs', wanted: { found: COLUMNS }, query, cancelled })) {
    // This record proves that the page is not the last one.
    if (records.length === query.limit || chars >= LIMITS.queryPageChars.value) return { records, next: last };
    const record = readRecord(reader, row);
    records.push({ record: toDeviceJob({ ...record, job_id: row.job_id }), kind: row.kind });
    last = cursor;
    chars += record.answer?.length ?? 0;
  }
  return { records, next: undefined };
}

function readRecord(reader: Reader, { job_key, device_id }: FoundRow): Omit<DeviceJobRow, 'job_id'> {
  const record = reader.row<Omit<DeviceJobRow, 'job_id'>>(
    `select device_id, status, created_time, last_updated_time, start_time, end_time, json(answer) as answer, error_code, error_description
     from job_devices
     where job_key = ?
     and device_id = ?`,
    job_key,
    device_id,
  );
  invariant(record, 'what a search found is there in the same transaction');
  return record;
}
