// Jobs over many devices: a direct method to connected ones, and an update of twins that nobody has connected for.
import { setTimeout as pause } from 'node:timers/promises';
import { connectAll } from '../load/device.ts';
import { startFloor } from '../load/floor.ts';
import { HttpsCaller } from '../load/https-caller.ts';
import { deviceIds } from '../load/device-ids.ts';
import { type HubUnderTest, registerDevices } from '../load/hub.ts';
import { runProgram } from '../load/program.ts';
import { closeAll, type Lab } from '../lab.ts';
import type { Measurement } from '../measurement.ts';
import { contest } from '../rounds.ts';

const CONNECTED = 2000;
const REGISTERED = 20_000;
const POLL_MS = 20;

/** From the request that creates the job until a read of it shows that all its devices are done. */
export async function benchMethodJobs(lab: Lab): Promise<readonly Measurement[]> {
  await using hub = await lab.startHub();
  const ids = deviceIds(CONNECTED);
  await registerDevices(hub, ids);
  await using floor = await startFloor({ program: 'method-job.ts', folder: hub.folder, caPem: hub.endpoint.caPem });
  using devices = closeAll([
    ...(await connectAll(hub.endpoint, ids, hub.deviceToken)),
    ...(await connectAll(floor.endpoint, ids, () => 'x')),
  ]);
  void devices;
  using trigger = await HttpsCaller.open(floor.endpoint, 1);
  const work = { type: 'scheduleDeviceMethod', cloudToDeviceMethod: { methodName: 'reboot', payload: null, responseTimeoutInSeconds: 30 } };
  // Awaited here: hub and floor end with this block.
  return await contest({
    bench: 'method-job',
    variant: `${CONNECTED} connected devices`,
    rounds: lab.rounds,
    async hub() {
      const cpu = hub.process.cpuMicros();
      const seconds = await runJob(hub, work, CONNECTED);
      return { 'CPU µs per device': (hub.process.cpuMicros() - cpu) / CONNECTED, 'devices/s': CONNECTED / seconds };
    },
    async floor() {
      const cpu = floor.process.cpuMicros();
      const startedAt = performance.now();
      const answer = await trigger.call({ method: 'POST', path: '/run', authorization: 'x' });
      if (answer.status !== 200) throw new Error(`The floor answered ${answer.status}: ${answer.body}`);
      const seconds = (performance.now() - startedAt) / 1000;
      return { 'CPU µs per device': (floor.process.cpuMicros() - cpu) / CONNECTED, 'devices/s': CONNECTED / seconds };
    },
    targets: { 'CPU µs per device': [{ kind: 'atMost', value: 1.5 }], 'devices/s': [{ kind: 'rateAtLeast', value: 8000 }] },
  });
}

export async function benchTwinJobs(lab: Lab): Promise<readonly Measurement[]> {
  await using hub = await lab.startHub();
  await registerDevices(hub, deviceIds(REGISTERED));
  let level = 0;
  // Awaited here: the hub ends with this block.
  return await contest({
    bench: 'twin-job',
    variant: `${REGISTERED} registered devices`,
    rounds: lab.rounds,
    async hub() {
      level += 1;
      const updateTwin = { etag: '*', properties: { desired: { level } } };
      const seconds = await runJob(hub, { type: 'scheduleUpdateTwin', updateTwin }, REGISTERED);
      return { 'devices/s': REGISTERED / seconds };
    },
    async floor() {
      const { operations, seconds } = await runProgram('reported.ts', {
        BENCH_FOLDER: hub.folder,
        BENCH_DEVICES: String(REGISTERED),
        BENCH_SECTION: '{}',
        BENCH_CONCURRENCY: '1000',
        BENCH_SECONDS: String(lab.seconds),
      });
      return { 'devices/s': operations / seconds };
    },
    targets: { 'devices/s': [{ kind: 'atLeast', value: 0.7 }] },
  });
}

let jobs = 0;

/** @returns seconds. @throws Error when fewer devices than expected succeeded. */
async function runJob(hub: HubUnderTest, work: object, expected: number): Promise<number> {
  using caller = await HttpsCaller.open(hub.endpoint, 1);
  jobs += 1;
  const jobId = `bench-${jobs}`;
  const path = `/jobs/v2/${jobId}?api-version=2021-04-12`;
  const startedAt = performance.now();
  const body = JSON.stringify({ ...work, jobId, queryCondition: '*', startTime: null, maxExecutionTimeInSeconds: 600 });
  const created = await caller.call({ method: 'PUT', path, authorization: hub.serviceToken(), body });
  if (created.status !== 200) throw new Error(`The job was refused: ${created.body}`);
  for (;;) {
    const read = await caller.call({ method: 'GET', path, authorization: hub.serviceToken() });
    const { status, deviceJobStatistics } = JSON.parse(read.body) as { status: string; deviceJobStatistics?: { succeededCount: number } };
    if (status === 'completed') {
      const succeeded = deviceJobStatistics?.succeededCount;
      if (succeeded !== expected) throw new Error(`The job did ${succeeded} of ${expected} devices.`);
      return (performance.now() - startedAt) / 1000;
    }
    await pause(POLL_MS);
  }
}
