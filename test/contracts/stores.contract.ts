// What every store must do as a whole. Goal: prove that it keeps what it acknowledged and ends cleanly. Method: close, open again, compare.
import { expect, onTestFinished, test } from 'vitest';
import type { Stores } from '../../src/ports/stores.ts';
import { SOMEONE } from '../support/actors.ts';
import { createDevice, keysOf, NOON, put, readAllChanges, report, timeAt, WHOLE_AUDIT, write } from '../support/store-builders.ts';
import { type NewPlace, openNewStore } from '../support/store-place.ts';

export function describeStores(newPlace: NewPlace): void {
  test('An open store is ready.', async () => {
    const stores = await openNewStore(newPlace);

    await expect(stores.checkReady()).resolves.toBeUndefined();
  });

  test('What was acknowledged is there after the store was closed and opened again.', async () => {
    const place = await newPlace();
    const before = await place.open();
    await before.devices.writeDevices([put('lamp', { keys: keysOf('l') }), put('door')]);
    await before.twins.applyTwinChanges([write('lamp', { tags: { a: 1 }, desired: { b: 2 } }), report('lamp', { c: 3 })]);
    await before.devices.recordConnections([
      { kind: 'connected', modelId: '', cleanSession: false, deviceId: 'lamp', connectionId: 'c1', at: NOON },
    ]);
    await before.subscriptions.saveSubscriptions({ deviceId: 'lamp' }, ['methods', 'desiredChanges']);
    await before.policies.savePolicies([{ name: 'service', keys: keysOf('s'), permissions: ['ServiceConnect'] }]);
    const upload = { certificate: 'AAEC', subject: 'CN=x', thumbprint: 'AB', expiryTime: NOON };
    const uploaded = { kind: 'put', name: 'x', upload, precondition: { kind: 'none' }, isVerified: true, etag: '1' } as const;
    await before.caCertificates.writeCaCertificate({ ...uploaded, at: NOON, by: SOMEONE });
    const acknowledged = await contentsOf(before);
    await before.close();

    const after = await place.open();
    onTestFinished(() => after.close());

    expect(await contentsOf(after)).toEqual(acknowledged);
    expect(acknowledged.twins).toMatchObject([{ twin: { deviceId: 'lamp', reported: { version: 2 } } }, { twin: { deviceId: 'door' } }]);
  });

  test('Calls under way end before a store closes.', async () => {
    const place = await newPlace();
    const before = await place.open();
    await createDevice(before, 'lamp');

    const writing = before.twins.applyTwinChanges([report('lamp', { a: 1 })]);
    const reading = before.devices.readDevice('lamp');
    await before.close();

    expect(await writing).toMatchObject([{ kind: 'done' }]);
    expect(await reading).toMatchObject({ deviceId: 'lamp' });
    const after = await place.open();
    onTestFinished(() => after.close());
    expect(await after.twins.readTwin({ deviceId: 'lamp' })).toMatchObject({ twin: { reported: { properties: { a: 1 } } } });
  });

  test('A closed store answers every call with ServiceUnavailable.', async () => {
    const place = await newPlace();
    const stores = await place.open();
    await stores.close();

    const calls: readonly Promise<unknown>[] = [
      stores.devices.readDevice('lamp'),
      stores.devices.listDevices(1),
      stores.devices.writeDevices([put('lamp')]),
      stores.devices.writeInBulk([]),
      stores.devices.countDevices(),
      stores.devices.recordConnections([]),
      stores.devices.disconnectAll(NOON),
      stores.twins.readTwin({ deviceId: 'lamp' }),
      stores.twins.readTwins([{ deviceId: 'lamp' }]),
      stores.twins.applyTwinChanges([report('lamp', {})]),
      stores.policies.listPolicies(),
      stores.policies.savePolicies([]),
      stores.caCertificates.listCaCertificates(),
      stores.caCertificates.writeCaCertificate({ kind: 'delete', name: 'x', precondition: { kind: 'any' }, at: NOON, by: SOMEONE }),
      stores.subscriptions.readSubscriptions({ deviceId: 'lamp' }),
      stores.subscriptions.saveSubscriptions({ deviceId: 'lamp' }, []),
      stores.changes.readChanges(0, 1),
      stores.changes.trimChanges(timeAt(0), 1),
      stores.audit.readAudit({ ...WHOLE_AUDIT, limit: 1 }),
      stores.audit.trimAudit(timeAt(0), 1),
      stores.checkReady(),
    ];

    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'ServiceUnavailable' });
  });

  test('Closing a closed store does nothing.', async () => {
    const stores = await openNewStore(newPlace);
    await stores.close();

    await expect(stores.close()).resolves.toBeUndefined();
  });

  test('Stores in different places know nothing of each other.', async () => {
    const one = await openNewStore(newPlace);
    const other = await openNewStore(newPlace);

    await createDevice(one, 'lamp');

    expect(await other.devices.readDevice('lamp')).toBeUndefined();
  });
}

type Contents = { readonly twins: readonly unknown[]; readonly rest: readonly unknown[] };

async function contentsOf(stores: Stores): Promise<Contents> {
  return {
    twins: [await stores.twins.readTwin({ deviceId: 'lamp' }), await stores.twins.readTwin({ deviceId: 'door' })],
    rest: [
      await stores.devices.listDevices(10),
      await stores.subscriptions.readSubscriptions({ deviceId: 'lamp' }),
      await stores.policies.listPolicies(),
      await stores.caCertificates.listCaCertificates(),
      await readAllChanges(stores),
    ],
  };
}
