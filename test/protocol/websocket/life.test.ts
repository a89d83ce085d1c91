// The life of a WebSocket beyond its frames: time to sign in, pings, and the stop of the hub.
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { createWebSocketStream, WebSocket } from 'ws';
import { LIMITS } from '../../../src/domain/limits.ts';
import { openLine, type Line } from '../../hostile/line.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { connectPacket, MqttClient, sendConnect } from '../../support/mqtt-client.ts';
import { openTestHub, type TestHub } from '../../support/test-hub.ts';
import { closeCodeIn, frameBytes, handshakeText, OPCODE, readUpgraded, WEB_SOCKET_PATH } from '../../support/web-socket-frames.ts';

test('A WebSocket on which nobody signs in is closed after the time to connect, and not before.', async () => {
  const clock = new FakeClock();
  await using hub = await openTestHub({ clock });
  const line = await openRawWebSocket(hub);
  const limitMs = LIMITS.mqttConnectSeconds.value * 1000;

  clock.advance(limitMs - 1);
  line.write(frameBytes({ opcode: OPCODE.ping, payload: 'still open' }));
  await line.until(({ bytes }) => readUpgraded(bytes).frames.length === 1);
  clock.advance(1);
  await line.until(({ bytes }) => readUpgraded(bytes).frames.length === 2);

  expect(closeCodeIn(readUpgraded(line.bytes).frames)).toBe(1000);
  line.drop();
});

test('Who pings and never reads the answers is cut off, and nobody else.', async () => {
  await using hub = await openTestHub();
  const line = await openRawWebSocket(hub);
  const pings = Buffer.concat(Array.from({ length: 1000 }, () => frameBytes({ opcode: OPCODE.ping, payload: Buffer.alloc(125) })));

  line.stopReading();
  while (!line.isClosed) await line.writeSlowly([pings]);

  const other = await openRawWebSocket(hub);
  expect([line.isClosed, other.isClosed]).toEqual([true, false]);
  other.drop();
});

test('When the hub stops, a device over a WebSocket is disconnected, and its WebSocket closed with a close frame.', async () => {
  await using hub = await openTestHub();
  const device = await hub.createDevice('lamp');
  const { client, webSocket } = await openClient(hub);
  await sendConnect(client, connectPacket(device, { clean: true }));
  const silent = await openRawWebSocket(hub);
  const closed = once(webSocket, 'close');

  await hub.close();

  expect(await closed).toMatchObject([1000, expect.anything()]);
  await silent.closed;
  expect(closeCodeIn(readUpgraded(silent.bytes).frames)).toBe(1000);
  await expect(openRawWebSocket(hub)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

async function openRawWebSocket(hub: TestHub): Promise<Line> {
  const line = await openLine({ port: hub.httpsPort, caPem: hub.caPem });
  line.write(handshakeText());
  await line.until(({ bytes }) => readUpgraded(bytes).head !== undefined);
  return line;
}

async function openClient(hub: TestHub): Promise<{ readonly client: MqttClient; readonly webSocket: WebSocket }> {
  const webSocket = new WebSocket(`wss://localhost:${hub.httpsPort}${WEB_SOCKET_PATH}`, 'mqtt', { ca: hub.caPem });
  await once(webSocket, 'open');
  return { client: new MqttClient(createWebSocketStream(webSocket)), webSocket };
}
