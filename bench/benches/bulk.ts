// Bulk registration of devices by REST.
import { rm } from 'node:fs/promises';
import type { Lab } from '../lab.ts';
import { deviceIds } from '../load/device-ids.ts';
import { registerDevices, temporaryFolder } from '../load/hub.ts';
import { runProgram } from '../load/program.ts';
import type { Measurement } from '../measurement.ts';
import { contest } from '../rounds.ts';

const DEVICES = 1_000_000;

export async function benchBulk(lab: Lab): Promise<readonly Measurement[]> {
  const devices = lab.devices(DEVICES);
  return contest({
    bench: 'bulk',
    variant: `${devices.toLocaleString('en')} devices`,
    rounds: lab.longRounds,
    async hub() {
      await using hub = await lab.startHub();
      const startedAt = performance.now();
      await registerDevices(hub, deviceIds(devices));
      return { 'devices/s': devices / ((performance.now() - startedAt) / 1000) };
    },
    against: {
      async floor() {
        const folder = await temporaryFolder();
        const { operations, seconds } = await runProgram('bulk.ts', { BENCH_FOLDER: folder, BENCH_DEVICES: String(devices) });
        await rm(folder, { recursive: true });
        return { 'devices/s': operations / seconds };
      },
    },
    targets: { 'devices/s': [{ kind: 'atLeast', value: 0.5 }] },
  });
}
