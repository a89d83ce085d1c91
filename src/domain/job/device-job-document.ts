// What a job has done for one device, as queries of `devices.jobs` show it.
import type { JsonObject } from '../json.ts';
import { JOB_TYPES } from './job-document.ts';
import type { DeviceJob, JobWork } from './job.ts';

/** The record of behaviour 5.3. Times that never came are left out. */
export function deviceJobDocument(record: DeviceJob, kind: JobWork['kind']): JsonObject {
  const { startTime, endTime, answer, error } = record;
  return {
    deviceId: record.deviceId,
    jobId: record.jobId,
    jobType: JOB_TYPES[kind],
    status: record.status === 'waiting' ? 'pending' : record.status,
    ...(startTime === undefined ? {} : { startTimeUtc: startTime }),
    ...(endTime === undefined ? {} : { endTimeUtc: endTime }),
    createdDateTimeUtc: record.createdTime,
    lastUpdatedDateTimeUtc: record.lastUpdatedTime,
    outcome: answer === undefined ? {} : { deviceMethodResponse: { status: answer.status, payload: answer.payload } },
    ...(error === undefined ? {} : { error: { code: error.code, description: error.description } }),
  };
}
