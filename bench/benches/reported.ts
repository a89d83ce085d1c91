// Reported updates, each acknowledged when it is on disk, on twins of 1 KB, on SQLite and on PostgreSQL.
import { connectAll } from '../load/device.ts';
import { forEach, runFlow } from '../load/flow.ts';
import { deviceIds } from '../load/device-ids.ts';
import { registerDevices } from '../load/hub.ts';
import type { HubUnderTest } from '../load/hub.ts';
import { startBenchPostgres } from '../load/postgres.ts';
import { runProgram } from '../load/program.ts';
import { expectDone, reporterOf, SECTION } from '../load/reports.ts';
import { closeAll, type Lab } from '../lab.ts';
import type { MeasuredProcess } from '../load/child-process.ts';
import { startFloor } from '../load/floor.ts';
import { expectRoomFor } from '../load/open-files.ts';
import type { Measurement, Target } from '../measurement.ts';
import { contest, type Readings } from '../rounds.ts';
import { quantile } from '../statistics.ts';

const DEVICES = 1000;

export async function benchReported(lab: Lab): Promise<readonly Measurement[]> {
  await using hub = await lab.startHub();
  const floor = (concurrency: number): Promise<Readings> =>
    readProgram(lab, { program: 'reported.ts', env: { BENCH_FOLDER: hub.folder }, concurrency });
  // Awaited here: the hub ends with this block.
  return await measureReports(lab, { bench: 'reported', hub, floor });
}

export async function benchReportedOnPostgres(lab: Lab): Promise<readonly Measurement[]> {
  const server = await startBenchPostgres();
  if (typeof server === 'string') {
    lab.note(server);
    return [];
  }
  expectRoomFor(2 * DEVICES);
  await using postgres = server;
  await using hub = await lab.startHub({ store: postgres.storeUrl });
  await using floor = await startFloor({
    program: 'reported-postgres.ts',
    folder: hub.folder,
    caPem: hub.endpoint.caPem,
    env: { BENCH_POSTGRES: postgres.url, BENCH_SCHEMA: postgres.emptySchema, BENCH_DEVICES: String(DEVICES), BENCH_SECTION: SECTION },
  });
  const devices = await connectAll(floor.endpoint, deviceIds(DEVICES), () => '');
  using connected = closeAll(devices);
  void connected;
  const operation = reporterOf(devices);
  await warmUp(lab, operation);
  return await measureReports(lab, {
    bench: 'reported-postgres',
    hub,
    floor: (concurrency) => readFlow(lab, { process: floor.process, operation, concurrency }),
  });
}

type Contenders = {
  readonly bench: string;
  readonly hub: HubUnderTest;
  readonly floor: (concurrency: number) => Promise<Readings>;
};

async function measureReports(lab: Lab, { bench, hub, floor }: Contenders): Promise<readonly Measurement[]> {
  const ids = deviceIds(DEVICES);
  await registerDevices(hub, ids);
  const devices = await connectAll(hub.endpoint, ids, hub.deviceToken);
  using connected = closeAll(devices);
  void connected;
  await forEach(devices, 100, async (device) => expectDone(await device.report(SECTION)));
  const operation = reporterOf(devices);
  await warmUp(lab, operation);
  const measurements: Measurement[] = [];
  for (const concurrency of [1, 100, 1000]) {
    measurements.push(
      ...(await contest({
        bench,
        variant: `${concurrency} at once`,
        rounds: lab.rounds,
        hub: () => readFlow(lab, { process: hub.process, operation, concurrency }),
        against: { floor: () => floor(concurrency) },
        targets: targetsFor(concurrency),
      })),
    );
  }
  return measurements;
}

/** With many at once, so that a lone one does not meet code that the engine has yet to compile. */
async function warmUp({ warmUpSeconds: seconds }: Lab, operation: () => Promise<void>): Promise<void> {
  await runFlow({ concurrency: 100, seconds, operation });
}

type Side = { readonly process: MeasuredProcess; readonly operation: () => Promise<void>; readonly concurrency: number };

async function readFlow(lab: Lab, { process, operation, concurrency }: Side): Promise<Readings> {
  // The other side, or another number at once, came before.
  await runFlow({ concurrency, seconds: lab.warmUpSeconds, operation });
  const before = process.cpuMicros();
  const { operations, seconds, latenciesMs } = await runFlow({ concurrency, seconds: lab.seconds, operation });
  const cpu = process.cpuMicros() - before;
  return { 'updates/s': operations / seconds, 'median ms': quantile(latenciesMs, 0.5), 'CPU µs per update': cpu / operations };
}

type Program = { readonly program: string; readonly env: Readonly<Record<string, string>>; readonly concurrency: number };

/** Of a floor that drives itself, whose processor time is that of both sides. */
async function readProgram(lab: Lab, { program, env, concurrency }: Program): Promise<Readings> {
  const { operations, seconds, latenciesMs } = await runProgram(program, {
    ...env,
    BENCH_DEVICES: String(DEVICES),
    BENCH_SECTION: SECTION,
    BENCH_CONCURRENCY: String(concurrency),
    BENCH_SECONDS: String(lab.seconds),
  });
  return { 'updates/s': operations / seconds, 'median ms': quantile(latenciesMs, 0.5) };
}

function targetsFor(concurrency: number): Readonly<Record<string, readonly Target[]>> {
  const lone = concurrency === 1;
  return {
    'updates/s': [lone ? { kind: 'none' } : { kind: 'atLeast', value: 0.7 }],
    'median ms': [lone ? { kind: 'floorPlus', value: 0.5 } : { kind: 'none' }],
    'CPU µs per update': [{ kind: 'none' }],
  };
}
