// Attacks on WebSockets: handshakes, frames, and what they carry.
import { LIMITS } from '../../../src/domain/limits.ts';
import { connectPacket } from '../../support/mqtt-client.ts';
import {
  bytesIn,
  closeCodeIn,
  type Frame,
  fragmentedBytes,
  frameBytes,
  handshakeText,
  OPCODE,
  readUpgraded,
} from '../../support/web-socket-frames.ts';
import { type Attack, demand } from '../attack.ts';
import type { Chance } from '../chance.ts';
import { answersIn } from '../http-answers.ts';
import type { Line } from '../line.ts';
import { connackIn, packetBytes, packetsIn } from '../mqtt-packets.ts';
import type { Scene } from '../scene.ts';

const CROWD = 40;

/** Close codes that a hub has a reason for. */
const CODES = new Set([1000, 1002, 1003, 1007, 1008, 1009]);

const MAX = LIMITS.mqttPacketBytes.value;

const BROKEN: readonly ((chance: Chance) => Uint8Array)[] = [
  (chance) => frameBytes({ opcode: OPCODE.text, payload: chance.bytes(20) }),
  (chance) => frameBytes({ opcode: chance.between(3, 7), payload: chance.bytes(20) }),
  (chance) => frameBytes({ reserved: chance.between(1, 7), payload: chance.bytes(20) }),
  (chance) => frameBytes({ masked: false, payload: chance.bytes(20) }),
  (chance) => frameBytes({ opcode: OPCODE.continuation, payload: chance.bytes(20) }),
  (chance) => frameBytes({ opcode: chance.pick([OPCODE.close, OPCODE.ping, OPCODE.pong]), payload: chance.bytes(126) }),
  (chance) => frameBytes({ opcode: chance.pick([OPCODE.close, OPCODE.ping, OPCODE.pong]), final: false }),
  (chance) => frameBytes({ opcode: OPCODE.close, payload: chance.bytes(chance.between(1, 125)) }),
  (chance) => frameBytes({ length: chance.pick([MAX + 1, 2 ** 31, 2 ** 32 + 1, 2 ** 53]), payload: chance.bytes(50) }),
  () => frameBytes({ opcode: OPCODE.binary, final: false, length: MAX + 1 }),
  () => fragmentedBytes(Array.from({ length: 40 }, () => Buffer.alloc(16 * 1024))),
  () => fragmentedBytes(Array.from({ length: 3 * LIMITS.webSocketPieces.value }, () => Buffer.alloc(1))),
  () => Buffer.concat([frameBytes({ final: false }), frameBytes({ final: false })]),
];

async function openWebSocket(scene: Scene): Promise<Line> {
  const line = await scene.openHttp();
  line.write(handshakeText());
  await line.until(({ bytes }) => readUpgraded(bytes).head !== undefined);
  demand(readUpgraded(line.bytes).head?.startsWith('HTTP/1.1 101 ') === true, 'a good handshake was refused');
  return line;
}

/** Ends the attacker's side and waits for the hub's. @throws Error when it closed for a reason that no hub has. */
async function hangUp(line: Line): Promise<void> {
  line.end();
  await line.closed;
  const { frames } = readUpgraded(line.bytes);
  const code = closeCodeIn(frames);
  demand(code === undefined || CODES.has(code), `the hub closed with ${code}`);
  packetsIn(bytesIn(frames));
}

async function damagedHandshakes(scene: Scene, chance: Chance): Promise<void> {
  for (let count = 0; count < 20; count += 1) {
    const line = await scene.openHttp();
    line.write(chance.mutated(Buffer.from(handshakeText())));
    line.end();
    await line.closed;
    if (!readUpgraded(line.bytes).head?.startsWith('HTTP/1.1 101 ')) answersIn(line.text);
  }
}

