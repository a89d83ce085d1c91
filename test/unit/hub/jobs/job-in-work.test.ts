// When the counts of a job have to be read again: not at each call that ends, and never too late.
import { expect, test } from 'vitest';
import { NO_RECORDS, type Job, type JobCounts } from '../../../../src/domain/job/job.ts';
import { parseJobRequest } from '../../../../src/domain/job/parse-job-request.ts';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { JobInWork } from '../../../../src/hub/jobs/job-in-work.ts';
import type { JobWithCounts } from '../../../../src/ports/job-store.ts';
import { methodJob } from './job-hub.ts';

const job: Job = parseJobRequest({ jobId: 'job', body: methodJob(), nowMs: 0 });

function answering(counts: Partial<JobCounts>): () => Promise<JobWithCounts> {
  return () => Promise.resolve({ job, counts: { ...NO_RECORDS, ...counts } });
}

test('Counts hold until as many calls have ended as records were not final.', async () => {
  const work = new JobInWork({ job, takenOver: false, othersWrite: () => false });
  await work.read(answering({ waiting: 1, running: 2, completed: 5 }));

  work.dueMs = Infinity;
  work.callEnded();
  work.callEnded();
  const beforeTheLast = work.facts;
  work.callEnded();

  expect(beforeTheLast?.counts).toMatchObject({ waiting: 1, running: 2 });
  expect(work.facts).toBeUndefined();
  expect(work.dueMs).toBe(0);
});

test('Calls that all end while the store counts leave nothing to rely on: the counts are read again.', async () => {
  const work = new JobInWork({ job, takenOver: false, othersWrite: () => false });
  const counting = Promise.withResolvers<JobWithCounts>();

  const reading = work.read(() => counting.promise);
  work.callEnded();
  work.callEnded();
  counting.resolve({ job, counts: { ...NO_RECORDS, running: 2 } });
  const found = await reading;

  expect(found?.counts.running).toBe(2);
  expect(work.facts).toBeUndefined();
});

test('Counts of a job whose records are all final hold.', async () => {
  const work = new JobInWork({ job, takenOver: false, othersWrite: () => false });

  await work.read(answering({ completed: 2 }));

  expect(work.facts?.counts.completed).toBe(2);
});

test('The pause after a failed step doubles up to the longest one, and begins anew after one that succeeds.', () => {
  const work = new JobInWork({ job, takenOver: false, othersWrite: () => false });

  const pauses = Array.from({ length: 10 }, () => work.failed());
  work.succeeded();

  expect(pauses.slice(0, 2)).toEqual([LIMITS.jobRetryFirstMs.value, 2 * LIMITS.jobRetryFirstMs.value]);
  expect(pauses.at(-1)).toBe(LIMITS.jobRetryLastMs.value);
  expect(work.failed()).toBe(LIMITS.jobRetryFirstMs.value);
});
