// Reported updates, each acknowledged when it is on disk, on twins of 1 KB.
import { connectAll } from '../load/device.ts';
import { forEach, runFlow } from '../load/flow.ts';
import { deviceIds } from '../load/device-ids.ts';
import { registerDevices } from '../load/hub.ts';
import { runProgram } from '../load/program.ts';
import { expectDone, reporterOf, SECTION } from '../load/reports.ts';
import { closeAll, type Lab } from '../lab.ts';
import type { Measurement, Target } from '../measurement.ts';
import { contest, type Readings } from '../rounds.ts';
import { quantile } from '../statistics.ts';

const DEVICES = 1000;

export async function benchReported(lab: Lab): Promise<readonly Measurement[]> {
  await using hub = await lab.startHub();
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
        bench: 'reported',
        variant: `${concurrency} at once`,
        rounds: lab.rounds,
        async hub() {
          const before = hub.process.cpuMicros();
          const { operations, seconds, latenciesMs } = await runFlow({ concurrency, seconds: lab.seconds, operation });
          const cpu = hub.process.cpuMicros() - before;
          return { 'updates/s': operations / seconds, 'median ms': quantile(latenciesMs, 0.5), 'CPU µs per update': cpu / operations };
        },
        against: { floor: () => readFloor(lab, hub.folder, concurrency) },
        targets: targetsFor(concurrency),
      })),
    );
  }
  return measurements;
}

async function readFloor(lab: Lab, folder: string, concurrency: number): Promise<Readings> {
  const { operations, seconds, latenciesMs } = await runProgram('reported.ts', {
    BENCH_FOLDER: folder,
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
