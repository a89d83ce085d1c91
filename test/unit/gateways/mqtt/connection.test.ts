// One connection over a pair of streams in memory: any bytes, time limits, devices that do not read, and floods of requests.
import { duplexPair, type Duplex } from 'node:stream';
import fc from 'fast-check';
import { generate } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import { HubError } from '../../../../src/domain/errors.ts';
import type { Device } from '../../../../src/domain/identity/device.ts';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { MqttConnection } from '../../../../src/gateways/mqtt/connection.ts';
import type { Log, LogFields } from '../../../../src/ports/log.ts';
import type { SubscriptionStore } from '../../../../src/ports/subscription-store.ts';
import { openEphemeralStore } from '../../../../src/stores/sqlite/open-ephemeral-store.ts';
import { systemRandom } from '../../../../src/system/system-random.ts';
import { connectPacket, FILTERS, MqttClient, publishPacket, sendConnect, subscribePacket } from '../../../support/mqtt-client.ts';
import { openHub, type OpenHub } from '../../../support/open-hub.ts';
import { sasKeys } from '../../../support/identities.ts';

/** Keeps what is logged. */
class RecordingLog implements Log {
  readonly lines: { readonly level: string; readonly fields: LogFields; readonly message: string }[] = [];

  debug(fields: LogFields, message: string): void {
    this.lines.push({ level: 'debug', fields, message });
  }

  info(fields: LogFields, message: string): void {
    this.lines.push({ level: 'info', fields, message });
  }

  warn(fields: LogFields, message: string): void {
    this.lines.push({ level: 'warn', fields, message });
  }

  error(fields: LogFields, message: string): void {
    this.lines.push({ level: 'error', fields, message });
  }

  /** The reason of the end of a connection. */
  get endReason(): unknown {
    return this.lines.findLast(({ fields }) => fields['reason'] !== undefined)?.fields['reason'];
  }
}

type Aftermath = { readonly faults: readonly string[]; readonly devicesConnected: number; readonly otherIsOpen: boolean };

type Line = { readonly client: MqttClient; readonly connection: MqttConnection; readonly socket: Duplex; readonly log: RecordingLog };

/** @param subscriptions stands in for the hub's store, where a test needs one that is slow or broken. */
function openLine({ hub, clock }: OpenHub, subscriptions: SubscriptionStore = hub.subscriptions): Line {
  const [socket, far] = duplexPair();
  const log = new RecordingLog();
  const connection = new MqttConnection({
    socket,
    peer: { source: '192.0.2.1', certificate: () => undefined },
    hub: { ...hub, subscriptions },
    clock,
    random: systemRandom,
    log,
  });
  return { client: new MqttClient(far), connection, socket, log };
}

async function openDevice(open: OpenHub, overrides: Parameters<typeof connectPacket>[1] = {}): Promise<Line & { readonly device: Device }> {
  const device = await open.createDevice('lamp');
  const line = openLine(open);
  const { returnCode } = await sendConnect(line.client, connectPacket(device, overrides));
  expect(returnCode).toBe(0);
  return { ...line, device };
}

/** @param error what every record of a connection fails with. */
async function openHubThatCannotRecord(error: Error): Promise<OpenHub> {
  const stores = await openEphemeralStore({});
  return await openHub({ stores: { ...stores, devices: { ...stores.devices, recordConnections: () => Promise.reject(error) } } });
}

