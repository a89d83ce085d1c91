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
import type { Measurement, Target } from '../measurement.ts';
import { contest, type Readings } from '../rounds.ts';
import { quantile } from '../statistics.ts';

const DEVICES = 1000;

export async function benchReported(lab: Lab): Promise<readonly Measurement[]> {
  await using hub = await lab.startHub();
  // Awaited here: the hub ends with this block.
  return await measureReports(lab, { bench: 'reported', hub, floor: { program: 'reported.ts', env: { BENCH_FOLDER: hub.folder } } });
}

export async function benchReportedOnPostgres(lab: Lab): Promise<readonly Measurement[]> {
  const server = await startBenchPostgres();
  if (typeof server === 'string') {
    lab.note(server);
    return [];
  }
  await using postgres = server;
  await using hub = await lab.startHub({ store: postgres.storeUrl });
  const env = { BENCH_POSTGRES: postgres.url, BENCH_SCHEMA: postgres.emptySchema };
  return await measureReports(lab, { bench: 'reported-postgres', hub, floor: { program: 'reported-postgres.ts', env } });
}

type Contenders = {
  readonly bench: string;
  readonly hub: HubUnderTest;
  readonly floor: { readonly program: string; readonly env: Readonly<Record<string, string>> };
};

async function measureReports(lab: Lab, { bench, hub, floor }: Contenders): Promise<readonly Measurement[]> {
  const ids = deviceIds(DEVICES);
  await registerDevices(hub, ids);
  const devices = await connectAll(hub.endpoint, ids, hub.deviceToken);
  using connected = closeAll(devices);
  void connected;
  await forEach(devices, 100, async (device) => expectDone(await device.report(SECTION)));
  const operation = reporterOf(devices);
  const measurements: Measurement[] = [];
  for (const concurrency of [1, 100, 1000]) {
    await runFlow({ concurrency, seconds: lab.warmUpSeconds, operation });
    measurements.push(
      ...(await contest({
        bench,
        variant: `${concurrency} at once`,
        rounds: lab.rounds,
        async hub() {
          const before = hub.process.cpuMicros();
          const { operations, seconds, latenciesMs } = await runFlow({ concurrency, seconds: lab.seconds, operation });
          const cpu = hub.process.cpuMicros() - before;
          return { 'updates/s': operations / seconds, 'median ms': quantile(latenciesMs, 0.5), 'CPU µs per update': cpu / operations };
        },
        against: { floor: () => readFloor(lab, floor, concurrency) },
        targets: targetsFor(concurrency),
      })),
    );
  }
  return measurements;
}

async function readFloor(lab: Lab, { program, env }: Contenders['floor'], concurrency: number): Promise<Readings> {
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
