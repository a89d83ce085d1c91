// What every device store must do with connections. Goal: prove each statement of the port. Method: events in every order that matters.
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../src/domain/limits.ts';
import type { ConnectionEvent, RecordedEvent } from '../../src/ports/device-store.ts';
import type { Subscription } from '../../src/ports/subscription-store.ts';
import { createDevice, createModule, freshId, put, readAllChanges, remove, timeAt, update } from '../support/store-builders.ts';
import { type NewPlace, openNewStore, shareStore } from '../support/store-place.ts';

export function describeConnections(newPlace: NewPlace): void {
  const stores = shareStore(newPlace);

  test('A connected device shows so, with the time of the event.', async () => {
    const deviceId = freshId();
    const created = await createDevice(stores(), deviceId);

    await stores().devices.recordConnections([connected(deviceId, 'c1', 5)]);

    const time = timeAt(5);
    const device = { ...created, connectionState: 'Connected', connectionStateUpdatedTime: time, lastActivityTime: time };
    expect(await stores().devices.readDevice(deviceId)).toEqual(device);
  });

  test('A disconnected device shows so, with the time of the event, and keeps the time of its activity.', async () => {
    const deviceId = freshId();
    await createDevice(stores(), deviceId);
    await stores().devices.recordConnections([connected(deviceId, 'c1', 5)]);

    await stores().devices.recordConnections([disconnected(deviceId, 'c1', 8)]);

    expect(await stores().devices.readDevice(deviceId)).toMatchObject({
      connectionState: 'Disconnected',
      connectionStateUpdatedTime: timeAt(8),
      lastActivityTime: timeAt(5),
    });
  });

  test('Activity moves the time of the last activity alone.', async () => {
    const deviceId = freshId();
    await createDevice(stores(), deviceId);
    await stores().devices.recordConnections([connected(deviceId, 'c1', 5)]);

    await stores().devices.recordConnections([{ kind: 'active', deviceId, connectionId: 'c1', at: timeAt(6) }]);

    expect(await stores().devices.readDevice(deviceId)).toMatchObject({
      connectionState: 'Connected',
      connectionStateUpdatedTime: timeAt(5),
      lastActivityTime: timeAt(6),
    });
  });

  test('A device that was seen without a connection has a later activity, and nothing else of it changes.', async () => {
    const deviceId = freshId();
    const created = await createDevice(stores(), deviceId);

    const recorded = await stores().devices.recordConnections([{ kind: 'seen', deviceId, at: timeAt(6) }]);

    expect(recorded).toEqual([{ etag: created.etag, keptSubscriptions: undefined }]);
    expect(await stores().devices.readDevice(deviceId)).toEqual({ ...created, lastActivityTime: timeAt(6) });
  });

  test('That a device was seen may be told late: the time of its activity does not go back.', async () => {
    const deviceId = freshId();
    await createDevice(stores(), deviceId);
    await stores().devices.recordConnections([connected(deviceId, 'c1', 7)]);

    await stores().devices.recordConnections([{ kind: 'seen', deviceId, at: timeAt(6) }]);

    expect(await stores().devices.readDevice(deviceId)).toMatchObject({ connectionState: 'Connected', lastActivityTime: timeAt(7) });
  });

  test('The end of a connection that another has taken over changes nothing.', async () => {
    const deviceId = freshId();
    await createDevice(stores(), deviceId);
    await stores().devices.recordConnections([connected(deviceId, 'c1', 5), connected(deviceId, 'c2', 6)]);
    const before = await stores().devices.readDevice(deviceId);

    await stores().devices.recordConnections([disconnected(deviceId, 'c1', 7)]);
    const afterOld = await stores().devices.readDevice(deviceId);
    await stores().devices.recordConnections([disconnected(deviceId, 'c2', 8)]);
    const afterLatest = await stores().devices.readDevice(deviceId);

    expect(before).toMatchObject({ connectionState: 'Connected', connectionStateUpdatedTime: timeAt(6) });
    expect(afterOld).toEqual(before);
    expect(afterLatest).toMatchObject({ connectionState: 'Disconnected', connectionStateUpdatedTime: timeAt(8) });
  });

  test('An end that is recorded twice counts once.', async () => {
    const deviceId = freshId();
    await createDevice(stores(), deviceId);

    await stores().devices.recordConnections([
      connected(deviceId, 'c1', 5),
      disconnected(deviceId, 'c1', 6),
      disconnected(deviceId, 'c1', 7),
    ]);

    expect(await stores().devices.readDevice(deviceId)).toMatchObject({ connectionStateUpdatedTime: timeAt(6) });
  });

  test('Events of one batch count in their order.', async () => {
    const deviceId = freshId();
    const other = freshId();
    await stores().devices.writeDevices([put(deviceId), put(other)]);

    await stores().devices.recordConnections([
      connected(deviceId, 'c1', 5),
      connected(other, 'd1', 5),
      disconnected(deviceId, 'c1', 6),
      connected(deviceId, 'c2', 7),
      disconnected(other, 'd1', 8),
    ]);

    expect(await stores().devices.readDevice(deviceId)).toMatchObject({ connectionState: 'Connected' });
    expect(await stores().devices.readDevice(other)).toMatchObject({ connectionState: 'Disconnected' });
  });

  test('Each event is answered with the etag of the device, and an unknown device with undefined.', async () => {
    const deviceId = freshId();
    const unknown = freshId();
    const { etag } = await createDevice(stores(), deviceId);

    const before = await stores().devices.recordConnections([connected(unknown, 'u1', 5), connected(deviceId, 'c1', 5)]);
    await stores().devices.writeDevices([update(deviceId, { statusReason: 'changed' })]);
    const after = await stores().devices.recordConnections([disconnected(deviceId, 'other', 6), disconnected(deviceId, 'c1', 6)]);

    const changed = await stores().devices.readDevice(deviceId);
    expect(before.map((recorded) => recorded?.etag)).toEqual([undefined, etag]);
    expect(after.map((recorded) => recorded?.etag)).toEqual([changed?.etag, changed?.etag]);
    expect(changed?.etag).not.toBe(etag);
    expect(await stores().devices.readDevice(unknown)).toBeUndefined();
  });

  test('A connection moves no etag and no version, and is no entry of the change feed.', async () => {
    const deviceId = freshId();
    await createDevice(stores(), deviceId);
    const before = await stores().twins.readTwin({ deviceId });
    const feed = await readAllChanges(stores());

    await stores().devices.recordConnections([connected(deviceId, 'c1', 5), disconnected(deviceId, 'c1', 6)]);

    const after = await stores().twins.readTwin({ deviceId });
    expect(after?.identity.etag).toBe(before?.identity.etag);
    expect(after?.twin).toEqual(before?.twin);
    expect(await readAllChanges(stores())).toEqual(feed);
  });

  test('An update of the identity keeps the connection, whose end still counts.', async () => {
    const deviceId = freshId();
    await createDevice(stores(), deviceId);
    await stores().devices.recordConnections([connected(deviceId, 'c1', 5)]);

    await stores().devices.writeDevices([update(deviceId, { statusReason: 'changed' })]);
    const updated = await stores().devices.readDevice(deviceId);
    await stores().devices.recordConnections([disconnected(deviceId, 'c1', 6)]);

    expect(updated).toMatchObject({ connectionState: 'Connected', connectionStateUpdatedTime: timeAt(5) });
    expect(await stores().devices.readDevice(deviceId)).toMatchObject({ connectionState: 'Disconnected' });
  });

  test('A connection of a deleted device does not end that of its successor.', async () => {
    const deviceId = freshId();
    await createDevice(stores(), deviceId);
    await stores().devices.recordConnections([connected(deviceId, 'c1', 5)]);
    await stores().devices.writeDevices([remove(deviceId), put(deviceId)]);
    await stores().devices.recordConnections([connected(deviceId, 'c2', 6)]);

    await stores().devices.recordConnections([disconnected(deviceId, 'c1', 7)]);

    expect(await stores().devices.readDevice(deviceId)).toMatchObject({ connectionState: 'Connected' });
  });

  describe('A session', () => {
    test('is made by the first connection, and its subscriptions are answered to each one after it.', async () => {
      const deviceId = freshId();
      await createDevice(stores(), deviceId);

      const first = await stores().devices.recordConnections([connected(deviceId, 'c1', 5)]);
      const begun = await stores().subscriptions.readSubscriptions({ deviceId });
      await stores().subscriptions.saveSubscriptions({ deviceId }, ['methods', 'desiredChanges']);
      const later = await stores().devices.recordConnections([connected(deviceId, 'c2', 6), connected(deviceId, 'c3', 7)]);

      expect(keptOf(first)).toEqual([undefined]);
      expect(begun).toEqual([]);
      expect(keptOf(later)).toEqual([
        ['methods', 'desiredChanges'],
        ['methods', 'desiredChanges'],
      ]);
    });

    test('is forgotten by a clean one, of this device alone, and answered for the last time.', async () => {
      const [deviceId, other] = [freshId(), freshId()];
      for (const each of [deviceId, other]) {
        await createDevice(stores(), each);
        await stores().subscriptions.saveSubscriptions({ deviceId: each }, ['methods']);
      }

      const recorded = await stores().devices.recordConnections([cleanly(deviceId, 'c1', 5), cleanly(deviceId, 'c2', 6)]);

      expect(keptOf(recorded)).toEqual([['methods'], undefined]);
      expect(await stores().subscriptions.readSubscriptions({ deviceId })).toBeUndefined();
      expect(await stores().subscriptions.readSubscriptions({ deviceId: other })).toEqual(['methods']);
    });

    test('may end and begin in one batch, in the order of the events.', async () => {
      const [deviceId, other] = [freshId(), freshId()];
      for (const each of [deviceId, other]) {
        await createDevice(stores(), each);
        await stores().subscriptions.saveSubscriptions({ deviceId: each }, ['methods']);
      }

      const recorded = await stores().devices.recordConnections([
        cleanly(deviceId, 'c1', 5),
        connected(other, 'd1', 5),
        connected(deviceId, 'c2', 6),
        cleanly(other, 'd2', 6),
      ]);

      expect(keptOf(recorded)).toEqual([['methods'], ['methods'], undefined, ['methods']]);
      expect(await stores().subscriptions.readSubscriptions({ deviceId })).toEqual([]);
      expect(await stores().subscriptions.readSubscriptions({ deviceId: other })).toBeUndefined();
    });

    test('of a module is its own.', async () => {
      const device = { deviceId: freshId() };
      const module = { ...device, moduleId: 'eye' };
      await createDevice(stores(), device.deviceId);
      await createModule(stores(), module);
      await stores().subscriptions.saveSubscriptions(device, ['methods']);
      await stores().subscriptions.saveSubscriptions(module, ['desiredChanges']);

      const recorded = await stores().devices.recordConnections([{ ...cleanly(device.deviceId, 'c1', 5), ...module }]);

      expect(keptOf(recorded)).toEqual([['desiredChanges']]);
      expect(await stores().subscriptions.readSubscriptions(device)).toEqual(['methods']);
      expect(await stores().subscriptions.readSubscriptions(module)).toBeUndefined();
    });

    test('is not made for what is not registered, nor by any other event.', async () => {
      const [unknown, deviceId] = [freshId(), freshId()];
      await createDevice(stores(), deviceId);

      await stores().devices.recordConnections([connected(unknown, 'u1', 5), { kind: 'seen', deviceId, at: timeAt(6) }]);

      await createDevice(stores(), unknown);
      expect(await stores().subscriptions.readSubscriptions({ deviceId: unknown })).toBeUndefined();
      expect(await stores().subscriptions.readSubscriptions({ deviceId })).toBeUndefined();
    });
  });

  describe('disconnectAll', () => {
    test('marks every connected device and no other, however many there are.', async () => {
      const own = await openNewStore(newPlace);
      const ids = Array.from({ length: LIMITS.batchItems.value + 1 }, (_, index) => `device-${index}`);
      await own.devices.writeDevices([...ids, 'idle', 'gone'].map((deviceId) => put(deviceId)));
      await own.devices.recordConnections([
        ...ids.map((deviceId) => connected(deviceId, `c-${deviceId}`, 5)),
        connected('gone', 'g1', 5),
        disconnected('gone', 'g1', 6),
      ]);
      const idle = await own.devices.readDevice('idle');
      const gone = await own.devices.readDevice('gone');

      await own.devices.disconnectAll(timeAt(9));

      const devices = await own.devices.listDevices(ids.length + 2);
      const marked = devices.filter(({ connectionStateUpdatedTime }) => connectionStateUpdatedTime === timeAt(9));
      expect(devices.filter(({ connectionState }) => connectionState === 'Connected')).toEqual([]);
      expect(marked).toHaveLength(ids.length);
      expect(await own.devices.readDevice('idle')).toEqual(idle);
      expect(await own.devices.readDevice('gone')).toEqual(gone);
    });

    test('ends the connections before it, so that their late ends do not count.', async () => {
      const own = await openNewStore(newPlace);
      await createDevice(own, 'lamp');
      await own.devices.recordConnections([connected('lamp', 'c1', 5)]);

      await own.devices.disconnectAll(timeAt(6));
      await own.devices.recordConnections([disconnected('lamp', 'c1', 7)]);

      expect(await own.devices.readDevice('lamp')).toMatchObject({
        connectionState: 'Disconnected',
        connectionStateUpdatedTime: timeAt(6),
        lastActivityTime: timeAt(5),
      });
    });
  });
}

function connected(deviceId: string, connectionId: string, minute: number): ConnectionEvent {
  return { kind: 'connected', modelId: '', cleanSession: false, deviceId, connectionId, at: timeAt(minute) };
}

function cleanly(deviceId: string, connectionId: string, minute: number): ConnectionEvent {
  return { kind: 'connected', modelId: '', cleanSession: true, deviceId, connectionId, at: timeAt(minute) };
}

function keptOf(recorded: readonly (RecordedEvent | undefined)[]): readonly (readonly Subscription[] | undefined)[] {
  return recorded.map((each) => each?.keptSubscriptions);
}

function disconnected(deviceId: string, connectionId: string, minute: number): ConnectionEvent {
  return { kind: 'disconnected', deviceId, connectionId, at: timeAt(minute), activeAt: undefined };
}
