// How rows of jobs are read from SQLite.
import { type DeviceJobStatus, type JobCounts, NO_RECORDS } from '../../domain/job/job.ts';
import { JOB_COLUMNS, type JobRow } from '../sql/job-row.ts';
import type { Reader } from './driver.ts';

export function readJobRow(reader: Reader, jobId: string): JobRow | undefined {
  return reader.row<JobRow>(
    `select ${JOB_COLUMNS}
     from jobs
     where job_id = ?`,
    jobId,
  );
}

/** The job when work may be done for its devices. */
export function readDispatchable(reader: Reader, jobId: string): JobRow | undefined {
  const row = readJobRow(reader, jobId);
  return row?.status === 'running' && row.sealed === 1 ? row : undefined;
}

export function readCounts(reader: Reader, jobKey: number): JobCounts {
  const rows = reader.rows<{ readonly status: DeviceJobStatus; readonly records: number }>(
    `select status, count(*) as records
     from job_devices
     where job_key = ?
     group by status`,
    jobKey,
  );
  return { ...NO_RECORDS, ...Object.fromEntries(rows.map(({ status, records }) => [status, records])) };
}
