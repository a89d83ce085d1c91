// A process that writes to a store as fast as it can until it is killed, and prints each version as soon as it is acknowledged.
// It runs as: node store-under-load.ts STORE, as --store names it. Each line of its output is "DEVICE VERSION"; the first line is "open".
import type { TwinChange } from '../../src/domain/twin/twin.ts';
import { batched } from '../../src/hub/batcher.ts';
import type { Stores } from '../../src/ports/stores.ts';
import type { TwinChangeResult } from '../../src/ports/twin-store.ts';
import { put, report } from './store-builders.ts';
import { openStoreOfTests } from './test-store.ts';

const DEVICES = 20;
const CALLERS_PER_DEVICE = 5;

const [store] = process.argv.slice(2);
const stores = await openStoreOfTests(store);
const apply = batched<TwinChange, TwinChangeResult>((changes) => stores.twins.applyTwinChanges(changes));
print('open');
await Promise.all(Array.from({ length: DEVICES }, (_, index) => writeForEver(stores, `device-${index}`)));

/** Report number n of a device leads to its version n + 1, in this process or the one before. */
async function writeForEver({ devices, twins }: Stores, deviceId: string): Promise<void> {
  await devices.writeDevices([put(deviceId)]);
  const found = await twins.readTwin({ deviceId });
  let count = (found?.twin.reported.version ?? 1) - 1;
  const callers = Array.from({ length: CALLERS_PER_DEVICE }, async () => {
    for (;;) {
      count += 1;
      const result = await apply(report(deviceId, { count, filler: 'x'.repeat(500) }));
      if (result.kind === 'reported') print(`${deviceId} ${result.version}`);
    }
  });
  await Promise.all(callers);
}

/** Writes to a pipe end before the call returns, so that a kill loses no line. */
function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
