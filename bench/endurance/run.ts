// A hub and a fleet at work for minutes, with direct methods, reported updates and jobs; its memory is to stay flat, and nobody is to see an error.
import { setTimeout as pause } from 'node:timers/promises';
import { HttpsCaller } from '../load/https-caller.ts';
import type { HubUnderTest } from '../load/hub.ts';
import { runJob } from '../load/jobs.ts';
import { expectRoomFor } from '../load/open-files.ts';
import { offer } from '../load/offered-load.ts';
import type { Lab } from '../lab.ts';
import type { Measurement } from '../measurement.ts';
import { sampleOf } from '../statistics.ts';
import { type EnduranceSample, growthPercentAMinute, SHORTEST_MINUTES } from './samples.ts';
import { Simulator, simulatorErrors } from './simulator.ts';

const DEVICES = 10_000;
/** Reported updates a second for each device, direct methods by REST a second, and a pause between two jobs over all devices. */
const REPORTS_PER_DEVICE = 0.02;
const CALLS_PER_SECOND = 20;
const JOB_PAUSE_MS = 20_000;
const SAMPLES = 300;
const MIB = 1024 * 1024;

/** What callers saw beside what devices saw. */
type Callers = { errors: number; jobs: number };

export async function runEndurance(lab: Lab): Promise<readonly Measurement[]> {
  const devices = Math.min(lab.devices(DEVICES), DEVICES);
  expectRoomFor(devices);
  const sampleSeconds = Math.max(1, (lab.minutes * 60) / SAMPLES);
  await using hub = await lab.startHub();
  await using simulator = new Simulator({
    folder: hub.folder,
    devices,
    reportsPerSecond: Math.ceil(devices * REPORTS_PER_DEVICE),
    progressSeconds: sampleSeconds,
  });
  const first = await simulator.connected;
  lab.say(`All ${devices.toLocaleString('en')} devices are connected; ${lab.minutes} minutes of work begin.`);
  const callers: Callers = { errors: 0, jobs: 0 };
  const over = pause(lab.minutes * 60_000);
  const work = [callDevices(hub, devices, { until: over, callers }), runJobs(hub, devices, { until: over, callers })];
  // Reports that were due before all devices were there could not be sent.
  const errorsBefore = simulatorErrors(first);
  const errors = (): number => simulatorErrors(simulator.newest) - errorsBefore + callers.errors;
  const samples = await takeSamples(lab, { hub, simulator, sampleSeconds, until: over, errors });
  await Promise.all(work);
  await simulator.stop();
  lab.samples = samples;
  if (hub.process.complaints() !== '') lab.note(`The hub complained: ${hub.process.complaints()}`);
  const complaints = hub.process.complaints().split('\n').length - 1;
  return measurementsOf(lab, { samples, devices, errors: errors() + complaints, jobs: callers.jobs });
}

type Work = { readonly until: Promise<unknown>; readonly callers: Callers };

async function callDevices(hub: HubUnderTest, devices: number, { until, callers }: Work): Promise<void> {
  using caller = await HttpsCaller.open(hub.endpoint, 10);
  const body = JSON.stringify({ methodName: 'reboot', payload: { delay: 5 }, responseTimeoutInSeconds: 30 });
  let called = 0;
  const operation = async (): Promise<void> => {
    called += 1;
    // As the simulator names them.
    const id = `sim-${String((called % devices) + 1).padStart(6, '0')}`;
    const path = `/twins/${id}/methods?api-version=2021-04-12`;
    const { status } = await caller.call({ method: 'POST', path, authorization: hub.serviceToken(), body });
    if (status !== 200) callers.errors += 1;
  };
  await offer({ perSecond: CALLS_PER_SECOND, until, operation });
}

/** Direct methods to all devices and updates of all twins in turn. */
async function runJobs(hub: HubUnderTest, devices: number, { until, callers }: Work): Promise<void> {
  const method = {
    type: 'scheduleDeviceMethod',
    cloudToDeviceMethod: { methodName: 'reboot', payload: null, responseTimeoutInSeconds: 30 },
  };
  const over = until.then(() => true);
  do {
    callers.jobs += 1;
    const update = { type: 'scheduleUpdateTwin', updateTwin: { etag: '*', properties: { desired: { level: callers.jobs } } } };
    try {
      await runJob(hub, { work: callers.jobs % 2 === 0 ? update : method, condition: '*', pollMs: 200 }, devices);
    } catch (error) {
      callers.errors += 1;
      console.error(error);
    }
  } while (!(await Promise.race([over, pause(JOB_PAUSE_MS, false)])));
}

