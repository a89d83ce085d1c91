// A job that updates the twins of very many registered devices: alone, and beside reported updates and small jobs.
import { setTimeout as pause } from 'node:timers/promises';
import { connectAll } from '../load/device.ts';
import { deviceIdOf, deviceIds } from '../load/device-ids.ts';
import { filledStore } from '../load/filled-store.ts';
import { forEach, runFlow } from '../load/flow.ts';
import type { HubUnderTest } from '../load/hub.ts';
import { createJob, runJob } from '../load/jobs.ts';
import { offer } from '../load/offered-load.ts';
import { peakBytesWhile } from '../load/peak-memory.ts';
import { runProgram } from '../load/program.ts';
import { expectDone, reporterOf, SECTION } from '../load/reports.ts';
import { closeAll, type Lab } from '../lab.ts';
import type { Measurement } from '../measurement.ts';
import { contest, type Readings } from '../rounds.ts';
import { quantile } from '../statistics.ts';

const REGISTERED = 1_000_000;
/** Those of them that report, and how many of their reports are under way when the greatest rate is looked for. */
const REPORTING = 1000;
const SMALL_JOB_DEVICES = 10;
const SMALL_JOB_PAUSE_MS = 1000;
/** The load beside the job ends with it, or after so long. */
const BESIDE_MAX_MS = 90_000;
/**
 * A job takes longer than a round of other benches. So does what it is held to, so that copies of the log into the file and pauses of the disk
 * are in both.
 */
const FLOOR_SECONDS = 10;
const ALONE_MS = 20_000;
const MIB = 1024 * 1024;

type Fleet = { readonly folder: string; readonly devices: number };

export async function benchTwinJobs(lab: Lab): Promise<readonly Measurement[]> {
  const devices = lab.devices(REGISTERED);
  lab.say(`Filling a store with ${devices.toLocaleString('en')} devices.`);
  await using store = await filledStore(devices);
  const fleet = { folder: store.folder, devices };
  return [...(await jobAlone(lab, fleet)), ...(await jobBesideReports(lab, fleet))];
}

let level = 0;

/** No two of them write the same. */
function twinUpdate(): object {
  level += 1;
  return { type: 'scheduleUpdateTwin', updateTwin: { etag: '*', properties: { desired: { level } } } };
}

/** Each look at a job counts its records, so a large one is looked at seldom. */
function pollMsFor(devices: number): number {
  return devices < 50_000 ? 20 : 500;
}

function jobAlone(lab: Lab, { folder, devices }: Fleet): Promise<readonly Measurement[]> {
  return contest({
    bench: 'twin-job',
    variant: `${devices.toLocaleString('en')} registered devices`,
    rounds: lab.longRounds,
    async hub() {
      // A process that has run such a job keeps memory of it, so each round has one of its own.
      await using hub = await lab.startHub({ folder });
      await warmUp(hub, devices);
      const before = hub.process.residentBytes();
      const job = runJob(hub, { work: twinUpdate(), condition: '*', pollMs: pollMsFor(devices) }, devices);
      const peak = await peakBytesWhile(hub.process, job);
      return { 'devices/s': devices / (await job), 'MiB more at the most': (peak - before) / MIB };
    },
    against: {
      async floor() {
        const { operations, seconds } = await runProgram('reported.ts', {
          BENCH_FOLDER: folder,
          BENCH_DEVICES: String(devices),
          BENCH_SECTION: '{}',
          BENCH_CONCURRENCY: '1000',
          BENCH_SECONDS: String(FLOOR_SECONDS),
        });
        return { 'devices/s': operations / seconds };
      },
    },
    targets: { 'devices/s': [{ kind: 'atLeast', value: 0.7 }], 'MiB more at the most': [{ kind: 'hubAtMost', value: 64 }] },
  });
}

/** A job over a tenth of the devices fills caches and has code compiled, as any work does; the rest is what grows with a job. */
async function warmUp(hub: HubUnderTest, devices: number): Promise<void> {
  const some = Math.ceil(devices / 10);
  await runJob(hub, { work: twinUpdate(), condition: `deviceId < '${deviceIdOf(some)}'`, pollMs: pollMsFor(devices) }, some);
}

async function jobBesideReports(lab: Lab, { folder, devices }: Fleet): Promise<readonly Measurement[]> {
  await using hub = await lab.startHub({ folder });
  const reporting = await connectAll(hub.endpoint, deviceIds(Math.min(REPORTING, devices)), hub.deviceToken);
  using connected = closeAll(reporting);
  void connected;
  await forEach(reporting, 100, async (device) => expectDone(await device.report(SECTION)));
  const report = reporterOf(reporting);
  await runFlow({ concurrency: REPORTING, seconds: lab.warmUpSeconds, operation: report });
  const { operations, seconds } = await runFlow({ concurrency: REPORTING, seconds: lab.seconds, operation: report });
  const perSecond = operations / seconds / 2;
  const load = { perSecond, operation: report };
  lab.say(`Reported updates are offered at ${Math.round(perSecond)} a second, half of the most.`);
  // Awaited here: the hub ends with this block.
  return await contest({
    bench: 'twin-job',
    variant: 'beside reported updates',
    rounds: lab.longRounds,
    hub: () => readBeside(lab, { hub, devices, load }),
    against: {
      'without the job': async () => ({
        'p99 ms of an update': quantile(await offer({ ...load, until: pause(ALONE_MS) }), 0.99),
      }),
    },
    targets: {
      'p99 ms of an update': [{ kind: 'atMost', value: 3 }],
      [`s for a job of ${SMALL_JOB_DEVICES} devices`]: [{ kind: 'hubAtMost', value: 2 }],
    },
  });
}

type Beside = {
  readonly hub: HubUnderTest;
  readonly devices: number;
  readonly load: { readonly perSecond: number; readonly operation: () => Promise<void> };
};

/** The slowest of the small jobs that are created, one after the other, while the large one runs. */
async function readBeside(lab: Lab, { hub, devices, load }: Beside): Promise<Readings> {
  const large = await createJob(hub, { work: twinUpdate(), condition: '*', pollMs: pollMsFor(devices) });
  const completed = large.completed();
  const over = Promise.race([completed, pause(BESIDE_MAX_MS)]);
  let overAt = Number.POSITIVE_INFINITY;
  void over.then(() => (overAt = performance.now()));
  const latencies = offer({ ...load, until: over });
  const smallSeconds: number[] = [];
  const condition = `deviceId in [${Array.from({ length: SMALL_JOB_DEVICES }, (_, index) => `'${deviceIdOf(index)}'`).join(', ')}]`;
  while (performance.now() < overAt) {
    const seconds = await runJob(hub, { work: twinUpdate(), condition, pollMs: 20 }, SMALL_JOB_DEVICES);
    // Beside it only when the large one has not ended first.
    if (performance.now() < overAt) smallSeconds.push(seconds);
    await Promise.race([over, pause(SMALL_JOB_PAUSE_MS)]);
  }
  const p99 = quantile(await latencies, 0.99);
  // The next round begins when nothing is left of this one.
  await completed;
  const slowest = smallSeconds.length === 0 ? Number.NaN : Math.max(...smallSeconds);
  if (smallSeconds.length === 0) lab.note('The large job was over before a small one beside it: give more --devices.');
  return { 'p99 ms of an update': p99, [`s for a job of ${SMALL_JOB_DEVICES} devices`]: slowest };
}
