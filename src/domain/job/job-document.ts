// Jobs as the service's API shows them.
import type { JsonObject } from '../json.ts';
import type { Job, JobCounts, JobWork } from './job.ts';

/** What stands for the end of a job that has not ended (behaviour 6.3). */
const NOT_ENDED = '9999-12-30T00:00:00Z';

/** The type of a job on the wire, by what it does. */
export const JOB_TYPES: Readonly<Record<JobWork['kind'], string>> = { method: 'scheduleDeviceMethod', twinPatch: 'scheduleUpdateTwin' };

/** The JobResponse of behaviour 6.3. */
export function jobDocument(job: Job, counts: JobCounts): JsonObject {
  return {
    jobId: job.jobId,
    queryCondition: job.condition,
    createdTime: job.createdTime,
    startTime: job.startTime,
    endTime: job.endTime ?? NOT_ENDED,
    maxExecutionTimeInSeconds: job.maxExecutionTimeSeconds,
    type: JOB_TYPES[job.work.kind],
    ...workDocument(job.work),
    status: job.status,
    ...(job.failureReason === undefined ? {} : { failureReason: job.failureReason, statusMessage: job.failureReason }),
    deviceJobStatistics: statistics(counts),
  };
}

/** What a job is shown as that nobody knows, with status 200 (live facts, Jobs). */
export function unknownJobDocument(jobId: string): JsonObject {
  return { jobId, type: 'unknown', status: 'unknown' };
}

function workDocument(work: JobWork): JsonObject {
  if (work.kind === 'method') {
    const { methodName, payload, responseTimeoutSeconds } = work;
    return { cloudToDeviceMethod: { methodName, payload, responseTimeoutInSeconds: responseTimeoutSeconds } };
  }
  const { tags, desired } = work;
  const properties = desired === undefined ? {} : { properties: { desired } };
  return { updateTwin: { etag: '*', ...(tags === undefined ? {} : { tags }), ...properties } };
}

/** `canceledCount` is there only when a running job was stopped, which the service cannot do. The other counts add up with it. */
function statistics(counts: JobCounts): JsonObject {
  const { pending, waiting, running, completed, failed, canceled } = counts;
  return {
    deviceCount: pending + waiting + running + completed + failed + canceled,
    failedCount: failed,
    succeededCount: completed,
    runningCount: running,
    pendingCount: pending + waiting,
    ...(canceled === 0 ? {} : { canceledCount: canceled }),
  };
}
