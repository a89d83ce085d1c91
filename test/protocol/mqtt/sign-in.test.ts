// Who may connect over MQTT, told by CONNACK over real TLS.
import { generate, type Packet } from 'mqtt-packet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Device } from '../../../src/domain/identity/device.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import {
  type ConnectAnswer,
  connectDevice,
  connectPacket,
  FILTERS,
  openMqttClient,
  publishPacket,
  sendConnect,
  subscribePacket,
} from '../../support/mqtt-client.ts';
import { openTestHub, sasToken, type TestHub } from '../../support/test-hub.ts';
import { systemClock } from '../../../src/system/system-clock.ts';
import { SOMEONE } from '../../support/actors.ts';
import { sasKeys } from '../../support/identities.ts';

let hub: TestHub;
beforeAll(async () => (hub = await openTestHub()));
afterAll(() => hub.close());

let devices = 0;
function newDevice(): Promise<Device> {
  devices += 1;
  return hub.createDevice(`device-${devices}`);
}

const ACCEPTED: ConnectAnswer = { returnCode: 0, sessionPresent: false };
const NOT_AUTHORISED: ConnectAnswer = { returnCode: 5, sessionPresent: false };

describe('A device', () => {
  it.each(['primaryKey', 'secondaryKey'] as const)('signs in with its %s.', async (name) => {
    const device = await newDevice();
    await using client = await openMqttClient(hub);

    const answer = await sendConnect(client, connectPacket(device, { password: tokenOf(device, { key: sasKeys(device)[name] }) }));

    expect(answer).toEqual(ACCEPTED);
    expect(await hub.hub.devices.get(device.deviceId)).toMatchObject({ connectionState: 'Connected' });
  });

  it('signs in with a token of a policy that has DeviceConnect, and not with one of a policy that lacks it.', async () => {
    const device = await newDevice();

    const answers = [];
    for (const policyName of ['device', 'iothubowner', 'service', 'unknown']) {
      const policy = hub.hub.policies.find(policyName);
      const key = policy?.keys.primaryKey ?? sasKeys(device).primaryKey;
      await using client = await openMqttClient(hub);
      answers.push(await sendConnect(client, connectPacket(device, { password: tokenOf(device, { key, policyName }) })));
    }

    expect(answers).toEqual([ACCEPTED, { ...ACCEPTED, sessionPresent: true }, NOT_AUTHORISED, NOT_AUTHORISED]);
  });

  it.each<[string, (device: Device, other: Device) => Buffer]>([
    ['a token that has expired', (device) => tokenOf(device, { expirySeconds: 1000 })],
    ['a token signed with another key', (device, other) => tokenOf(device, { key: sasKeys(other).primaryKey })],
    ['a token of another device', (_device, other) => tokenOf(other)],
    ['a token for another host', (device) => tokenOf(device, { resource: `example.org%2Fdevices%2F${device.deviceId}` })],
    ['words that are no token', () => Buffer.from('open sesame')],
    ['nothing', () => Buffer.alloc(0)],
  ])('that shows %s is refused.', async (_what, password) => {
    const device = await newDevice();
    const other = await newDevice();
    await using client = await openMqttClient(hub);

    const answer = await sendConnect(client, connectPacket(device, { password: password(device, other) }));
    await client.closed;

    expect(answer).toEqual(NOT_AUTHORISED);
  });

  it('that is not registered, or is disabled, is refused like one with a wrong key.', async () => {
    const device = await newDevice();
    const { deviceId, authentication } = device;
    await using first = await openMqttClient(hub);
    await using second = await openMqttClient(hub);

    await hub.hub.devices.put({ deviceId, status: 'disabled', statusReason: null, authentication }, { kind: 'any' }, SOMEONE);
    const whenDisabled = await sendConnect(first, connectPacket(device));
    await hub.hub.devices.delete(deviceId, { kind: 'any' }, SOMEONE);
    const whenDeleted = await sendConnect(second, connectPacket(device));

    expect([whenDisabled, whenDeleted]).toEqual([NOT_AUTHORISED, NOT_AUTHORISED]);
  });

  it.each([
    ['an empty client id', { clientId: '', clean: true }, 2],
    ['a module that is not registered', { clientId: 'lamp/module', username: 'localhost/lamp/module/?api-version=2021-04-12' }, 5],
    ['a module of a module', { clientId: 'lamp/m/m', username: 'localhost/lamp/m/m/?api-version=2021-04-12' }, 2],
    ['another device in its user name', { username: 'localhost/other/?api-version=2021-04-12' }, 5],
    ['another host in its user name', { clientId: 'lamp', username: 'example.org/lamp/?api-version=2021-04-12' }, 5],
    ['a will on a foreign topic', { will: { topic: 'bye', payload: Buffer.from('x'), qos: 0 as const, retain: false } }, 5],
    ['MQTT 5', { protocolVersion: 5 as const }, 1],
  ])('with %s is refused.', async (_what, overrides, returnCode) => {
    const device = await newDevice();
    await using client = await openMqttClient(hub);

    const answer = await sendConnect(client, connectPacket(device, overrides));
    await client.closed;

    expect(answer).toEqual({ returnCode, sessionPresent: false });
  });

  it('that is refused has nothing done that it sent with its CONNECT [MQTT-3.1.4-5].', async () => {
    const device = await newDevice();
    const before = hub.hub.telemetry.count();
    await using client = await openMqttClient(hub);

    client.send(
      connectPacket(device, { password: Buffer.from('wrong') }),
      publishPacket(`devices/${device.deviceId}/messages/events/`, 'x', 1),
    );
    const answer = await client.next();
    await client.closed;

    expect(answer).toMatchObject({ cmd: 'connack', returnCode: 5 });
    expect(hub.hub.telemetry.count()).toEqual(before);
  });
});

