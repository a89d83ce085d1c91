// What every device store must do with identities. Goal: prove each statement of the port. Method: writes of few devices, read back.
import { describe, expect, test } from 'vitest';
import { deviceNotFound } from '../../src/domain/identity/device-write.ts';
import { NEVER } from '../../src/domain/time.ts';
import { newTwin } from '../../src/domain/twin/apply-twin-change.ts';
import { createDevice, freshId, keysOf, NOON, put, readAllChanges, remove, report, timeAt, update } from '../support/store-builders.ts';
import { type NewPlace, openNewStore, shareStore } from '../support/store-place.ts';
import { sas } from '../support/identities.ts';

/** Every character that a device id may have, and ids that trip up careless code (behaviour 1.2). */
const ODD_IDS = [
  "aZ09-:.+%_#*?!(),=@;$'",
  '__proto__',
  'constructor',
  "'; drop table devices --",
  '%',
  '%25',
  '_',
  '*',
  'A',
  'a',
  'x'.repeat(128),
];

export function describeDeviceStore(newPlace: NewPlace): void {
  const stores = shareStore(newPlace);

  test('A device that is not registered reads as undefined.', async () => {
    expect(await stores().devices.readDevice(freshId())).toBeUndefined();
  });

  test('A created device reads back as its write answered it.', async () => {
    const deviceId = freshId();
    const write = put(deviceId, { keys: keysOf('k'), status: 'disabled', statusReason: 'from birth', generationId: 'generation-7' });

    const outcomes = await stores().devices.writeDevices([write]);

    const device = {
      deviceId,
      generationId: 'generation-7',
      etag: btoa('41'),
      status: 'disabled',
      statusReason: 'from birth',
      statusUpdatedTime: NEVER,
      authentication: sas(keysOf('k')),
      iotEdge: false,
      deviceScope: null,
      parentScopes: [],
      modelId: '',
      connectionState: 'Disconnected',
      connectionStateUpdatedTime: NEVER,
      lastActivityTime: NEVER,
    };
    expect(outcomes).toEqual([{ kind: 'done', value: { kind: 'created', device } }]);
    expect(await stores().devices.readDevice(deviceId)).toEqual(device);
  });

  test('A create also makes the twin, with the time of the write.', async () => {
    const deviceId = freshId();

    const device = await createDevice(stores(), deviceId, { at: timeAt(3) });

    expect(await stores().twins.readTwin({ deviceId })).toEqual({ identity: device, twin: newTwin({ deviceId }, timeAt(3)) });
  });

  test('An updated device reads back as its write answered it.', async () => {
    const deviceId = freshId();
    const created = await createDevice(stores(), deviceId);
    const write = update(deviceId, { status: 'disabled', statusReason: 'stolen', keys: keysOf('n'), at: timeAt(9) });

    const outcomes = await stores().devices.writeDevices([write]);

    const device = {
      ...created,
      etag: btoa('42'),
      status: 'disabled',
      statusReason: 'stolen',
      statusUpdatedTime: timeAt(9),
      authentication: sas(keysOf('n')),
    };
    expect(outcomes).toEqual([{ kind: 'done', value: { kind: 'updated', device, signInChanged: true } }]);
    expect(await stores().devices.readDevice(deviceId)).toEqual(device);
  });

  test('An update leaves the twin alone.', async () => {
    const deviceId = freshId();
    await createDevice(stores(), deviceId);
    await stores().twins.applyTwinChanges([report(deviceId, { level: 3 })]);
    const before = await stores().twins.readTwin({ deviceId });

    await stores().devices.writeDevices([update(deviceId, { statusReason: 'new' })]);

    const after = await stores().twins.readTwin({ deviceId });
    expect(after?.twin).toEqual(before?.twin);
    expect(after?.identity).toMatchObject({ statusReason: 'new' });
  });

  test('A delete answers the device as it was and removes it with its twin and subscriptions.', async () => {
    const deviceId = freshId();
    const device = await createDevice(stores(), deviceId);
    await stores().subscriptions.saveSubscriptions({ deviceId }, ['methods']);

    const outcomes = await stores().devices.writeDevices([remove(deviceId)]);

    expect(outcomes).toEqual([{ kind: 'done', value: { kind: 'deleted', device } }]);
    expect(await stores().devices.readDevice(deviceId)).toBeUndefined();
    expect(await stores().twins.readTwin({ deviceId })).toBeUndefined();
    expect(await stores().subscriptions.readSubscriptions({ deviceId })).toBeUndefined();
  });

  test('A device that is created again begins anew.', async () => {
    const deviceId = freshId();
    await createDevice(stores(), deviceId);
    await stores().twins.applyTwinChanges([report(deviceId, { level: 3 })]);
    await stores().subscriptions.saveSubscriptions({ deviceId }, ['methods']);
    await stores().devices.recordConnections([
      { kind: 'connected', modelId: '', cleanSession: false, deviceId, connectionId: 'c1', at: NOON },
    ]);
    await stores().devices.writeDevices([remove(deviceId)]);

    const device = await createDevice(stores(), deviceId, { generationId: 'generation-2' });

    expect(device).toMatchObject({ generationId: 'generation-2', connectionState: 'Disconnected' });
    expect(await stores().twins.readTwin({ deviceId })).toEqual({ identity: device, twin: newTwin({ deviceId }, NOON) });
    expect(await stores().subscriptions.readSubscriptions({ deviceId })).toBeUndefined();
  });

  test('Later writes of a batch see earlier ones, and outcomes stand in the order of the writes.', async () => {
    const deviceId = freshId();
    const other = freshId();
    const writes = [put(deviceId), put(other), update(deviceId, { statusReason: 'second' }), remove(deviceId), put(deviceId)];

    const outcomes = await stores().devices.writeDevices(writes);

    expect(outcomes).toMatchObject([
      { value: { kind: 'created', device: { deviceId } } },
      { value: { kind: 'created', device: { deviceId: other } } },
      { value: { kind: 'updated', device: { deviceId, statusReason: 'second' } } },
      { value: { kind: 'deleted', device: { deviceId, statusReason: 'second' } } },
      { value: { kind: 'created', device: { deviceId, statusReason: null } } },
    ]);
  });

  test('A refused write changes nothing and stops no other.', async () => {
    const deviceId = freshId();
    const missing = freshId();
    const next = freshId();
    const device = await createDevice(stores(), deviceId);
    const stale = { kind: 'match', etag: btoa('40') } as const;

    const outcomes = await stores().devices.writeDevices([
      put(deviceId, { statusReason: 'a' }),
      update(missing),
      update(deviceId, { precondition: stale, statusReason: 'b' }),
      remove(deviceId, stale),
      put(next),
    ]);

    const { code, message } = deviceNotFound(missing);
    expect(outcomes).toMatchObject([
      { kind: 'refused', refusal: { code: 'DeviceAlreadyExists' } },
      { kind: 'refused', refusal: { code, message } },
      { kind: 'refused', refusal: { code: 'PreconditionFailed' } },
      { kind: 'refused', refusal: { code: 'PreconditionFailed' } },
      { kind: 'done', value: { kind: 'created', device: { deviceId: next } } },
    ]);
    expect(await stores().devices.readDevice(deviceId)).toEqual(device);
    expect(await stores().devices.readDevice(missing)).toBeUndefined();
  });

  test('A batch with a write that cannot be stored fails as a whole and changes nothing.', async () => {
    const first = freshId();
    const last = freshId();
    const before = await readAllChanges(stores());
    const broken = put(freshId(), { generationId: JSON.parse('null') });

    const writing = stores().devices.writeDevices([put(first), broken, put(last)]);

    await expect(writing).rejects.toThrow(/not.null/i);
    expect(await stores().devices.readDevice(first)).toBeUndefined();
    expect(await stores().devices.readDevice(last)).toBeUndefined();
    expect(await readAllChanges(stores())).toEqual(before);
  });

  test('Of concurrent creates of one id exactly one succeeds.', async () => {
    const deviceId = freshId();

    const batches = await Promise.all(Array.from({ length: 20 }, () => stores().devices.writeDevices([put(deviceId)])));

    expect(batches.flat().filter(({ kind }) => kind === 'done')).toHaveLength(1);
  });

  test('A read sees each write that was acknowledged before it.', async () => {
    const deviceId = freshId();
    await createDevice(stores(), deviceId);
    const read: unknown[] = [];

    for (let round = 0; round < 100; round += 1) {
      await stores().devices.writeDevices([update(deviceId, { statusReason: String(round) })]);
      const device = await stores().devices.readDevice(deviceId);
      read.push(device?.statusReason);
    }

    expect(read).toEqual(Array.from({ length: 100 }, (_, round) => String(round)));
  });

  test.each(ODD_IDS)('The id %j stands for one device alone.', async (deviceId) => {
    const device = await createDevice(stores(), deviceId);
    await stores().twins.applyTwinChanges([report(deviceId, { of: deviceId })]);
    await stores().subscriptions.saveSubscriptions({ deviceId }, ['methods']);

    const found = await stores().twins.readTwin({ deviceId });
    expect(await stores().devices.readDevice(deviceId)).toEqual(device);
    expect(found?.twin).toMatchObject({ deviceId, reported: { properties: { of: deviceId } } });
    expect(await stores().subscriptions.readSubscriptions({ deviceId })).toEqual(['methods']);
  });

  describe('listDevices', () => {
    test('answers devices in code-point order of their ids, and at most the limit.', async () => {
      const own = await openNewStore(newPlace);
      const ordered = ['!', '-', '0', '9', 'A', 'A-b', 'A0', 'Ab', 'B', '_', 'a', 'a-', 'aB', 'ab', 'b'];
      await own.devices.writeDevices(ordered.toReversed().map((deviceId) => put(deviceId)));

      const all = await own.devices.listDevices(ordered.length);
      const allButOne = await own.devices.listDevices(ordered.length - 1);

      expect(all.map(({ deviceId }) => deviceId)).toEqual(ordered);
      expect(allButOne).toEqual(all.slice(0, -1));
      expect(all.at(-1)).toEqual(await own.devices.readDevice('b'));
    });

    test('answers an empty list when no device is registered.', async () => {
      const own = await openNewStore(newPlace);

      expect(await own.devices.listDevices(10)).toEqual([]);
    });
  });
  describe('countDevices', () => {
    test('counts all devices, those that are disabled, and those that are connected.', async () => {
      const own = await openNewStore(newPlace);
      await own.devices.writeDevices(['a', 'b', 'c', 'd', 'e'].map((deviceId) => put(deviceId)));
      await own.devices.writeDevices([update('a', { status: 'disabled' }), update('b', { status: 'disabled' })]);
      await own.devices.recordConnections(
        ['b', 'c', 'd', 'e'].map((deviceId) => ({
          kind: 'connected',
          modelId: '',
          cleanSession: false,
          deviceId,
          connectionId: deviceId,
          at: NOON,
        })),
      );

      expect(await own.devices.countDevices()).toEqual({ total: 5, disabled: 2, connected: 4 });
    });

    test('counts none in an empty store, and again none when all are gone.', async () => {
      const own = await openNewStore(newPlace);
      const atFirst = await own.devices.countDevices();
      await own.devices.writeDevices([put('a', { status: 'disabled' })]);
      await own.devices.recordConnections([
        { kind: 'connected', modelId: '', cleanSession: false, deviceId: 'a', connectionId: 'c1', at: NOON },
      ]);
      await own.devices.writeDevices([remove('a')]);

      expect([atFirst, await own.devices.countDevices()]).toEqual(
        Array.from({ length: 2 }, () => ({ total: 0, disabled: 0, connected: 0 })),
      );
    });

    test('sees each change that was acknowledged before it.', async () => {
      const own = await openNewStore(newPlace);
      const seen: unknown[] = [];
      const look = async (): Promise<void> => {
        const { total, disabled, connected } = await own.devices.countDevices();
        seen.push([total, disabled, connected]);
      };

      await own.devices.writeDevices([put('a')]);
      await look();
      await own.devices.writeDevices([update('a', { status: 'disabled' })]);
      await look();
      await own.devices.writeDevices([update('a'), put('b')]);
      await look();
      await own.devices.recordConnections([
        { kind: 'connected', modelId: '', cleanSession: false, deviceId: 'a', connectionId: 'c1', at: NOON },
      ]);
      await look();
      await own.devices.disconnectAll(NOON);
      await look();

      expect(seen).toEqual([
        [1, 0, 0],
        [1, 1, 0],
        [2, 0, 0],
        [2, 0, 1],
        [2, 0, 0],
      ]);
    });
  });
}
