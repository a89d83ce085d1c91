// What every store of indexes must do with entries. Goal: no call that writes or deletes twins leaves a wrong one behind. Method: few twins, counted by an index.
import { expect, test } from 'vitest';
import { twinJob } from '../support/job-builders.ts';
import { createModule, indexWrite, NOON, put, remove, removeModule, write } from '../support/store-builders.ts';
import { buildAll, rowsOf } from '../support/stored-indexes.ts';
import { runJob } from '../support/stored-jobs.ts';
import { type NewPlace, openNewStore } from '../support/store-place.ts';

export function describeIndexEntries(newPlace: NewPlace): void {
  test('Bulk writes, jobs, and deletes of modules and of devices with their modules take the entries of twins along.', async () => {
    const stores = await openNewStore(newPlace);
    for (const path of ['tags.a', 'devices.modules.tags.a']) await stores.indexes.createIndex(indexWrite(path));
    await buildAll(stores);
    const counts = (from: string): Promise<unknown> => rowsOf(stores, `SELECT tags.a AS a, COUNT() AS n FROM ${from} GROUP BY tags.a`);

    const bulk = ['x', 'y'].map((id) => ({ kind: 'device', device: put(id), twin: write(id, { tags: { a: 'bulk' } }) }) as const);
    await stores.devices.writeInBulk(bulk);
    for (const moduleId of ['m', 'n', 'o']) await createModule(stores, { deviceId: 'x', moduleId });
    await stores.twins.applyTwinChanges([{ ...write('x', { tags: { a: 'module' } }), moduleId: 'm' }]);
    await stores.modules.writeModules([removeModule({ deviceId: 'x', moduleId: 'n' })]);
    const work = { kind: 'twinPatch', tags: { a: 'job' }, desired: undefined } as const;
    await runJob(stores, twinJob('job', { work }), ['x']);
    await stores.jobs.patchTwins({ jobId: 'job', limit: 10, at: NOON });
    const before = [await counts('devices'), await counts('devices.modules')];
    await stores.devices.writeDevices([remove('x')]);

    expect(before).toEqual([['bulk', 'job'].map((a) => ({ a, n: 1 })), [{ n: 1 }, { a: 'module', n: 1 }]]);
    expect([await counts('devices'), await counts('devices.modules')]).toEqual([[{ a: 'bulk', n: 1 }], []]);
  });
}
