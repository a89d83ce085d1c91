// The codec of the gateway held against mqtt-packet, the codec under MQTT.js: each reads what the other writes, and both say the same of any bytes.
import fc from 'fast-check';
import { generate, type Packet, parser as createParser } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import { PacketReader } from '../../../../src/gateways/mqtt/packet-reader.ts';
import { encodePacket } from '../../../../src/gateways/mqtt/packet-writer.ts';
import type { DevicePacket, HubPacket } from '../../../../src/gateways/mqtt/packets.ts';

/** What mqtt-packet makes of bytes, up to its first error. */
function oracleReads(bytes: Buffer): readonly Packet[] {
  const oracle = createParser();
  const packets: Packet[] = [];
  oracle.on('packet', (packet) => packets.push(packet));
  oracle.on('error', () => undefined);
  oracle.parse(bytes);
  return packets;
}

function ownReads(bytes: Buffer): DevicePacket | undefined {
  const reader = new PacketReader();
  reader.append(bytes);
  return reader.next();
}

const QOS = fc.constantFrom(0 as const, 1 as const, 2 as const);
const PACKET_ID = fc.integer({ min: 1, max: 65_535 });
/** Of any script, but none that MQTT forbids [MQTT-1.5.3-1], [MQTT-1.5.3-2]; U+FFFD is what decoders put in place of those. */
const TEXT = fc.string({ unit: 'binary' }).map((text) => text.toWellFormed().replaceAll(/[\0\uFFFD]/g, '.'));
const TOPIC = TEXT.filter((text) => text !== '' && !/[+#]/.test(text));
const FILTER = TEXT.filter((text) => text !== '').map((text) => text.replaceAll(/[+#]/g, '-'));
const BYTES = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes));
const MAYBE = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> => fc.option(value, { nil: undefined });

/** Packets of a device as mqtt-packet writes them, with what the gateway is to read. */
const sentByDevice: fc.Arbitrary<{ readonly sent: Packet; readonly read: DevicePacket }> = fc.oneof(
  fc
    .record({
      clientId: TEXT.filter((text) => text !== ''),
      userName: MAYBE(TEXT.filter((text) => text !== '')),
      password: MAYBE(TEXT.filter((text) => text !== '')),
      clean: fc.boolean(),
      keepAliveSeconds: fc.nat({ max: 65_535 }),
      will: MAYBE(fc.record({ topic: TOPIC, payload: BYTES, qos: QOS, retain: fc.boolean() })),
    })
    .map(({ clientId, userName, password, clean, keepAliveSeconds, will }) => ({
      sent: {
        cmd: 'connect' as const,
        protocolId: 'MQTT' as const,
        protocolVersion: 4 as const,
        clientId,
        clean,
        keepalive: keepAliveSeconds,
        ...(userName !== undefined && { username: userName }),
        // mqtt-packet writes no password without a user name [MQTT-3.1.2-22].
        ...(userName !== undefined && password !== undefined && { password: Buffer.from(password) }),
        ...(will && { will }),
      },
      read: {
        kind: 'connect' as const,
        clientId,
        userName,
        password: userName === undefined ? undefined : password,
        cleanSession: clean,
        keepAliveSeconds,
        will: will && { topic: will.topic, qos: will.qos, payloadBytes: will.payload.length },
      },
    })),
  fc
    .record({ topic: TOPIC, payload: BYTES, qos: QOS, messageId: PACKET_ID, retain: fc.boolean(), dup: fc.boolean() })
    .map(({ topic, payload, qos, messageId, ...flags }) => ({
      sent: { cmd: 'publish' as const, topic, payload, qos, messageId, ...flags },
      read: { kind: 'publish' as const, topic, payload, qos, packetId: qos === 0 ? 0 : messageId },
    })),
  fc
    .record({ messageId: PACKET_ID, subscriptions: fc.array(fc.record({ topic: FILTER, qos: QOS }), { minLength: 1, maxLength: 8 }) })
    .map(({ messageId, subscriptions }) => ({
      sent: { cmd: 'subscribe' as const, messageId, subscriptions },
      read: { kind: 'subscribe' as const, packetId: messageId, filters: subscriptions.map(({ topic, qos }) => ({ filter: topic, qos })) },
    })),
  fc.record({ messageId: PACKET_ID, unsubscriptions: fc.array(FILTER, { minLength: 1, maxLength: 8 }) }).map((fields) => ({
    sent: { cmd: 'unsubscribe' as const, ...fields },
    read: { kind: 'unsubscribe' as const, packetId: fields.messageId, filters: fields.unsubscriptions },
  })),
  PACKET_ID.map((messageId) => ({ sent: { cmd: 'puback' as const, messageId }, read: { kind: 'puback' as const } })),
  fc.constantFrom('pingreq' as const, 'disconnect' as const).map((name) => ({ sent: { cmd: name }, read: { kind: name } })),
);

/** Packets of the hub, with what mqtt-packet is to read. */
const sentByHub: fc.Arbitrary<{ readonly sent: HubPacket; readonly read: Partial<Packet> }> = fc.oneof(
  fc
    .record({ returnCode: fc.constantFrom(0 as const, 1 as const, 2 as const, 3 as const, 5 as const), sessionPresent: fc.boolean() })
    .map((fields) => ({
      sent: { kind: 'connack' as const, ...fields },
      read: { cmd: 'connack' as const, ...fields },
    })),
  // So long that the remaining length takes one, two or three bytes.
  fc
    .record({ topic: TOPIC, text: TEXT, times: fc.constantFrom(1, 1, 40, 3000) })
    .map(({ topic, text, times }) => ({ topic, payload: text.repeat(times) }))
    .map(({ topic, payload }) => ({
      sent: { kind: 'publish' as const, topic, payload },
      read: { cmd: 'publish' as const, topic, payload: Buffer.from(payload), qos: 0 as const, dup: false, retain: false },
    })),
  PACKET_ID.map((packetId) => ({ sent: { kind: 'puback' as const, packetId }, read: { cmd: 'puback' as const, messageId: packetId } })),
  fc.record({ packetId: PACKET_ID, granted: fc.array(fc.constantFrom(0, 1), { minLength: 1, maxLength: 200 }) }).map((fields) => ({
    sent: { kind: 'suback' as const, ...fields },
    read: { cmd: 'suback' as const, messageId: fields.packetId, granted: fields.granted },
  })),
  PACKET_ID.map((packetId) => ({ sent: { kind: 'unsuback' as const, packetId }, read: { cmd: 'unsuback' as const, messageId: packetId } })),
  fc.constant({ sent: { kind: 'pingresp' as const }, read: { cmd: 'pingresp' as const } }),
);

describe('What mqtt-packet writes', () => {
  it('is read as it was meant.', () => {
    fc.assert(
      fc.property(sentByDevice, ({ sent, read }) => {
        expect(ownReads(generate(sent))).toEqual(read);
      }),
      { numRuns: 500 },
    );
  });
});

describe('What the gateway writes', () => {
  it('is read by mqtt-packet as it was meant.', () => {
    fc.assert(
      fc.property(fc.array(sentByHub, { minLength: 1, maxLength: 4 }), (packets) => {
        const stream = Buffer.concat(packets.map(({ sent }) => encodePacket(sent)));
        expect(oracleReads(stream)).toEqual(packets.map(({ read }) => expect.objectContaining(read)));
      }),
      { numRuns: 500 },
    );
  });

  it.each([127, 128, 16_383, 16_384, 2_097_151, 2_097_152])('is read when %i bytes follow its fixed header.', (bodyBytes) => {
    const payload = 'x'.repeat(bodyBytes - 3);

    const packets = oracleReads(encodePacket({ kind: 'publish', topic: 't', payload }));

    expect(packets).toEqual([expect.objectContaining({ cmd: 'publish', topic: 't', payload: Buffer.from(payload), length: bodyBytes })]);
  });
});

/*
 * Where the two differ on purpose: mqtt-packet also speaks other versions of MQTT, which the gateway answers with CONNACK 1 whatever follows
 * their level; it reads packets that only a hub sends; it lets pass what `asDevicePacket` sorts out.
 */
describe('Any bytes', () => {
  /** What the gateway is to make of bytes that hold one packet, or less; `undefined` for nothing good. */
  function oracleReading(bytes: Buffer): DevicePacket | undefined {
    const packet = oracleReads(bytes)[0];
    return packet && asDevicePacket(packet);
  }

  /** Sorts out the faults that mqtt-packet lets pass. */
  function asDevicePacket(packet: Packet): DevicePacket | undefined {
    const packetId = packet.messageId ?? 0;
    const goodId = packetId > 0;
    switch (packet.cmd) {
      case 'connect': {
        const { clientId, username: userName, password, will } = packet;
        if ([clientId, userName, will?.topic].some(isBadText) || Number(will?.qos) === 3) return undefined;
        return {
          kind: 'connect',
          clientId,
          userName,
          password: password?.toString('utf8'),
          cleanSession: packet.clean ?? false,
          keepAliveSeconds: packet.keepalive ?? 0,
          will: will && { topic: will.topic, qos: will.qos ?? 0, payloadBytes: Buffer.byteLength(will.payload) },
        };
      }
      case 'publish': {
        const { topic, payload, qos } = packet;
        if ((qos > 0 && !goodId) || isBadText(topic)) return undefined;
        return { kind: 'publish', topic, payload: Buffer.from(payload), qos, packetId: qos === 0 ? 0 : packetId };
      }
      case 'subscribe': {
        const filters = packet.subscriptions.map(({ topic, qos }) => ({ filter: topic, qos }));
        return goodId && filters.length > 0 ? { kind: 'subscribe', packetId, filters } : undefined;
      }
      case 'unsubscribe': {
        const filters = packet.unsubscriptions;
        return goodId && filters.length > 0 ? { kind: 'unsubscribe', packetId, filters } : undefined;
      }
      case 'puback':
        return goodId && packet.length === 2 ? { kind: 'puback' } : undefined;
      case 'pingreq':
      case 'disconnect':
        return packet.length === 0 ? { kind: packet.cmd } : undefined;
      case 'auth':
      case 'connack':
      case 'pingresp':
      case 'pubcomp':
      case 'pubrec':
      case 'pubrel':
      case 'suback':
      case 'unsuback':
        return undefined;
    }
  }

  const isBadText = (text: string | undefined): boolean => text !== undefined && /[\0\uFFFD]/.test(text);

  const types = fc.constantFrom(
    0x00,
    0x10,
    0x11,
    0x30,
    0x31,
    0x32,
    0x34,
    0x36,
    0x3d,
    0x40,
    0x41,
    0x80,
    0x82,
    0xa0,
    0xa2,
    0xc0,
    0xc2,
    0xe0,
    0xe1,
    0xf0,
  );
  const framed = fc.tuple(types, fc.uint8Array({ maxLength: 60 })).map(([first, body]) => Buffer.from([first, body.length, ...body]));
  /** Good packets with a few bits turned over, most of them near either end, and their remaining length made to fit where it takes one byte. */
  const mutated = fc
    .record({
      packet: sentByDevice,
      turned: fc.array(fc.record({ at: fc.oneof(fc.integer({ min: -3, max: 12 }), fc.nat()), bit: fc.nat({ max: 7 }) }), { maxLength: 3 }),
      cutBytes: fc.oneof(fc.constant(0), fc.nat({ max: 3 })),
    })
    .map(({ packet, turned, cutBytes }) => {
      const bytes = Buffer.from(generate(packet.sent));
      for (const { at, bit } of turned) {
        const index = (at + bytes.length) % bytes.length;
        bytes[index] = (bytes[index] ?? 0) ^ (1 << bit);
      }
      const kept = bytes.subarray(0, Math.max(2, bytes.length - cutBytes));
      if (kept.length < 130) kept[1] = kept.length - 2;
      return kept;
    });
  /** Versions of MQTT that are answered, and packets that no device sends, have tests of their own. */
  const isJudgedAlike = (packet: DevicePacket | undefined): boolean => packet?.kind !== 'otherProtocol' && packet?.kind !== 'unexpected';

  it.each([
    ['that begin like a packet', framed],
    ['that were a packet before some were changed', mutated],
  ])('%s are judged as mqtt-packet judges them.', (_which, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (bytes) => {
        const packet = ownReads(bytes);
        fc.pre(isJudgedAlike(packet));
        expect(packet?.kind === 'malformed' ? undefined : packet).toEqual(oracleReading(bytes));
      }),
      { numRuns: 5000 },
    );
  });
});
