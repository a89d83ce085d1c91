// Bulk registration of devices by REST.
import type { Lab } from '../lab.ts';
import { deviceIds } from '../load/device-ids.ts';
import { registerDevices } from '../load/hub.ts';
import { runProgram } from '../load/program.ts';
import type { Measurement } from '../measurement.ts';
import { contest } from '../rounds.ts';

const DEVICES = 20_000;

export async function benchBulk(lab: Lab): Promise<readonly Measurement[]> {
  return contest({
    bench: 'bulk',
    variant: `${DEVICES} devices`,
    rounds: lab.rounds,
    async hub() {
      await using hub = await lab.startHub();
      const startedAt = performance.now();
      await registerDevices(hub, deviceIds(DEVICES));
      return { 'devices/s': DEVICES / ((performance.now() - startedAt) / 1000) };
    },
    async floor() {
      await using hub = await lab.startHub();
      const { operations, seconds } = await runProgram('bulk.ts', { BENCH_FOLDER: hub.folder, BENCH_DEVICES: String(DEVICES) });
      return { 'devices/s': operations / seconds };
    },
    targets: { 'devices/s': [{ kind: 'atLeast', value: 0.5 }] },
  });
}
