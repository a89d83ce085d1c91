// A store that was filled by copying a device is a store like any other.
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { deviceIdOf, deviceIds } from '../../../bench/load/device-ids.ts';
import { copyFirstDevice } from '../../../bench/load/filled-store.ts';
import type { Stores } from '../../../src/ports/stores.ts';
import { openSqliteStore } from '../../../src/stores/sqlite/open-sqlite-store.ts';
import { put } from '../../support/store-builders.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

it('has every device and twin under the ids of the bench, as the one that was copied', async () => {
  const path = join(temporaryFolder(), 'twinhub.db');
  const before = await open(path);
  await before.devices.writeDevices([put(deviceIdOf(0))]);
  await before.close();

  copyFirstDevice(path, 12);

  const stores = await open(path);
  onTestFinished(() => stores.close());
  const [first, last, none] = await Promise.all([0, 11, 12].map((index) => stores.twins.readTwin({ deviceId: deviceIdOf(index) })));
  const listed = await stores.devices.listDevices(100);
  expect(listed.map(({ deviceId }) => deviceId)).toEqual(deviceIds(12));
  expect(last?.twin).toEqual({ ...first?.twin, deviceId: deviceIdOf(11) });
  expect(none).toBeUndefined();
});

function open(path: string): Promise<Stores> {
  return openSqliteStore({ path, durability: 'none' });
}