type Sampling = {
  readonly hub: HubUnderTest;
  readonly simulator: Simulator;
  readonly sampleSeconds: number;
  readonly until: Promise<unknown>;
  readonly errors: () => number;
};

async function takeSamples(lab: Lab, { hub, simulator, sampleSeconds, until, errors }: Sampling): Promise<readonly EnduranceSample[]> {
  const samples: EnduranceSample[] = [];
  using caller = await HttpsCaller.open(hub.endpoint, 1);
  const startedAt = performance.now();
  const over = until.then(() => true);
  let before = simulator.newest;
  while (!(await Promise.race([over, pause(sampleSeconds * 1000, false)]))) {
    const metrics = await caller.call({ method: 'GET', path: '/hub/metrics', authorization: hub.serviceToken() });
    const now = simulator.newest;
    const passed = now.seconds - before.seconds;
    const perSecond = (count: number): number => (passed === 0 ? 0 : count / passed);
    samples.push({
      seconds: (performance.now() - startedAt) / 1000,
      memoryMiB: hub.process.residentBytes() / MIB,
      heapMiB: metricOf(metrics.body, 'nodejs_heap_size_used_bytes') / MIB,
      eventLoopDelayMs: metricOf(metrics.body, 'twinhub_event_loop_delay_seconds{quantile="0.99"}') * 1000,
      connected: now.connected,
      methodsPerSecond: perSecond(now.methods.received - before.methods.received),
      reportsPerSecond: perSecond(now.reports.accepted - before.reports.accepted),
      errors: errors(),
    });
    before = now;
    if (samples.length % 30 === 0) lab.say(lineOf(samples.at(-1)));
  }
  return samples;
}

function lineOf(sample: EnduranceSample | undefined): string {
  return sample ? `${Math.round(sample.seconds)} s: ${Math.round(sample.memoryMiB)} MiB, ${sample.errors} errors.` : '';
}

/** @throws Error when the hub does not have it. */
function metricOf(page: string, name: string): number {
  const line = page.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  if (line === undefined) throw new Error(`The hub has no metric ${name}.`);
  return Number(line.slice(name.length + 1));
}

type Outcome = { readonly samples: readonly EnduranceSample[]; readonly devices: number; readonly errors: number; readonly jobs: number };

function measurementsOf(lab: Lab, { samples, devices, errors, jobs }: Outcome): readonly Measurement[] {
  const common = { bench: 'endurance', variant: `${devices.toLocaleString('en')} devices, ${lab.minutes} min` };
  const growth = growthPercentAMinute(samples);
  if (growth === undefined) lab.note(`A run of less than ${SHORTEST_MINUTES} minutes says nothing about memory.`);
  const memory = samples.map(({ memoryMiB }) => memoryMiB);
  const delays = samples.map(({ eventLoopDelayMs }) => eventLoopDelayMs);
  const sum = (of: (sample: EnduranceSample) => number): number =>
    samples.reduce((total, sample) => total + of(sample), 0) / samples.length;
  return [
    { ...common, quantity: 'errors', hub: sampleOf([errors]), target: { kind: 'hubAtMost', value: 0 } },
    ...(growth === undefined
      ? []
      : [
          {
            ...common,
            quantity: '% that memory grows by in a minute',
            hub: sampleOf([growth]),
            target: { kind: 'hubAtMost', value: 1 },
          } as const,
        ]),
    { ...common, quantity: 'MiB', hub: sampleOf(memory), target: { kind: 'none' } },
    { ...common, quantity: 'ms of event-loop delay, p99 of a sample', hub: sampleOf(delays), target: { kind: 'none' } },
    {
      ...common,
      quantity: 'direct methods/s, those of jobs among them',
      hub: sampleOf([sum(({ methodsPerSecond }) => methodsPerSecond)]),
      target: { kind: 'none' },
    },
    {
      ...common,
      quantity: 'reported updates/s',
      hub: sampleOf([sum(({ reportsPerSecond }) => reportsPerSecond)]),
      target: { kind: 'none' },
    },
    { ...common, quantity: 'jobs over all devices', hub: sampleOf([jobs]), target: { kind: 'none' } },
  ];
}
