// What outlives a connection and what ends it: subscriptions, takeover, silence, breaches of the protocol, the will.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Device } from '../../../src/domain/identity/device.ts';
import { LIMITS } from '../../../src/domain/limits.ts';
import { systemClock } from '../../../src/system/system-clock.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import {
  connectDevice,
  connectPacket,
  FILTERS,
  type MqttClient,
  openMqttClient,
  openPlainClient,
  publishPacket,
  sendConnect,
} from '../../support/mqtt-client.ts';
import { openTestHub, type TestHub } from '../../support/test-hub.ts';
import { SOMEONE } from '../../support/actors.ts';
import { sas, sasKeys } from '../../support/identities.ts';

let hub: TestHub;
beforeAll(async () => (hub = await openTestHub()));
afterAll(() => hub.close());

describe('Subscriptions', () => {
  it('of a device whose line was cut hold when it comes back, without a word from it (contract 0.3).', async () => {
    const device = await hub.createDevice('cut');
    const before = await connectDevice(hub, device);
    await before.subscribe(FILTERS.twinResponses, FILTERS.desired);
    await before.drop();

    await using client = await openMqttClient(hub);
    const answer = await sendConnect(client, connectPacket(device));
    client.publish('$iothub/twin/GET/?$rid=1');
    await client.message('$iothub/twin/res/200/');
    await hub.hub.twins.write({ by: SOMEONE, kind: 'patch', deviceId: 'cut', body: desired({ a: 1 }), precondition: { kind: 'none' } });
    const notice = await client.message('$iothub/twin/PATCH/properties/desired/');

    expect(answer).toEqual({ returnCode: 0, sessionPresent: true });
    expect(JSON.parse(notice.payload)).toEqual({ a: 1, $version: 2 });
  });

  it('to methods make a device that comes back callable at once, also after DISCONNECT.', async () => {
    const device = await hub.createDevice('back');
    const before = await connectDevice(hub, device);
    await before.subscribe(FILTERS.methods);
    await before.takeLeave();

    const call = hub.hub.methods.invoke(
      { deviceId: 'back' },
      {
        methodName: 'hello',
        payload: null,
        responseTimeoutSeconds: 30,
        connectTimeoutSeconds: 30,
      },
    );
    await using client = await connectDevice(hub, device);
    const request = await client.message('$iothub/methods/POST/hello/');
    client.publish(request.topic.replace('POST/hello', 'res/200'), '1');

    await expect(call).resolves.toEqual({ status: 200, payload: 1 });
  });

  it('outlive the hub.', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'twinhub-test-'));
    onTestFinished(() => rm(dataDir, { recursive: true }));
    const first = await openTestHub({ dataDir });
    const device = await first.createDevice('lamp');
    const before = await connectDevice(first, device);
    await before.subscribe(FILTERS.twinResponses);
    await first.close();
    await before.closed;

    await using second = await openTestHub({ dataDir });
    await using client = await openMqttClient(second);
    const answer = await sendConnect(client, connectPacket(device));
    client.publish('$iothub/twin/GET/?$rid=1');
    const twin = await client.message('$iothub/twin/res/200/');

    expect(answer).toEqual({ returnCode: 0, sessionPresent: true });
    expect(twin.topic).toBe('$iothub/twin/res/200/?$rid=1');
  });

  it('are gone after UNSUBSCRIBE, and after a clean session.', async () => {
    const device = await hub.createDevice('clean');
    const first = await connectDevice(hub, device);
    await first.subscribe(FILTERS.methods, FILTERS.desired);
    first.send({ cmd: 'unsubscribe', messageId: 5, unsubscriptions: [FILTERS.methods] });
    await first.waitFor(({ cmd, messageId }) => cmd === 'unsuback' && messageId === 5);
    const afterUnsubscribe = await hub.hub.subscriptions.readSubscriptions({ deviceId: 'clean' });
    await first.drop();

    await using second = await openMqttClient(hub);
    const answer = await sendConnect(second, connectPacket(device, { clean: true }));
    await second.subscribe(FILTERS.methods);
    const afterClean = await hub.hub.subscriptions.readSubscriptions({ deviceId: 'clean' });

    expect(afterUnsubscribe).toEqual(['desiredChanges']);
    expect(answer).toEqual({ returnCode: 0, sessionPresent: false });
    expect(afterClean).toBeUndefined();
  });

  it('are granted at QoS 1 at most, also the one to cloud-to-device messages.', async () => {
    const device = await hub.createDevice('grants');
    await using client = await connectDevice(hub, device);
    const filters = [FILTERS.twinResponses, FILTERS.methods, 'devices/grants/messages/devicebound/#'];

    client.send({ cmd: 'subscribe', messageId: 9, subscriptions: filters.map((topic, qos) => ({ topic, qos: qos as 0 | 1 | 2 })) });
    const answer = await client.next();

    expect(answer).toMatchObject({ cmd: 'suback', messageId: 9, granted: [0, 1, 1] });
  });
});

