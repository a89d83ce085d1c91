// From the start of the process to `ready` on an empty store, and the memory of a hub that does nothing.
import { setTimeout as pause } from 'node:timers/promises';
import { startFloor } from '../load/floor.ts';
import type { Lab } from '../lab.ts';
import type { Measurement } from '../measurement.ts';
import { contest } from '../rounds.ts';

const SETTLE_MS = 3000;
const MIB = 1024 * 1024;

export async function benchStart(lab: Lab): Promise<readonly Measurement[]> {
  // Its certificate is for the floors; making one is not what is measured, so the hub is given it too.
  await using certified = await lab.startHub();
  const { folder, endpoint } = certified;
  // Awaited here: the folder goes with this block.
  return await contest({
    bench: 'start',
    variant: 'empty store',
    rounds: lab.rounds,
    async hub() {
      await using hub = await lab.startHub({ certificatesFrom: folder });
      await pause(SETTLE_MS);
      return { 'ms until ready': hub.process.startMs, 'MiB idle': hub.process.residentBytes() / MIB };
    },
    against: {
      async floor() {
        await using floor = await startFloor({ program: 'start.ts', folder, caPem: endpoint.caPem });
        await pause(SETTLE_MS);
        return { 'ms until ready': floor.process.startMs, 'MiB idle': floor.process.residentBytes() / MIB };
      },
    },
    targets: { 'ms until ready': [{ kind: 'floorPlus', value: 400 }], 'MiB idle': [{ kind: 'atMost', value: 1.3 }] },
  });
}
