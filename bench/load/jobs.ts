// Jobs by REST: created, and watched until they are completed.
import { setTimeout as pause } from 'node:timers/promises';
import { HttpsCaller } from './https-caller.ts';
import type { HubUnderTest } from './hub.ts';

export type JobOrder = {
  /** What it does to each device, as the body of the request names it. */
  readonly work: object;
  readonly condition: string;
  /** How often it is looked at; each look counts the records of the job. */
  readonly pollMs: number;
};

export type CreatedJob = {
  /** Looks at it until it is completed. @returns how many devices succeeded. @throws Error when it ends otherwise. */
  readonly completed: () => Promise<number>;
};

let jobs = 0;

export async function createJob(hub: HubUnderTest, { work, condition, pollMs }: JobOrder): Promise<CreatedJob> {
  jobs += 1;
  const jobId = `bench-${process.pid}-${jobs}`;
  const call = async (method: string, path: string, body?: string): Promise<JobDocument> => {
    using caller = await HttpsCaller.open(hub.endpoint, 1);
    const request = { method, path: `${path}?api-version=2021-04-12`, authorization: hub.serviceToken() };
    const answer = await caller.call(body === undefined ? request : { ...request, body });
    if (answer.status !== 200) throw new Error(`${method} ${path} was answered with ${answer.status}: ${answer.body}`);
    return JSON.parse(answer.body) as JobDocument;
  };
  const path = `/jobs/v2/${jobId}`;
  await call('PUT', path, JSON.stringify({ ...work, jobId, queryCondition: condition, startTime: null, maxExecutionTimeInSeconds: 3600 }));
  const completed = async (): Promise<number> => {
    for (;;) {
      const { status, deviceJobStatistics } = await call('GET', path);
      if (status === 'completed') return deviceJobStatistics?.succeededCount ?? 0;
      if (status === 'failed' || status === 'cancelled') throw new Error(`The job ended as ${status}.`);
      await pause(pollMs);
    }
  };
  return { completed };
}

type JobDocument = { readonly status: string; readonly deviceJobStatistics?: { readonly succeededCount: number } };

/** @returns seconds from the request that creates it until it is seen completed. @throws Error when fewer devices than expected succeeded. */
export async function runJob(hub: HubUnderTest, order: JobOrder, expected: number): Promise<number> {
  const startedAt = performance.now();
  const { completed } = await createJob(hub, order);
  const succeeded = await completed();
  if (succeeded !== expected) throw new Error(`The job did ${succeeded} of ${expected} devices.`);
  return (performance.now() - startedAt) / 1000;
}