describe('Any bytes', () => {
  const frames = fc
    .tuple(fc.constantFrom(0x10, 0x30, 0x32, 0x34, 0x40, 0x50, 0x62, 0x82, 0xa2, 0xc0, 0xe0), fc.uint8Array({ maxLength: 40 }))
    .map(([first, body]) => Buffer.from([first, body.length, ...body]));
  const topics = fc.constantFrom(
    'devices/lamp/messages/events/',
    '$iothub/twin/GET/?$rid=1',
    '$iothub/twin/PATCH/properties/reported/?$rid=1',
    '$iothub/methods/res/200/?$rid=1',
    'elsewhere',
  );
  const payloads = fc.oneof(fc.json(), fc.string()).map((text) => Buffer.from(text));
  const messages = fc.tuple(topics, payloads).map(([topic, payload]) => generate(publishPacket(topic, payload)));
  const subscriptions = fc.constantFrom(...Object.values(FILTERS), '#').map((filter) => generate(subscribePacket(filter)));

  it('before CONNECT end their own connection at most, without a fault.', async () => {
    await using open = await openHub();

    const bytes = fc.array(fc.oneof(frames, fc.uint8Array()), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(bytes, async (chunks) => {
        expect(await playBytes(open, chunks)).toEqual(HARMLESS);
      }),
    );
  });

  it('after CONNECT end their own connection at most, without a fault.', async () => {
    await using open = await openHub();
    const device = await open.createDevice('lamp');
    const connect = generate(connectPacket(device));

    const bytes = fc.array(fc.oneof({ arbitrary: messages, weight: 3 }, subscriptions, frames, fc.uint8Array()), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(bytes, async (chunks) => {
        expect(await playBytes(open, [connect, ...chunks])).toEqual(HARMLESS);
      }),
    );
  });

  const HARMLESS: Aftermath = { faults: [], devicesConnected: 0, otherIsOpen: true };

  /** What is left when a device has sent these bytes and hung up. */
  async function playBytes(open: OpenHub, chunks: readonly Uint8Array[]): Promise<Aftermath> {
    const other = openLine(open);
    const { client, connection, log } = openLine(open);
    for (const chunk of chunks) client.write(chunk);
    await client.takeLeave();
    await connection.ended;
    const faults = log.lines.filter(({ level }) => level === 'error');
    const otherIsOpen = !other.socket.destroyed;
    other.connection.close();
    await other.connection.ended;
    return { faults: faults.map(({ message }) => message), devicesConnected: open.hub.connections.count, otherIsOpen };
  }
});

