// How rows of jobs are read from PostgreSQL, with the locks that hold back whoever must not come in between.
import { HubError } from '../../domain/errors.ts';
import { JOB_COLUMNS, type JobRow } from '../sql/job-row.ts';
import type { Writer } from './driver.ts';

/** Nobody else moves, expands or removes the job, or works on its records, until the transaction ends. @throws HubError JobNotFound. */
export async function lockJob(writer: Writer, jobId: string): Promise<JobRow> {
  const row = await writer.row<JobRow>(
    `select ${JOB_COLUMNS}
     from jobs
     where job_id = $1
     for update`,
    jobId,
  );
  if (!row) throw jobNotFound(jobId);
  return row;
}

/** The job when work may be done for its devices. It stays so until the transaction ends; others may work on it too, and lease it. */
export async function holdDispatchable(writer: Writer, jobId: string): Promise<JobRow | undefined> {
  return writer.row<JobRow>(
    `select ${JOB_COLUMNS}
     from jobs
     where job_id = $1
     and status = 'running'
     and sealed
     for key share`,
    jobId,
  );
}

export function jobNotFound(jobId: string): HubError {
  return new HubError('JobNotFound', `There is no job with ID '${jobId}'.`);
}
