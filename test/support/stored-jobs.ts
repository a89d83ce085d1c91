// Brings jobs in a store to where a test begins, and reads what became of them.
import { valueOf } from '../../src/domain/errors.ts';
import type { DeviceJob, DeviceJobStatus, Job } from '../../src/domain/job/job.ts';
import type { JobMove } from '../../src/domain/job/job-moves.ts';
import type { Cursor } from '../../src/domain/query/cursor.ts';
import { parseCondition } from '../../src/domain/query/parser.ts';
import type { Stores } from '../../src/ports/stores.ts';
import { methodJob } from './job-builders.ts';
import { freshId, NOON, put } from './store-builders.ts';
import { SOMEONE } from './actors.ts';

let jobs = 0;

/** An id that no other test of the file has. */
export function freshJobId(): string {
  jobs += 1;
  return `job-${jobs}`;
}

/** The condition of exactly these devices. */
export function conditionFor(deviceIds: readonly string[]): string {
  return `deviceId IN [${deviceIds.map((deviceId) => `'${deviceId}'`).join(', ')}]`;
}

/** Registers devices and connects them. */
export async function connectDevices(stores: Stores, deviceIds: readonly string[]): Promise<void> {
  await stores.devices.writeDevices(deviceIds.map((deviceId) => put(deviceId)));
  await stores.devices.recordConnections(
    deviceIds.map((deviceId) => ({
      kind: 'connected',
      modelId: '',
      cleanSession: false,
      deviceId,
      connectionId: `c-${deviceId}`,
      at: NOON,
    })),
  );
}

export async function registerDevices(stores: Stores, deviceIds: readonly string[]): Promise<void> {
  await stores.devices.writeDevices(deviceIds.map((deviceId) => put(deviceId)));
}

/** Creates the job and starts it. No device is selected yet. */
export async function startJob(stores: Stores, job: Job): Promise<Job> {
  await stores.jobs.createJob(job, SOMEONE);
  return move(stores, job.jobId, { kind: 'start', at: NOON });
}

/** @throws HubError when the move is refused. */
export async function move(stores: Stores, jobId: string, jobMove: JobMove): Promise<Job> {
  return valueOf(await stores.jobs.moveJob(jobId, jobMove));
}

/** Selects what is left to select. */
export async function sealJob(stores: Stores, { jobId, condition }: Job): Promise<void> {
  const expansion = { jobId, condition: parseCondition(condition), limit: 1000, at: NOON };
  let job = await stores.jobs.expandJob(expansion);
  while (job.expansion.kind === 'open') job = await stores.jobs.expandJob(expansion);
}

/** A job that runs for these devices and no others, all selected. */
export async function runJob(stores: Stores, job: Job, deviceIds: readonly string[]): Promise<void> {
  const own = { ...job, condition: conditionFor(deviceIds) };
  await startJob(stores, own);
  await sealJob(stores, own);
}

/** In the order of the store. */
export async function readRecords(stores: Stores, jobId: string): Promise<readonly DeviceJob[]> {
  const records: DeviceJob[] = [];
  let after: Cursor | undefined;
  do {
    const condition = parseCondition(`jobId = '${jobId}'`);
    const page = await stores.queries.queryDeviceJobs({ condition, orderBy: [], after, limit: 1000 }, new AbortController().signal);
    records.push(...page.records.map(({ record }) => record));
    after = page.next;
  } while (after !== undefined);
  return records;
}

export async function readStatuses(stores: Stores, jobId: string): Promise<Readonly<Record<string, DeviceJobStatus>>> {
  const records = await readRecords(stores, jobId);
  return Object.fromEntries(records.map(({ deviceId, status }) => [deviceId, status]));
}

/** Two connected devices around one that is away, and one more that is away. */
export async function mixedJob(stores: Stores): Promise<readonly [jobId: string, connected: readonly string[], away: readonly string[]]> {
  const base = freshId();
  const [connected, away] = [
    [`${base}-1`, `${base}-3`],
    [`${base}-2`, `${base}-4`],
  ];
  await connectDevices(stores, connected);
  await registerDevices(stores, away);
  const jobId = freshJobId();
  await runJob(stores, methodJob(jobId), [...connected, ...away]);
  return [jobId, connected, away];
}

/** Method jobs whose devices were all away when they were tried. The devices are disconnected and may exist. */
export async function waitingJobs(stores: Stores, jobIds: readonly string[], deviceIds: readonly string[]): Promise<void> {
  await stores.devices.writeDevices(deviceIds.map((deviceId) => put(deviceId)));
  await stores.devices.recordConnections(
    deviceIds.map((deviceId) => ({ kind: 'disconnected', deviceId, connectionId: `c-${deviceId}`, at: NOON, activeAt: undefined })),
  );
  for (const jobId of jobIds) {
    await runJob(stores, methodJob(jobId), deviceIds);
    await stores.jobs.claimCalls({ jobId, limit: 100, at: NOON });
  }
}

/** A method job whose calls are all under way, with the ids of its devices in order. */
export async function claimedJob(stores: Stores, devices: number): Promise<{ readonly jobId: string; readonly ids: readonly string[] }> {
  const base = freshId();
  const ids = Array.from({ length: devices }, (_, index) => `${base}-${index}`);
  await connectDevices(stores, ids);
  const jobId = freshJobId();
  await runJob(stores, methodJob(jobId), ids);
  await stores.jobs.claimCalls({ jobId, limit: devices, at: NOON });
  return { jobId, ids };
}
