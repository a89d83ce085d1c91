// MQTT in the frames of a WebSocket: however it is split it is served, and whatever breaks the rules ends its own connection only.
import type { Packet } from 'mqtt-packet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Device } from '../../../src/domain/identity/device.ts';
import { LIMITS } from '../../../src/domain/limits.ts';
import { openLine, type Line } from '../../hostile/line.ts';
import { packetBytes, packetsIn } from '../../hostile/mqtt-packets.ts';
import { connectPacket, FILTERS, publishPacket, subscribePacket } from '../../support/mqtt-client.ts';
import { openTestHub, type TestHub } from '../../support/test-hub.ts';
import { bytesIn, closeCodeIn, fragmentedBytes, frameBytes, handshakeText, OPCODE, readUpgraded } from '../../support/web-socket-frames.ts';

let hub: TestHub;
let device: Device;
beforeAll(async () => {
  hub = await openTestHub();
  device = await hub.createDevice('lamp');
});
afterAll(() => hub.close());

test('A packet may come in frames of one byte each, with empty frames between them.', async () => {
  const line = await openWebSocket();
  const bytes = packetBytes(connectPacket(device, { clean: true }));

  line.write(Buffer.concat([...bytes].flatMap((byte) => [frameBytes({ payload: Buffer.from([byte]) }), frameBytes({})])));
  await line.until(() => packetNames(line).length > 0);

  expect(packetNames(line)).toEqual(['connack']);
  line.drop();
});

test('One frame may carry several packets, and the end of one packet with the beginning of the next.', async () => {
  const line = await openWebSocket();
  const packets: readonly Packet[] = [
    connectPacket(device, { clean: true }),
    subscribePacket(FILTERS.twinResponses),
    publishPacket('$iothub/twin/GET/?$rid=1'),
    { cmd: 'pingreq' },
  ];
  const bytes = Buffer.concat(packets.map((packet) => packetBytes(packet)));

  line.write(Buffer.concat([bytes.subarray(0, 20), bytes.subarray(20, -1), bytes.subarray(-1)].map((payload) => frameBytes({ payload }))));

  await line.until(() => packetNames(line).length === 4);
  expect(packetNames(line).toSorted()).toEqual(['connack', 'pingresp', 'publish', 'suback']);
  line.drop();
});

test('A message may come in fragments with a ping between them, which is answered with its own payload.', async () => {
  const line = await openWebSocket();
  const bytes = packetBytes(connectPacket(device, { clean: true }));

  line.write(frameBytes({ final: false, payload: bytes.subarray(0, 7) }));
  line.write(frameBytes({ opcode: OPCODE.ping, payload: 'are you there' }));
  line.write(frameBytes({ opcode: OPCODE.pong, payload: 'nobody asked' }));
  line.write(frameBytes({ opcode: OPCODE.continuation, payload: bytes.subarray(7) }));
  await line.until(() => packetNames(line).length > 0);

  const pongs = framesOf(line).filter(({ opcode }) => opcode === OPCODE.pong);
  expect(pongs.map(({ payload }) => payload.toString())).toEqual(['are you there']);
  line.drop();
});

const MAX = LIMITS.mqttPacketBytes.value;
const PIECES = LIMITS.webSocketPieces.value;

