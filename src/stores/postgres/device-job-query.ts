// Searches among the records of jobs on PostgreSQL.
import type { JobWork } from '../../domain/job/job.ts';
import type { DeviceJobPage, DocumentQuery } from '../../ports/query-store.ts';
import { type DeviceJobRow, toDeviceJob } from '../sql/job-row.ts';
import type { Reader } from './driver.ts';
import { findDocuments } from './query-documents.ts';
import { readPage } from './query-page.ts';

/** What names a record. */
const COLUMNS = { job_key: 'j.job_key', device: 'r.device_id' };
type FoundRow = { readonly job_key: number; readonly device: string };

type RecordRow = DeviceJobRow & { readonly kind: JobWork['kind'] };

/** Records are read when they are found: to sort them with their answers would take much more room. */
export async function queryDeviceJobs(reader: Reader, query: DocumentQuery): Promise<DeviceJobPage> {
  const { found } = await findDocuments<FoundRow>(reader, { from: 'devices.jobs', wanted: { found: COLUMNS }, query });
  const { items, next } = await readPage({
    found,
    limit: query.limit,
    read: (rows) => readRecords(reader, rows),
    sizeOf: ({ answer }: RecordRow) => answer?.length ?? 0,
  });
  return { records: items.map((row) => ({ record: toDeviceJob(row), kind: row.kind })), next };
}

function readRecords(reader: Reader, found: readonly FoundRow[]): Promise<readonly RecordRow[]> {
  return reader.rows<RecordRow>(
    `select jobs.kind, jobs.job_id, records.device_id, records.status, records.created_time, records.last_updated_time, records.start_time,
       records.end_time, records.answer, records.error_code, records.error_description
     from unnest($1::bigint[], $2::text[]) with ordinality as found (job_key, device_id, place)
     join jobs using (job_key)
     join job_devices as records using (job_key, device_id)
     order by place`,
    found.map(({ job_key }) => job_key),
    found.map(({ device }) => device),
  );
}
