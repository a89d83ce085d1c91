// The threads of a store: what callers see of errors on the other side, and of a thread that dies.
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import type { HubError } from '../../../../src/domain/errors.ts';
import type { Stores } from '../../../../src/ports/stores.ts';
import { openSqliteStore } from '../../../../src/stores/sqlite/open-sqlite-store.ts';
import { systemStopwatch } from '../../../../src/system/system-stopwatch.ts';
import { createDevice, put, report } from '../../../support/store-builders.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const UNAVAILABLE = { code: 'ServiceUnavailable' };

test('A call that cannot be stored fails alone, with the reason, among calls that share its commit.', async () => {
  const { stores } = await open();
  const broken = put('broken', { generationId: JSON.parse('null') });

  const results = await Promise.allSettled(
    ['a', 'b', 'c', 'd'].flatMap((deviceId) => [stores.devices.writeDevices([put(deviceId)]), stores.devices.writeDevices([broken])]),
  );

  const failed = results.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []));
  const devices = await stores.devices.listDevices(10);
  expect(failed).toHaveLength(4);
  for (const reason of failed) expect(reason).toContain('NOT NULL constraint failed: devices.generation_id');
  expect(devices.map(({ deviceId }) => deviceId)).toEqual(['a', 'b', 'c', 'd']);
});

test('When the writer dies, calls under way and all later ones fail, and the owner is told once why.', async () => {
  const { stores, workers, faults } = await open();
  await createDevice(stores, 'lamp');

  const underWay = Array.from({ length: 50 }, () => stores.twins.applyTwinChanges([report('lamp', { a: 1 })]));
  const results = Promise.allSettled(underWay);
  await workers[0]?.terminate();

  const rejected = (await results).filter(({ status }) => status === 'rejected');
  expect(rejected.length).toBeGreaterThan(0);
  for (const result of rejected) expect(result).toMatchObject({ reason: UNAVAILABLE });
  await expect(stores.twins.applyTwinChanges([])).rejects.toMatchObject(UNAVAILABLE);
  await expect(stores.twins.readTwin({ deviceId: 'lamp' })).rejects.toMatchObject(UNAVAILABLE);
  await expect(stores.checkReady()).rejects.toMatchObject(UNAVAILABLE);
  expect(faults).toHaveLength(1);
  expect(faults[0]).toMatchObject({ ...UNAVAILABLE, message: 'A thread of the store has ended. Restart the hub.' });
  expect(String(faults[0]?.cause)).toContain('exited with code 1');
});

test('When a reader dies, the store fails as a whole.', async () => {
  const { stores, workers, faults } = await open();

  await workers[1]?.terminate();

  await expect(stores.devices.writeDevices([put('lamp')])).rejects.toMatchObject(UNAVAILABLE);
  await expect(stores.devices.readDevice('lamp')).rejects.toMatchObject(UNAVAILABLE);
  expect(faults).toHaveLength(1);
});

test('A store that has failed can be closed, and opened again with what was acknowledged.', async () => {
  const { stores, workers, path } = await open();
  const device = await createDevice(stores, 'lamp');
  await workers[0]?.terminate();

  await stores.close();

  const { stores: again } = await open(path);
  expect(await again.devices.readDevice('lamp')).toEqual(device);
});

test('Nobody is told of a fault when a store is closed.', async () => {
  const { stores, faults } = await open();

  await stores.close();

  expect(faults).toEqual([]);
});

test('A store that cannot be opened leaves nothing behind that would keep it from another.', async () => {
  const { path } = await open();

  await expect(openSqliteStore({ path, durability: 'none' })).rejects.toMatchObject({
    ...UNAVAILABLE,
    message: `Cannot use ${path} as store. Another hub is running on it. Stop that hub, or name another file.`,
  });
});

type OpenStore = {
  readonly stores: Stores;
  readonly path: string;
  readonly workers: readonly Worker[];
  readonly faults: readonly HubError[];
};

/** `workers`: the writer, then the readers. */
async function open(path = join(temporaryFolder(), 'hub.db')): Promise<OpenStore> {
  const workers: Worker[] = [];
  const faults: HubError[] = [];
  const collect = (worker: Worker): void => void workers.push(worker);
  process.on('worker', collect);
  const stores = await openSqliteStore({ path, durability: 'none', stopwatch: systemStopwatch, onFault: (error) => faults.push(error) });
  process.off('worker', collect);
  onTestFinished(() => stores.close());
  return { stores, path, workers, faults };
}
