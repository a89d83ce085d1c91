// Bytes on the MQTT port that are no conversation: nonsense, damaged packets, wrong sizes, wrong order.
import type { Credentials } from '../../support/identities.ts';
import { LIMITS } from '../../../src/domain/limits.ts';
import { connectPacket, publishPacket, subscribePacket } from '../../support/mqtt-client.ts';
import { type Attack, demand } from '../attack.ts';
import type { Chance } from '../chance.ts';
import type { Line } from '../line.ts';
import { connackIn, field, packetBytes, packetsIn, rawPacket } from '../mqtt-packets.ts';
import type { Scene } from '../scene.ts';

const PINGREQ = Buffer.from([0xc0, 0x00]);

/** Hangs up, and holds what the hub said until its end against what a hub may say. */
async function hangUp(line: Line): Promise<void> {
  line.end();
  await line.closed;
  packetsIn(line.bytes);
}

/** What a device says in a short life, byte by byte true. */
function decentStream(device: Credentials, chance: Chance): Buffer {
  return Buffer.concat([
    packetBytes(connectPacket(device, { clean: chance.flag() })),
    packetBytes(subscribePacket('$iothub/twin/res/#', '$iothub/methods/POST/#')),
    packetBytes(publishPacket('$iothub/twin/GET/?$rid=1')),
    packetBytes(publishPacket('$iothub/twin/PATCH/properties/reported/?$rid=2', '{"a":1}', 1)),
    packetBytes(publishPacket(`devices/${device.deviceId}/messages/events/a=b`, chance.bytes(20), 1)),
    PINGREQ,
  ]);
}

/** All types of packets; those that a hub takes as a first packet are CONNECT alone. */
const TYPES = Array.from({ length: 16 }, (_, type) => type);

/** Each ends a connection that is open. */
const BREACHES: readonly (readonly [string, Buffer])[] = [
  ['reserved type 0', rawPacket(0x00, Buffer.alloc(0))],
  ['CONNACK', rawPacket(0x20, Buffer.from([0, 0]))],
  ['PUBREC', rawPacket(0x50, Buffer.from([0, 1]))],
  ['PUBREL', rawPacket(0x62, Buffer.from([0, 1]))],
  ['PUBCOMP', rawPacket(0x70, Buffer.from([0, 1]))],
  ['SUBACK', rawPacket(0x90, Buffer.from([0, 1, 0]))],
  ['UNSUBACK', rawPacket(0xb0, Buffer.from([0, 1]))],
  ['PINGRESP', rawPacket(0xd0, Buffer.alloc(0))],
  ['reserved type 15', rawPacket(0xf0, Buffer.alloc(0))],
  ['PUBLISH at QoS 2', packetBytes(publishPacket('$iothub/twin/GET/?$rid=1', '', 2))],
  ['PUBLISH at QoS 3', rawPacket(0x36, Buffer.concat([field('a'), Buffer.from([0, 1])]))],
  ['SUBSCRIBE with wrong flags', rawPacket(0x80, Buffer.concat([Buffer.from([0, 1]), field('a'), Buffer.from([0])]))],
  ['SUBSCRIBE without a filter', rawPacket(0x82, Buffer.from([0, 1]))],
  ['UNSUBSCRIBE without a filter', rawPacket(0xa2, Buffer.from([0, 1]))],
  ['DISCONNECT with flags', rawPacket(0xe1, Buffer.alloc(0))],
  ['PUBACK without its id', rawPacket(0x40, Buffer.alloc(0))],
  ['PUBACK of packet 0, which there is not', rawPacket(0x40, Buffer.from([0, 0]))],
];

async function randomBytes(scene: Scene, chance: Chance): Promise<void> {
  for (let count = 0; count < 8; count += 1) {
    const line = await scene.openMqtt();
    await line.writeSlowly(chance.cut(chance.bytes(chance.between(1, 2000)), 4));
    await hangUp(line);
    demand(connackIn(line.bytes) !== 0, 'random bytes signed in');
  }
}

async function randomPackets(scene: Scene, chance: Chance): Promise<void> {
  for (let count = 0; count < 4; count += 1) {
    const line = await scene.openVictim();
    const packets = Array.from({ length: 20 }, () => rawPacket(chance.below(256), chance.bytes(chance.below(60))));
    await line.writeSlowly(packets);
    await hangUp(line);
  }
}

async function damagedPackets(scene: Scene, chance: Chance): Promise<void> {
  for (let count = 0; count < 8; count += 1) {
    const line = await scene.openMqtt();
    const stream = decentStream(chance.pick(scene.parts.victims), chance);
    await line.writeSlowly(chance.cut(chance.mutated(stream), 6));
    await hangUp(line);
  }
}

