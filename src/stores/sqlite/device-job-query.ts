// Searches among the records of jobs on SQLite.
import type { JobWork } from '../../domain/job/job.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { DeviceJobPage, DocumentQuery } from '../../ports/query-store.ts';
import type { CancelFlag, Reader } from './driver.ts';
import { type DeviceJobRow, toDeviceJob } from './job-row.ts';
import { findDocuments, type FoundDocument } from './query-documents.ts';

type FoundRow = DeviceJobRow & { readonly kind: JobWork['kind'] };
type DeviceJobSearch = DocumentQuery & { readonly cancelled: CancelFlag };

const COLUMNS: Readonly<Record<keyof FoundRow, string>> = {
  job_id: 'j.job_id',
  kind: 'j.kind',
  device_id: 'r.device_id',
  status: 'r.status',
  created_time: 'r.created_time',
  last_updated_time: 'r.last_updated_time',
  start_time: 'r.start_time',
  end_time: 'r.end_time',
  answer: 'json(r.answer)',
  error_code: 'r.error_code',
  error_description: 'r.error_description',
};

export function queryDeviceJobs(reader: Reader, { cancelled, ...query }: DeviceJobSearch): DeviceJobPage {
  const page: FoundDocument<FoundRow>[] = [];
  let chars = 0;
  for (const found of findDocuments<FoundRow>(reader, { from: 'devices.jobs', columns: COLUMNS, query, cancelled })) {
    const last = page.at(-1);
    const isFull = page.length === query.limit || chars >= LIMITS.queryPageChars.value;
    // This record proves that the page is not the last one.
    if (last && isFull) return { records: page.map(recordOf), next: last.cursor };
    page.push(found);
    chars += found.row.answer?.length ?? 0;
  }
  return { records: page.map(recordOf), next: undefined };
}

function recordOf({ row }: FoundDocument<FoundRow>): DeviceJobPage['records'][number] {
  return { record: toDeviceJob(row), kind: row.kind };
}
