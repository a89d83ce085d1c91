// What a job needs next.
import { describe, expect, it } from 'vitest';
import { nextStep, windowEndMs } from '../../../../src/domain/job/next-step.ts';
import { type Job, NO_RECORDS } from '../../../../src/domain/job/job.ts';
import { countsOf, methodJob, runningJob } from '../../../support/job-builders.ts';
import { NOON } from '../../../support/store-builders.ts';

const START_MS = Date.parse(NOON);
const END_MS = START_MS + 300_000;
const windowOver = {
  code: 'JobRunPreconditionFailed',
  description: 'The job did not start within specified period: either device did not come online or invalid endTime specified.',
};

const stopped = (options: Partial<Job> = {}): Job => runningJob('job-1', { status: 'cancelled', ...options });

describe('nextStep', () => {
  it('schedules a new job whose start lies ahead, and then waits for it', () => {
    const facts = { counts: NO_RECORDS, nowMs: START_MS - 1 };

    expect(nextStep({ ...facts, job: methodJob('job-1') })).toEqual({ kind: 'schedule' });
    expect(nextStep({ ...facts, job: methodJob('job-1', { status: 'scheduled' }) })).toEqual({ kind: 'wait', untilMs: START_MS });
  });

  it.each(['queued', 'scheduled'] as const)('starts a %s job at its start', (status) => {
    expect(nextStep({ job: methodJob('job-1', { status }), counts: NO_RECORDS, nowMs: START_MS })).toEqual({ kind: 'start' });
  });

  it('selects all devices before it looks at any record, even when the window is over', () => {
    const job = methodJob('job-1', { status: 'running', expansion: { kind: 'open', afterDeviceId: 'door-7' } });

    expect(nextStep({ job, counts: countsOf({ pending: 7 }), nowMs: END_MS })).toEqual({ kind: 'expand' });
  });

  it('dispatches while records are pending, whatever else is under way', () => {
    const counts = countsOf({ pending: 1, waiting: 4, running: 2, completed: 3 });

    expect(nextStep({ job: runningJob('job-1'), counts, nowMs: END_MS - 1 })).toEqual({ kind: 'dispatch' });
  });

  it('waits for devices that are away until the window is over', () => {
    const counts = countsOf({ waiting: 4, running: 2 });

    expect(nextStep({ job: runningJob('job-1'), counts, nowMs: START_MS })).toEqual({ kind: 'wait', untilMs: END_MS });
  });

  it.each([countsOf({ pending: 1 }), countsOf({ waiting: 1 }), countsOf({ waiting: 1, running: 1 })])(
    'fails what was not sent once the window is over: %j',
    (counts) => {
      const step = nextStep({ job: runningJob('job-1'), counts, nowMs: END_MS });

      expect(step).toEqual({ kind: 'endUnsent', status: 'failed', error: windowOver });
    },
  );

  it('waits for calls that were sent, after the window too', () => {
    const counts = countsOf({ running: 1, failed: 3 });

    expect(nextStep({ job: runningJob('job-1'), counts, nowMs: END_MS + 1 })).toEqual({ kind: 'wait', untilMs: undefined });
  });

  it.each([NO_RECORDS, countsOf({ completed: 2, failed: 1 })])('completes a job when every record is final: %j', (counts) => {
    expect(nextStep({ job: runningJob('job-1'), counts, nowMs: START_MS })).toEqual({ kind: 'complete' });
  });

  it('closes a stopped job: what was not sent is canceled, what was sent is waited for, then it ends', () => {
    const step = (counts: Parameters<typeof countsOf>[0]): unknown => nextStep({ job: stopped(), counts: countsOf(counts), nowMs: END_MS });

    expect(step({ pending: 1, running: 1 })).toEqual({ kind: 'endUnsent', status: 'canceled', error: undefined });
    expect(step({ waiting: 1, running: 1 })).toEqual({ kind: 'endUnsent', status: 'canceled', error: undefined });
    expect(step({ canceled: 2, running: 1 })).toEqual({ kind: 'wait', untilMs: undefined });
    expect(step({ canceled: 2, completed: 1 })).toEqual({ kind: 'complete' });
  });

  it('closes a stopped job whose devices were still being selected, without selecting more', () => {
    const job = stopped({ expansion: { kind: 'open', afterDeviceId: 'door-7' } });

    expect(nextStep({ job, counts: countsOf({ pending: 7 }), nowMs: START_MS })).toMatchObject({ kind: 'endUnsent', status: 'canceled' });
  });

  it.each(['completed', 'failed', 'cancelled'] as const)('does nothing for a %s job that has ended', (status) => {
    const job = runningJob('job-1', { status, endTime: NOON });

    expect(nextStep({ job, counts: countsOf({ completed: 1 }), nowMs: END_MS })).toEqual({ kind: 'ended' });
  });
});

describe('windowEndMs', () => {
  it('counts from the start of the job', () => {
    expect(windowEndMs({ startTime: NOON, maxExecutionTimeSeconds: 300 })).toBe(END_MS);
  });
});
