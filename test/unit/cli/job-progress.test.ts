// How far a job is, as the command line tells it.
import { describe, expect, it } from 'vitest';
import { describeProgress, describeSeconds, isOver, isSuccess, type JobSample, progressOf } from '../../../src/cli/job-progress.ts';
import type { JsonObject } from '../../../src/domain/json.ts';

function sample(second: number, status: string, counts: JsonObject = {}): JobSample {
  return { atMs: second * 1000, job: { jobId: 'job', status, deviceJobStatistics: { deviceCount: 100, ...counts } } };
}

describe('progress', () => {
  it('is what is done since the first look, by second, and what that leaves', () => {
    const first = sample(0, 'running', { succeededCount: 10 });

    const progress = progressOf(first, sample(4, 'running', { succeededCount: 26, failedCount: 4 }));

    expect(progress).toEqual({ status: 'running', total: 100, done: 30, failed: 4, rate: 5, secondsLeft: 14 });
    expect(describeProgress(progress)).toBe('running: 30 of 100 devices, 4 failed, 5.0/s, about 14 s left');
  });

  it('has no estimate before the second look, and where nothing moves', () => {
    const first = sample(0, 'running', { succeededCount: 10 });

    expect(describeProgress(progressOf(first, first))).toBe('running: 10 of 100 devices');
    expect(progressOf(first, sample(9, 'running', { succeededCount: 10 })).secondsLeft).toBeUndefined();
  });

  it('is over for devices that were left out, too', () => {
    const progress = progressOf(sample(0, 'cancelled'), sample(1, 'cancelled', { succeededCount: 60, canceledCount: 40 }));

    expect(progress).toMatchObject({ done: 100, total: 100, secondsLeft: undefined });
  });

  it.each([
    [0, '0 s'],
    [59, '59 s'],
    [60, '1 min 0 s'],
    [3599, '59 min 59 s'],
    [3600, '1 h 0 min'],
    [90_060, '25 h 1 min'],
  ])('tells %i seconds as %s', (seconds, text) => {
    expect(describeSeconds(seconds)).toBe(text);
  });
});

describe('the end of a job', () => {
  it.each([
    ['queued', {}, false],
    ['running', { succeededCount: 100 }, false],
    ['completed', { succeededCount: 100 }, true],
    ['failed', {}, true],
    ['cancelled', { canceledCount: 99, runningCount: 1 }, false],
    ['cancelled', { canceledCount: 99, pendingCount: 1 }, false],
    ['cancelled', { canceledCount: 100 }, true],
  ])('status %s with %j: %j', (status, counts, over) => {
    expect(isOver(sample(0, status, counts).job)).toBe(over);
  });

  it('is a success only when it is completed and no device failed', () => {
    expect(isSuccess(sample(0, 'completed', { succeededCount: 100, failedCount: 0 }).job)).toBe(true);
    expect(isSuccess(sample(0, 'completed', { succeededCount: 99, failedCount: 1 }).job)).toBe(false);
    expect(isSuccess(sample(0, 'cancelled', { succeededCount: 100 }).job)).toBe(false);
  });
});