test.each<[string, Buffer, number]>([
  ['A text frame', frameBytes({ opcode: OPCODE.text, payload: 'hello' }), 1003],
  ['A frame without a mask', frameBytes({ masked: false, payload: 'hello' }), 1002],
  ['A compressed frame', frameBytes({ reserved: 4, payload: Buffer.alloc(100) }), 1002],
  ['A frame with another reserved bit', frameBytes({ reserved: 1 }), 1002],
  ['An opcode that means nothing', frameBytes({ opcode: 3 }), 1002],
  ['A continuation of nothing', frameBytes({ opcode: OPCODE.continuation, payload: 'hello' }), 1002],
  ['A new message inside of another', twoBeginnings(), 1002],
  ['A ping in fragments', frameBytes({ opcode: OPCODE.ping, final: false }), 1002],
  ['A ping that is too long', frameBytes({ opcode: OPCODE.ping, payload: Buffer.alloc(126) }), 1002],
  ['A close frame of one byte', frameBytes({ opcode: OPCODE.close, payload: Buffer.alloc(1) }), 1002],
  ['A frame that says it is one byte too long', frameBytes({ length: MAX + 1 }), 1009],
  ['A frame that says it is 2^62 bytes long', frameBytes({ length: 2 ** 62 }), 1009],
  ['Fragments that are one byte too long together', fragmentedBytes([Buffer.alloc(MAX), Buffer.alloc(1)]), 1009],
  ['One fragment too many', fragmentedBytes(Array.from({ length: PIECES + 1 }, () => Buffer.alloc(0))), 1008],
  // MQTT has no packet that begins with a zero, so the message was taken and found wanting.
  ['The longest message, which is no MQTT,', frameBytes({ payload: Buffer.alloc(MAX) }), 1000],
  ['The same in as many fragments as there may be', fragmentedBytes(Array.from({ length: PIECES }, () => Buffer.alloc(8))), 1000],
])('%s ends the connection with its close code, and no other connection.', async (_, bytes, code) => {
  const other = await openDevice();
  const line = await openWebSocket();

  line.write(bytes);
  await line.until(() => closeCodeIn(framesOf(line)) !== undefined);
  line.write(frameBytes({ opcode: OPCODE.close, payload: Buffer.from([code >> 8, code & 0xff]) }));
  await line.closed;
  const answered = packetNames(other).length;
  other.write(frameBytes({ payload: packetBytes({ cmd: 'pingreq' }) }));
  await other.until(() => packetNames(other).length > answered);

  expect(closeCodeIn(framesOf(line))).toBe(code);
  other.drop();
});

test('A device that says goodbye is gone at once, and is answered.', async () => {
  const line = await openDevice();

  line.write(frameBytes({ opcode: OPCODE.close, payload: Buffer.from([0x03, 0xe9]) }));
  await line.closed;

  expect(closeCodeIn(framesOf(line))).toBe(1001);
  await expect.poll(() => hub.hub.connections.count).toBe(0);
});

test('A device that cuts the line without a word is gone at once.', async () => {
  const line = await openDevice();

  line.drop();

  await expect.poll(() => hub.hub.connections.count).toBe(0);
});

test('A device that never answers the closing of its WebSocket is cut off.', async () => {
  const line = await openDevice();

  line.write(frameBytes({ payload: packetBytes({ cmd: 'disconnect' }) }));
  await line.closed;

  expect(closeCodeIn(framesOf(line))).toBe(1000);
});

test('A refused device is told why before the connection ends.', async () => {
  const line = await openWebSocket();

  line.write(frameBytes({ payload: packetBytes(connectPacket({ ...device, deviceId: 'ghost' })) }));
  await line.closed;

  expect(packetsIn(bytesIn(framesOf(line)))).toMatchObject([{ cmd: 'connack', returnCode: 5 }]);
});

function twoBeginnings(): Buffer {
  return Buffer.concat([frameBytes({ final: false, payload: 'a' }), frameBytes({ payload: 'b' })]);
}

async function openWebSocket(): Promise<Line> {
  const line = await openLine({ port: hub.httpsPort, caPem: hub.caPem });
  line.write(handshakeText());
  await line.until(({ bytes }) => readUpgraded(bytes).head !== undefined);
  return line;
}

async function openDevice(): Promise<Line> {
  const line = await openWebSocket();
  line.write(frameBytes({ payload: packetBytes(connectPacket(device, { clean: true })) }));
  await line.until(() => packetNames(line).length > 0);
  return line;
}

function framesOf(line: Line): ReturnType<typeof readUpgraded>['frames'] {
  return readUpgraded(line.bytes).frames;
}

function packetNames(line: Line): readonly string[] {
  return packetsIn(bytesIn(framesOf(line))).map(({ cmd }) => cmd);
}