describe('A connection', () => {
  it('is cut when no CONNECT has come in time.', async () => {
    await using open = await openHub();
    const { client, connection, socket, log } = openLine(open);

    client.write(generate({ cmd: 'connect', clientId: 'lamp', protocolId: 'MQTT', protocolVersion: 4 }).subarray(0, 5));
    open.clock.advance(LIMITS.mqttConnectSeconds.value * 1000 - 1);
    const aMomentBefore = socket.destroyed;
    open.clock.advance(1);
    await connection.ended;

    expect(aMomentBefore).toBe(false);
    expect(log.endReason).toBe('connectTooLate');
  });

  it('logs no secret of a device that mixed up its fields.', async () => {
    await using open = await openHub();
    const device = await open.createDevice('lamp');
    const secret = `HostName=localhost;SharedAccessKey=${sasKeys(device).primaryKey}`;
    const [asName, asTopic] = [openLine(open), openLine(open)];

    await sendConnect(asName.client, connectPacket(device, { clientId: secret }));
    await sendConnect(asTopic.client, connectPacket(device));
    asTopic.client.publish(secret);
    await asTopic.client.closed;

    const logged = JSON.stringify([asName.log.lines, asTopic.log.lines]);
    expect(logged).toContain('SharedAccessKey=…');
    expect(logged).not.toContain(sasKeys(device).primaryKey);
  });

  it('gives a refused device the rest of its time to hang up, and is cut then.', async () => {
    await using open = await openHub();
    const device = await open.createDevice('lamp');
    const { client, connection, socket, log } = openLine(open);
    client.hangsUp = false;

    const answer = await sendConnect(client, connectPacket(device, { password: Buffer.from('nonsense') }));
    open.clock.advance(LIMITS.mqttConnectSeconds.value * 1000 - 1);
    const aMomentBefore = socket.destroyed;
    open.clock.advance(1);
    await connection.ended;

    expect(answer).toEqual({ returnCode: 5, sessionPresent: false });
    expect(aMomentBefore).toBe(false);
    expect(log.endReason).toBe('refused');
  });

  it('of a refused device that does not hang up ends when the hub stops.', async () => {
    await using open = await openHub();
    const device = await open.createDevice('lamp');
    const { client, connection, socket } = openLine(open);
    client.hangsUp = false;
    await sendConnect(client, connectPacket(device, { password: Buffer.from('nonsense') }));

    connection.close();
    await connection.ended;

    expect(socket.destroyed).toBe(true);
  });

  it('that the store cannot take is refused with 3 and leaves the hub at once.', async () => {
    await using open = await openHubThatCannotRecord(new HubError('ServiceUnavailable', 'The store is closed.'));
    const device = await open.createDevice('lamp');
    const { client } = openLine(open);
    client.hangsUp = false;

    const answer = await sendConnect(client, connectPacket(device));

    expect(answer).toEqual({ returnCode: 3, sessionPresent: false });
    expect(open.hub.connections.count).toBe(0);
  });

  it('that meets a fault is refused with 3, and the stack is in the log under a tracking id.', async () => {
    const fault = new Error('a bug');
    await using open = await openHubThatCannotRecord(fault);
    const device = await open.createDevice('lamp');
    const { client, log } = openLine(open);

    const answer = await sendConnect(client, connectPacket(device));

    expect(answer).toEqual({ returnCode: 3, sessionPresent: false });
    expect(log.lines.filter(({ level }) => level === 'error')).toEqual([
      { level: 'error', fields: { trackingId: expect.stringMatching(/^[0-9a-f]{32}$/), error: fault }, message: expect.anything() },
    ]);
  });

  it('that is taken over in the middle of its own CONNECT leaves the hub, and the newer one stays.', async () => {
    await using open = await openHub();
    const device = await open.createDevice('lamp');
    const older = openLine(open);
    const newer = openLine(open);

    older.client.send(connectPacket(device));
    const answer = await sendConnect(newer.client, connectPacket(device));
    await older.connection.ended;

    expect(answer.returnCode).toBe(0);
    expect(older.log.endReason).toBe('takenOver');
    expect(open.hub.connections.count).toBe(1);
  });

  it('acknowledges what came before DISCONNECT.', async () => {
    await using open = await openHub();
    const { client } = await openDevice(open);

    client.send(publishPacket('devices/lamp/messages/events/', 'last words', 1), { cmd: 'disconnect' });

    expect(await client.next()).toMatchObject({ cmd: 'puback', messageId: 7 });
  });

  it('is not cut for the time in which the hub takes no packets.', async () => {
    await using open = await openHub();
    const device = await open.createDevice('lamp');
    let saved = (): void => undefined;
    const slow: SubscriptionStore = {
      readSubscriptions: () => Promise.resolve([]),
      saveSubscriptions: () => new Promise((resolve) => (saved = resolve)),
    };
    const { client, connection, socket, log } = openLine(open, slow);
    await sendConnect(client, connectPacket(device, { keepalive: 10 }));
    client.send(subscribePacket(FILTERS.methods), { cmd: 'pingreq' });
    await expect.poll(() => socket.isPaused()).toBe(true);

    open.clock.advance(100_000);
    saved();
    await client.waitFor(({ cmd }) => cmd === 'pingresp');
    open.clock.advance(14_999);
    const aMomentBefore = socket.destroyed;
    open.clock.advance(1);
    await connection.ended;

    expect(aMomentBefore).toBe(false);
    expect(log.endReason).toBe('silent');
  });

  it('is kept for one and a half times the keep-alive after each packet, and cut then [MQTT-3.1.2-24].', async () => {
    await using open = await openHub();
    const timersBefore = open.clock.pendingTimers;
    const { client, connection, socket, log } = await openDevice(open, { keepalive: 10 });

    open.clock.advance(14_999);
    await client.ping();
    open.clock.advance(14_999);
    const aMomentBefore = socket.destroyed;
    open.clock.advance(1);
    await connection.ended;

    expect(aMomentBefore).toBe(false);
    expect(log.endReason).toBe('silent');
    await expect.poll(() => open.clock.pendingTimers).toBe(timersBefore);
  });

  it('is cut when its token expires.', async () => {
    await using open = await openHub();
    const expirySeconds = open.clock.nowMs() / 1000 + 60;
    const { connection, socket, log } = await openDevice(open, { expirySeconds });

    open.clock.advance(59_999);
    const aMomentBefore = socket.destroyed;
    open.clock.advance(1);
    await connection.ended;

    expect(aMomentBefore).toBe(false);
    expect(log.endReason).toBe('tokenExpired');
  });

  it('is cut when its device leaves too much unread, and its direct methods fail.', async () => {
    await using open = await openHub();
    const { client, connection, log } = await openDevice(open);
    await client.subscribe(FILTERS.methods);
    client.stopReading();

    const calls = await Promise.allSettled(
      callsOf(open, Math.ceil(LIMITS.mqttWriteBufferBytes.value / LIMITS.methodPayloadBytes.value) + 1),
    );
    await connection.ended;

    expect(log.endReason).toBe('notReading');
    expect(calls.map((call) => call.status === 'rejected' && call.reason.code)).toEqual(calls.map(() => 'DeviceNotOnline'));
  });

  it('takes nothing from a device that does not read, and goes on when it does.', async () => {
    await using open = await openHub();
    const { client, socket } = await openDevice(open);
    await client.subscribe(FILTERS.methods);
    client.stopReading();

    const calls = callsOf(open, 2);
    await expect.poll(() => socket.writableNeedDrain).toBe(true);
    const paused = socket.isPaused();
    client.startReading();
    await client.message('$iothub/methods/POST/');
    const { topic } = await client.message('$iothub/methods/POST/');
    client.publish(topic.replace('POST/reboot', 'res/200'), '"done"');

    expect(paused).toBe(true);
    await expect(Promise.any(calls)).resolves.toEqual({ status: 200, payload: 'done' });
    await client.drop();
    await Promise.allSettled(calls);
  });

  it('answers each of a flood of twin requests, though it takes only so many at a time.', async () => {
    await using open = await openHub();
    const { client, socket } = await openDevice(open);
    const count = LIMITS.mqttRequestsInFlight.value * 3;
    const requests = Array.from({ length: count }, (_none, index) => publishPacket(`$iothub/twin/GET/?$rid=r${index}`));

    client.send(subscribePacket(FILTERS.twinResponses), ...requests);
    await expect.poll(() => socket.isPaused()).toBe(true);
    const rids = new Set<string>();
    while (rids.size < count) rids.add((await client.message('$iothub/twin/res/200/')).topic);

    expect(rids.size).toBe(count);
    await client.drop();
  });

  it('logs who connected and why it ended, and no secret.', async () => {
    await using open = await openHub();
    const { client, connection, log } = await openDevice(open);

    client.publish('devices/lamp/messages/events/', 'private words');
    await client.takeLeave();
    await connection.ended;

    expect(log.lines).toEqual([
      { level: 'info', fields: { deviceId: 'lamp' }, message: 'Device connected.' },
      { level: 'info', fields: { deviceId: 'lamp', reason: 'disconnected', because: undefined }, message: 'Connection ended.' },
    ]);
  });
});

/** Calls of `reboot` with the largest payload, under way. */
function callsOf({ hub }: OpenHub, count: number): readonly Promise<unknown>[] {
  const payload = 'x'.repeat(LIMITS.methodPayloadBytes.value - 2);
  const call = { methodName: 'reboot', payload, responseTimeoutSeconds: 30, connectTimeoutSeconds: 0 };
  return Array.from({ length: count }, () => hub.methods.invoke({ deviceId: 'lamp' }, call));
}