async function brokenFrames(scene: Scene, chance: Chance): Promise<void> {
  for (const broken of BROKEN) {
    const line = await openWebSocket(scene);
    if (chance.flag()) line.write(frameBytes({ payload: packetBytes(connectPacket(chance.pick(scene.parts.victims), { clean: true })) }));
    await line.writeSlowly(chance.cut(Buffer.from(broken(chance)), 4));
    await line.until(({ bytes }) => closeCodeIn(readUpgraded(bytes).frames) !== undefined);
    await hangUp(line);
  }
}

async function damagedFrames(scene: Scene, chance: Chance): Promise<void> {
  for (let count = 0; count < 20; count += 1) {
    const line = await openWebSocket(scene);
    const connect = packetBytes(connectPacket(chance.pick(scene.parts.victims), { clean: true }));
    const frames = chance.cut(connect, 8).map((payload) => frameBytes({ payload }));
    line.write(chance.flag() ? chance.mutated(Buffer.concat(frames)) : chance.bytes(chance.between(1, 200)));
    await hangUp(line);
  }
}

/** Frames that carry nothing, or next to nothing, around the sign-in of a victim, who is served all the same. */
async function tinyFrames(scene: Scene, chance: Chance): Promise<void> {
  const fillers: readonly Frame[] = [{}, { opcode: OPCODE.pong }, { opcode: OPCODE.ping }];
  const connect = packetBytes(connectPacket(chance.pick(scene.parts.victims), { clean: true }));
  const line = await openWebSocket(scene);
  const filler = frameBytes(chance.pick(fillers));
  for (const byte of connect) {
    line.write(Buffer.concat(Array.from({ length: 100 }, () => filler)));
    line.write(frameBytes({ payload: Buffer.from([byte]) }));
  }
  await line.until(({ bytes }) => connackIn(bytesIn(readUpgraded(bytes).frames)) === 0);
  await hangUp(line);
}

async function unreadPongs(scene: Scene): Promise<void> {
  const line = await openWebSocket(scene);
  line.stopReading();
  const pings = Buffer.concat(Array.from({ length: 1000 }, () => frameBytes({ opcode: OPCODE.ping, payload: Buffer.alloc(125) })));
  for (let count = 0; count < 300 && !line.isClosed; count += 1) await line.writeSlowly([pings]);
  await line.closed;
}

async function handshakeFlood(scene: Scene, chance: Chance): Promise<void> {
  const lines = await Promise.all(Array.from({ length: CROWD }, () => scene.openHttp()));
  for (const line of lines) {
    line.write(handshakeText());
    if (chance.flag()) line.drop();
  }
  const left = lines.filter((line) => !line.isClosed);
  await Promise.all(
    left.map((line) => Promise.race([line.closed, line.until(({ text }) => text.includes('HTTP/1.1 101 ')).catch(() => undefined)])),
  );
  for (const line of left) if (!line.isClosed) scene.abandon(line);
}

/** Never the last byte of a handshake, of a frame, or of a message. */
async function unfinished(scene: Scene, chance: Chance): Promise<void> {
  const beginning = await scene.openHttp();
  beginning.write(handshakeText().slice(0, -2));
  scene.abandon(beginning);
  const beginnings = [frameBytes({ payload: chance.bytes(100) }).subarray(0, -1), frameBytes({ final: false, payload: chance.bytes(100) })];
  for (const bytes of beginnings) {
    const line = await openWebSocket(scene);
    line.write(bytes);
    scene.abandon(line);
  }
}

export const WEB_SOCKET_ATTACKS: readonly Attack[] = [
  { name: 'WebSocket: handshakes, damaged', round: damagedHandshakes },
  { name: 'WebSocket: frames that break the rules, compressed and oversize ones among them', round: brokenFrames },
  { name: 'WebSocket: frames of a decent sign-in, damaged', round: damagedFrames },
  { name: 'WebSocket: thousands of empty frames and pings', round: tinyFrames },
  { name: 'WebSocket: pings whose answers are never read', round: unreadPongs },
  { name: `WebSocket: ${CROWD} handshakes at once, half of them abandoned`, round: handshakeFlood },
  { name: 'WebSocket: handshakes, frames and messages without an end', round: unfinished },
];