describe('A connection', () => {
  it('is closed by a newer one of the same device, which works (behaviour 7.1).', async () => {
    const device = await hub.createDevice('twice');
    const older = await connectDevice(hub, device);

    await using newer = await connectDevice(hub, device);
    await older.closed;
    await newer.ping();

    expect(await hub.hub.devices.get('twice')).toMatchObject({ connectionState: 'Connected' });
  });

  it.each<[string, (client: MqttClient, device: Device) => void]>([
    ['publishes at QoS 2', (client, { deviceId }) => client.send(publishPacket(`devices/${deviceId}/messages/events/`, 'x', 2))],
    ['publishes on a foreign topic', (client) => client.publish('hello', 'x')],
    ['publishes for another device', (client) => client.publish('devices/another/messages/events/', 'x')],
    ['subscribes to everything', (client) => client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: '#', qos: 0 }] })],
    ['says CONNECT again', (client, device) => client.send(connectPacket(device))],
    ['says what only a hub says', (client) => client.send({ cmd: 'pingresp' })],
    ['begins a packet that is too large', (client) => client.write(Buffer.from([0x30, 0x80, 0x80, 0x40]))],
    ['says what is no packet', (client) => client.write(Buffer.from([0, 0]))],
  ])('ends when the device %s, and no other does (behaviour 7.2).', async (what, act) => {
    const device = await hub.createDevice(`breach-${what.replaceAll(' ', '-')}`);
    const neighbour = await hub.createDevice(`next-to-${device.deviceId}`);
    await using other = await connectDevice(hub, neighbour);
    await using client = await connectDevice(hub, device);

    act(client, device);
    await client.closed;
    await other.ping();

    await expect.poll(async () => (await hub.hub.devices.get(device.deviceId)).connectionState).toBe('Disconnected');
  });

  it('ends when its device is disabled.', async () => {
    const device = await hub.createDevice('disabled');
    await using client = await connectDevice(hub, device);

    await hub.hub.devices.put(
      { deviceId: 'disabled', status: 'disabled', statusReason: null, authentication: sas(sasKeys(device)) },
      { kind: 'any' },
      SOMEONE,
    );

    await expect(client.closed).resolves.toBeUndefined();
  });

  it('ends when the device is silent for one and a half times its keep-alive, and not before.', async () => {
    const clock = new FakeClock(systemClock.nowMs());
    await using own = await openTestHub({ clock });
    const device = await own.createDevice('lamp');
    await using client = await connectDevice(own, device, { keepalive: 60 });

    clock.advance(89_999);
    await client.ping();
    clock.advance(89_999);
    await client.ping();
    clock.advance(90_000);
    await client.closed;

    await expect.poll(async () => (await own.hub.devices.get('lamp')).connectionState).toBe('Disconnected');
  });

  it('ends when CONNECT does not come in time, also in the middle of the handshake.', async () => {
    const clock = new FakeClock(systemClock.nowMs());
    await using own = await openTestHub({ clock });
    const timersBefore = clock.pendingTimers;
    await using silent = await openMqttClient(own);
    await using plain = await openPlainClient(own);
    await expect.poll(() => clock.pendingTimers).toBe(timersBefore + 2);

    clock.advance(LIMITS.mqttConnectSeconds.value * 1000);

    await Promise.all([silent.closed, plain.closed]);
  });
});

describe('Telemetry', () => {
  it('is acknowledged at QoS 1 and counted, with the retain flag too.', async () => {
    const device = await hub.createDevice('meter');
    await using client = await connectDevice(hub, device);
    const before = hub.hub.telemetry.count();

    client.publish('devices/meter/messages/events/%24.ct=text&a=b', 'four');
    client.send({
      cmd: 'publish',
      topic: 'devices/meter/messages/events/',
      payload: 'five5',
      qos: 1,
      messageId: 77,
      dup: true,
      retain: true,
    });
    const answer = await client.next();

    expect(answer).toMatchObject({ cmd: 'puback', messageId: 77 });
    expect(hub.hub.telemetry.count()).toEqual({ messages: before.messages + 2, bytes: before.bytes + 9 });
  });

  it('has up to 256 KB of body, also under the longest topic; one byte more ends the connection.', async () => {
    const device = await hub.createDevice('filler');
    await using client = await connectDevice(hub, device);
    const before = hub.hub.telemetry.count();
    const topic = 'devices/filler/messages/events/';
    const longest = `${topic}k=`.padEnd(65_535, 'v');
    const payload = Buffer.alloc(LIMITS.messageBytes.value);

    client.publish(longest, payload);
    await client.ping();
    client.publish(topic, Buffer.alloc(payload.length + 1));
    await client.closed;

    expect(hub.hub.telemetry.count().bytes).toBe(before.bytes + payload.length);
  });

  it('is what a will becomes when the line is cut, and not after DISCONNECT.', async () => {
    const device = await hub.createDevice('mortal');
    const will = { topic: 'devices/mortal/messages/events/', payload: Buffer.from('goodbye'), qos: 1 as const, retain: false };
    const first = await connectDevice(hub, device, { will });
    const before = hub.hub.telemetry.count();

    await first.takeLeave();
    const second = await connectDevice(hub, device, { will });
    const afterLeave = hub.hub.telemetry.count();
    await second.drop();

    await expect.poll(() => hub.hub.telemetry.count().bytes).toBe(before.bytes + 7);
    expect(afterLeave).toEqual(before);
  });
});

function desired(properties: Record<string, number>): { readonly properties: { readonly desired: Record<string, number> } } {
  return { properties: { desired: properties } };
}