describe('A token', () => {
  it('is good until its last second, and its end ends the connection (behaviour 7.1).', async () => {
    const clock = new FakeClock(systemClock.nowMs());
    await using own = await openTestHub({ clock });
    const device = await own.createDevice('lamp');
    const expirySeconds = Math.floor(clock.nowMs() / 1000) + 60;
    await using client = await connectDevice(own, device, { expirySeconds, keepalive: 0 });

    clock.advance(58_000);
    await client.ping();
    clock.advance(2000);
    await client.closed;
    await using late = await openMqttClient(own);
    const answer = await sendConnect(late, connectPacket(device, { expirySeconds }));

    expect(answer).toEqual({ returnCode: 5, sessionPresent: false });
  });
});

describe('Bytes', () => {
  /** Everything a device says when it starts, and what the hub says to it. */
  function startOf(device: Device): readonly Packet[] {
    return [
      connectPacket(device),
      subscribePacket(FILTERS.twinResponses),
      publishPacket('$iothub/twin/GET/?$rid=1', ' '),
      publishPacket('$iothub/twin/PATCH/properties/reported/?$rid=2', '{"a":1}'),
      { cmd: 'pingreq' },
    ];
  }

  it('of CONNECT, SUBSCRIBE and PUBLISH in one piece are handled in their order.', async () => {
    const device = await newDevice();
    await using client = await openMqttClient(hub);

    client.send(...startOf(device));
    const first = await client.next();
    const second = await client.next();
    const twin = await client.message('$iothub/twin/res/200/?$rid=1');
    const reported = await client.message('$iothub/twin/res/204/?$rid=2');

    expect([first.cmd, second.cmd]).toEqual(['connack', 'suback']);
    expect(JSON.parse(twin.payload)).toMatchObject({ desired: { $version: 1 } });
    expect(reported).toEqual({ topic: '$iothub/twin/res/204/?$rid=2&$version=2', payload: '' });
  });

  it('that come one by one are handled like bytes that come together.', async () => {
    const device = await newDevice();
    await using client = await openMqttClient(hub);

    for (const byte of Buffer.concat(startOf(device).map((packet) => generate(packet)))) client.write(Uint8Array.of(byte));
    const reported = await client.message('$iothub/twin/res/204/');

    expect(reported.topic).toBe('$iothub/twin/res/204/?$rid=2&$version=2');
  });
});

function tokenOf(device: Device, parts: Partial<Parameters<typeof sasToken>[0]> = {}): Buffer {
  return Buffer.from(sasToken({ key: sasKeys(device).primaryKey, resource: `localhost%2Fdevices%2F${device.deviceId}`, ...parts }));
}
