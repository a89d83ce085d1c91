// Jobs and their records as callers see them.
import { describe, expect, it } from 'vitest';
import { deviceJobDocument } from '../../../../src/domain/job/device-job-document.ts';
import { jobDocument, unknownJobDocument } from '../../../../src/domain/job/job-document.ts';
import { NO_RECORDS } from '../../../../src/domain/job/job.ts';
import { countsOf, deviceJob, methodJob, twinJob } from '../../../support/job-builders.ts';
import { NOON, timeAt } from '../../../support/store-builders.ts';

const LATER = timeAt(13 * 60);

describe('jobDocument', () => {
  it('shows a new method job', () => {
    expect(jobDocument(methodJob('job-1'), NO_RECORDS)).toEqual({
      jobId: 'job-1',
      queryCondition: '*',
      createdTime: NOON,
      startTime: NOON,
      endTime: '9999-12-30T00:00:00Z',
      maxExecutionTimeInSeconds: 300,
      type: 'scheduleDeviceMethod',
      cloudToDeviceMethod: { methodName: 'lockDoor', payload: null, responseTimeoutInSeconds: 15 },
      status: 'queued',
      deviceJobStatistics: { deviceCount: 0, failedCount: 0, succeededCount: 0, runningCount: 0, pendingCount: 0 },
    });
  });

  it('shows a twin job with the sections it writes, null included', () => {
    const tagsOnly = twinJob('job-1', { work: { kind: 'twinPatch', tags: { a: null }, desired: undefined } });
    const clearing = twinJob('job-1', { work: { kind: 'twinPatch', tags: undefined, desired: null } });

    expect(jobDocument(tagsOnly, NO_RECORDS)).toMatchObject({ type: 'scheduleUpdateTwin', updateTwin: { etag: '*', tags: { a: null } } });
    expect(jobDocument(clearing, NO_RECORDS)['updateTwin']).toEqual({ etag: '*', properties: { desired: null } });
  });

  it('shows when and why a job failed', () => {
    const failed = methodJob('job-1', { status: 'failed', failureReason: 'The condition is not valid.', endTime: LATER });

    expect(jobDocument(failed, NO_RECORDS)).toMatchObject({
      status: 'failed',
      failureReason: 'The condition is not valid.',
      statusMessage: 'The condition is not valid.',
      endTime: LATER,
    });
  });

  it('counts devices that are away as pending, and canceled ones on their own', () => {
    const counts = countsOf({ pending: 1, waiting: 2, running: 4, completed: 8, failed: 16, canceled: 32 });

    expect(jobDocument(methodJob('job-1'), counts)['deviceJobStatistics']).toEqual({
      deviceCount: 63,
      failedCount: 16,
      succeededCount: 8,
      runningCount: 4,
      pendingCount: 3,
      canceledCount: 32,
    });
  });
});

describe('unknownJobDocument', () => {
  it('names the job and nothing that is not known', () => {
    expect(unknownJobDocument('job-1')).toEqual({ jobId: 'job-1', type: 'unknown', status: 'unknown' });
  });
});

describe('deviceJobDocument', () => {
  it('shows a record that was not tried without times that never came', () => {
    expect(deviceJobDocument(deviceJob(), 'twinPatch')).toEqual({
      deviceId: 'door-1',
      jobId: 'job-1',
      jobType: 'scheduleUpdateTwin',
      status: 'pending',
      createdDateTimeUtc: NOON,
      lastUpdatedDateTimeUtc: NOON,
      outcome: {},
    });
  });

  it('shows a device that is waited for as pending', () => {
    expect(deviceJobDocument(deviceJob({ status: 'waiting' }), 'method')).toMatchObject({ status: 'pending' });
  });

  it('shows what a device answered', () => {
    const record = deviceJob({
      status: 'completed',
      startTime: NOON,
      endTime: LATER,
      lastUpdatedTime: LATER,
      answer: { status: 404, payload: null },
    });

    expect(deviceJobDocument(record, 'method')).toEqual({
      deviceId: 'door-1',
      jobId: 'job-1',
      jobType: 'scheduleDeviceMethod',
      status: 'completed',
      startTimeUtc: NOON,
      endTimeUtc: LATER,
      createdDateTimeUtc: NOON,
      lastUpdatedDateTimeUtc: LATER,
      outcome: { deviceMethodResponse: { status: 404, payload: null } },
    });
  });

  it('shows why a record failed, with an empty outcome', () => {
    const error = { code: 'DeviceNotFound', description: 'No device with ID door-1 is registered.' };

    expect(deviceJobDocument(deviceJob({ status: 'failed', endTime: LATER, error }), 'method')).toMatchObject({
      status: 'failed',
      endTimeUtc: LATER,
      outcome: {},
      error,
    });
  });
});
