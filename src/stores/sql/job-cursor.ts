// Where a page of the list of jobs ends, in the order of creation, newest first, and then of ids.
import { HubError } from '../../domain/errors.ts';
import type { JobRow } from './job-row.ts';

export function formatJobCursor({ created_time, job_id }: JobRow): string {
  return `${created_time} ${job_id}`;
}

/** Above every time. */
const END_OF_TIME = '~';

/** @throws HubError ArgumentInvalid for what is no cursor. */
export function parseJobCursor(after: string | undefined): readonly [createdTime: string, jobId: string] {
  if (after === undefined) return [END_OF_TIME, ''];
  const [createdTime, jobId] = after.split(' ');
  if (createdTime === undefined || jobId === undefined) {
    throw new HubError('ArgumentInvalid', 'The continuation token is not one of this list.');
  }
  return [createdTime, jobId];
}