async function anythingBeforeConnect(scene: Scene, chance: Chance): Promise<void> {
  for (const type of TYPES) {
    const line = await scene.openMqtt();
    line.write(rawPacket(type * 16 + chance.below(16), chance.bytes(chance.below(10))));
    await line.closed;
    const code = connackIn(line.bytes);
    demand(code === undefined || code > 0, `a packet of type ${type} signed in`);
  }
}

async function wrongTime(scene: Scene, chance: Chance): Promise<void> {
  const secondConnect = packetBytes(connectPacket(chance.pick(scene.parts.victims)));
  for (const [, bytes] of [...chance.some(BREACHES, 6), ['CONNECT', secondConnect] as const]) {
    const line = await scene.openVictim();
    line.write(Buffer.concat([bytes, PINGREQ]));
    await line.closed;
    demand(!packetsIn(line.bytes).some(({ cmd }) => cmd === 'pingresp'), 'the connection went on after a breach of the protocol');
  }
}

async function needlessAcknowledgements(scene: Scene, chance: Chance): Promise<void> {
  const line = await scene.openVictim();
  const pubacks = Array.from({ length: 2000 }, () => packetBytes({ cmd: 'puback', messageId: chance.between(1, 0xffff) }));
  line.write(Buffer.concat([...pubacks, PINGREQ]));
  await line.until(({ bytes }) => packetsIn(bytes).some(({ cmd }) => cmd === 'pingresp'));
}

async function giantLengths(scene: Scene, chance: Chance): Promise<void> {
  const maxBytes = LIMITS.mqttPacketBytes.value;
  const tooLong = [
    Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]),
    Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x7f]),
    rawPacket(0x30, Buffer.alloc(maxBytes)),
  ];
  for (const bytes of tooLong) {
    for (const line of [await scene.openMqtt(), await scene.openVictim()]) {
      line.write(bytes.subarray(0, chance.between(6, Math.max(6, bytes.length))));
      await line.closed;
      packetsIn(line.bytes);
    }
  }
}

async function endlessConnect(scene: Scene, chance: Chance): Promise<void> {
  const bytes = LIMITS.mqttPacketBytes.value - 10;
  const connect = rawPacket(
    0x10,
    Buffer.concat([field('MQTT'), Buffer.from([4, 2, 0, 60]), field('a'.repeat(65_535)), Buffer.alloc(bytes - 70_000)]),
  );
  const whole = await scene.openMqtt();
  await whole.writeSlowly(chance.cut(connect, 30));
  await hangUp(whole);
  demand(connackIn(whole.bytes) !== 0, 'an endless CONNECT signed in');
  for (let count = 0; count < 5; count += 1) {
    const half = await scene.openMqtt();
    half.write(connect.subarray(0, chance.below(connect.length - 1)));
    scene.abandon(half);
  }
}

async function slowBytes(scene: Scene, chance: Chance): Promise<void> {
  const line = await scene.openMqtt();
  const connect = packetBytes(connectPacket(chance.pick(scene.parts.victims), { clean: true }));
  await line.writeSlowly(Array.from(Buffer.concat([connect, PINGREQ]), (byte) => Buffer.from([byte])));
  await line.until((open) => packetsIn(open.bytes).some(({ cmd }) => cmd === 'pingresp'));
  demand(connackIn(line.bytes) === 0, 'a slow device was refused');
}

async function otherProtocols(scene: Scene, chance: Chance): Promise<void> {
  const texts = [
    'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n',
    'AMQP\x03\x01\x00\x00',
    'SSH-2.0-OpenSSH_9.6\r\n',
    '\x16\x03\x01\x02\x00\x01\x00',
  ];
  for (const text of texts) {
    const secured = await scene.openMqtt();
    secured.write(text);
    await hangUp(secured);
    const plain = await scene.openPlain(chance.pick([scene.parts.mqttPort, scene.parts.httpsPort]));
    plain.write(text);
    plain.end();
    await plain.closed;
  }
}

export const MQTT_BYTE_ATTACKS: readonly Attack[] = [
  { name: 'MQTT: random bytes in place of CONNECT', round: randomBytes },
  { name: 'MQTT: random packets of a device that is connected', round: randomPackets },
  { name: 'MQTT: decent packets, damaged', round: damagedPackets },
  { name: 'MQTT: every type of packet before CONNECT', round: anythingBeforeConnect },
  { name: 'MQTT: packets at the wrong time', round: wrongTime },
  { name: 'MQTT: acknowledgements of nothing', round: needlessAcknowledgements },
  { name: 'MQTT: packets that say they are giant', round: giantLengths },
  { name: 'MQTT: endless CONNECT', round: endlessConnect },
  { name: 'MQTT: byte by byte', round: slowBytes },
  { name: 'MQTT: other protocols on the port', round: otherProtocols },
];
