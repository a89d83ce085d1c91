// Bytes to packets: however they are cut, whatever they hold, and never more of them than a packet may have.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { generate, type Packet } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { PacketReader } from '../../../../src/gateways/mqtt/packet-reader.ts';
import type { DevicePacket } from '../../../../src/gateways/mqtt/packets.ts';

function read(...chunks: readonly Uint8Array[]): readonly DevicePacket[] {
  const reader = new PacketReader();
  const packets: DevicePacket[] = [];
  for (const chunk of chunks) {
    reader.append(Buffer.from(chunk));
    for (let packet = reader.next(); packet; packet = reader.next()) {
      packets.push(packet);
      if (packet.kind === 'malformed') return packets;
    }
  }
  return packets;
}

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

const CONNECT: Packet = {
  cmd: 'connect',
  protocolId: 'MQTT',
  protocolVersion: 4,
  clean: false,
  keepalive: 180,
  clientId: 'lamp',
  username: 'localhost/lamp',
  password: Buffer.from('token'),
  will: { topic: 'goodbye', payload: Buffer.from('abc'), qos: 1, retain: false },
};

const packets: fc.Arbitrary<Packet> = fc.oneof(
  fc.constant(CONNECT),
  fc.record({
    cmd: fc.constant('publish' as const),
    topic: fc.string({ minLength: 1, maxLength: 20 }),
    payload: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    qos: fc.constantFrom(0 as const, 1 as const, 2 as const),
    messageId: fc.integer({ min: 1, max: 65_535 }),
    dup: fc.constant(false),
    retain: fc.boolean(),
  }),
  fc.record({
    cmd: fc.constant('subscribe' as const),
    messageId: fc.integer({ min: 1, max: 65_535 }),
    subscriptions: fc.array(fc.record({ topic: fc.string({ minLength: 1 }), qos: fc.constantFrom(0 as const, 1 as const, 2 as const) }), {
      minLength: 1,
      maxLength: 5,
    }),
  }),
  fc.constantFrom<Packet>({ cmd: 'pingreq' }, { cmd: 'disconnect' }, { cmd: 'puback', messageId: 3 }),
);

describe('A stream of bytes', () => {
  it('gives the same packets however it is cut.', () => {
    const stream = fc.array(packets, { minLength: 1, maxLength: 8 }).map((list) => Buffer.concat(list.map((packet) => generate(packet))));
    const cuts = fc.array(fc.nat({ max: 3000 }), { maxLength: 20 });

    fc.assert(
      fc.property(stream, cuts, (bytes, positions) => {
        const ends = [...new Set([...positions.map((position) => position % bytes.length), bytes.length])].toSorted((a, b) => a - b);
        const chunks = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
        expect(read(...chunks)).toEqual(read(bytes));
      }),
    );
  });

  it('gives the same packets byte by byte.', () => {
    const bytes = Buffer.concat([generate(CONNECT), generate({ cmd: 'pingreq' })]);

    const packetsRead = read(...[...bytes].map((byte) => Uint8Array.of(byte)));

    expect(packetsRead.map(({ kind }) => kind)).toEqual(['connect', 'pingreq']);
  });

  it('of any kind is read without a throw.', () => {
    const firstByte = fc.constantFrom(0x00, 0x10, 0x20, 0x30, 0x32, 0x36, 0x40, 0x50, 0x62, 0x70, 0x82, 0x90, 0xa2, 0xb0, 0xc0, 0xe0, 0xf0);
    const framed = fc.tuple(firstByte, fc.uint8Array({ maxLength: 60 })).map(([first, body]) => Buffer.from([first, body.length, ...body]));

    fc.assert(
      fc.property(fc.array(fc.oneof(framed, fc.uint8Array())), (chunks) => {
        expect(() => read(...chunks)).not.toThrow();
      }),
    );
  });
});

describe('CONNECT', () => {
  it('is read with all that stands in it.', () => {
    expect(read(generate(CONNECT))).toEqual([
      {
        kind: 'connect',
        clientId: 'lamp',
        userName: 'localhost/lamp',
        password: 'token',
        cleanSession: false,
        keepAliveSeconds: 180,
        will: { topic: 'goodbye', qos: 1, payloadBytes: 3 },
      },
    ]);
  });

  it('without user name, password and will is read.', () => {
    expect(read(hex('10 0d 0004 4d515454 04 02 0000 0001 61'))).toEqual([
      {
        kind: 'connect',
        clientId: 'a',
        userName: undefined,
        password: undefined,
        cleanSession: true,
        keepAliveSeconds: 0,
        will: undefined,
      },
    ]);
  });

  it.each([
    ['MQTT 5', '10 0e 0004 4d515454 05 02 0000 00 0001 61'],
    ['level 3', '10 0d 0004 4d515454 03 02 0000 0001 61'],
    ['level 6', '10 0d 0004 4d515454 06 02 0000 0001 61'],
    ['level 0', '10 0d 0004 4d515454 00 02 0000 0001 61'],
    ['a bridge', '10 0d 0004 4d515454 84 02 0000 0001 61'],
    ['MQTT 3.1', '10 0f 0006 4d5149736470 03 02 0000 0001 61'],
  ])('of %s is known as another protocol.', (_version, bytes) => {
    expect(read(hex(bytes))).toEqual([{ kind: 'otherProtocol' }]);
  });
});

it('A reader keeps nothing of a packet that it has handed on.', async () => {
  setFlagsFromString('--expose-gc');
  // The flag is read when a context is made.
  const collectGarbage = runInNewContext('gc') as () => void;
  const message = generate({ cmd: 'publish', topic: 't', payload: Buffer.alloc(200_000), qos: 0, messageId: 0, dup: false, retain: false });
  const readers = Array.from({ length: 50 }, () => new PacketReader());
  collectGarbage();
  const before = process.memoryUsage().arrayBuffers;

  for (const reader of readers) {
    reader.append(Buffer.from(message.subarray(0, 150_000)));
    reader.append(Buffer.from(message.subarray(150_000)));
    expect(reader.next()?.kind).toBe('publish');
  }

  // What a collection finds is given back, and no more counted, by another thread some time later.
  await expect
    .poll(() => {
      collectGarbage();
      return process.memoryUsage().arrayBuffers - before;
    })
    .toBeLessThan((readers.length * message.length) / 2);
  // They are used after the last collection, so that it could not take them.
  expect(readers.every((reader) => reader.next() === undefined)).toBe(true);
});

describe('A malformed packet', () => {
  it.each([
    ['a remaining length of five bytes', '30 ff ff ff ff 01'],
    ['packet type 0', '00 00'],
    ['another protocol name', '10 0d 0004 4d51545a 04 02 0000 0001 61'],
    ['the reserved flag of CONNECT', '10 0d 0004 4d515454 04 03 0000 0001 61'],
    ['a CONNECT that ends after its name', '10 06 0004 4d515454'],
    ['a CONNECT that is empty', '10 00'],
    ['a client id longer than its packet', '10 0d 0004 4d515454 04 02 0000 0009 61'],
    ['a will at QoS 3', '10 13 0004 4d515454 04 1e 0000 0001 61 0001 62 0001 63'],
    ['a QoS but no will', '10 0d 0004 4d515454 04 0a 0000 0001 61'],
    ['a will to retain but no will', '10 0d 0004 4d515454 04 22 0000 0001 61'],
    ['U+0000 in the client id', '10 0d 0004 4d515454 04 02 0000 0001 00'],
    ['PUBLISH at QoS 3', '36 05 0001 61 0001'],
    ['PUBLISH without a packet id at QoS 1', '32 03 0001 61'],
    ['PUBLISH with half a packet id', '32 04 0001 61 00'],
    ['PUBLISH with packet id 0', '32 05 0001 61 0000'],
    ['PUBLISH without a topic', '30 00'],
    ['PUBLISH with U+0000 in its topic', '30 03 0001 00'],
    ['PUBLISH with ill-formed UTF-8 in its topic', '30 03 0001 ff'],
    ['PUBLISH with half a surrogate pair in its topic', '30 05 0003 eda080'],
    ['SUBSCRIBE with wrong flags', '80 06 0001 0001 61 00'],
    ['SUBSCRIBE without a filter', '82 02 0001'],
    ['SUBSCRIBE without a packet id', '82 00'],
    ['SUBSCRIBE with packet id 0', '82 06 0000 0001 61 00'],
    ['SUBSCRIBE without a QoS', '82 05 0001 0001 61'],
    ['SUBSCRIBE at QoS 3', '82 06 0001 0001 61 03'],
    ['UNSUBSCRIBE without a filter', 'a2 02 0001'],
    ['UNSUBSCRIBE with packet id 0', 'a2 05 0000 0001 61'],
    ['DISCONNECT with flags', 'e1 00'],
    ['DISCONNECT with a body', 'e0 01 00'],
    ['PINGREQ with a body', 'c0 01 00'],
    ['PUBACK without its packet id', '40 00'],
    ['PUBACK with half a packet id', '40 01 00'],
    ['PUBACK with packet id 0', '40 02 0000'],
    ['PUBACK with more than a packet id', '40 03 0001 00'],
  ])('with %s is told apart.', (_fault, bytes) => {
    expect(read(hex(bytes))).toEqual([{ kind: 'malformed', reason: expect.stringMatching(/./) }]);
  });

  it('does not take bytes of the next packet for its own.', () => {
    const shortPublish = hex('32 04 0001 61 00');

    expect(read(Buffer.concat([shortPublish, hex('c0 00')]))).toEqual([expect.objectContaining({ kind: 'malformed' })]);
  });
});

describe('A packet that no device sends', () => {
  it.each([
    ['20 02 00 00', 'CONNACK'],
    ['50 02 0001', 'PUBREC'],
    ['62 02 0001', 'PUBREL'],
    ['70 02 0001', 'PUBCOMP'],
    ['90 03 0001 00', 'SUBACK'],
    ['b0 02 0001', 'UNSUBACK'],
    ['d0 00', 'PINGRESP'],
  ])('(%s) has its name: %s.', (bytes, name) => {
    expect(read(hex(bytes))).toEqual([{ kind: 'unexpected', name }]);
  });
});

describe('The size of a packet', () => {
  /** The fixed header of a PUBLISH of so many bytes in all. */
  function publishHeader(packetBytes: number): Buffer {
    const body = packetBytes - 4;
    return Buffer.from([0x30, (body & 0x7f) | 0x80, ((body >> 7) & 0x7f) | 0x80, body >> 14]);
  }

  it('may be the largest.', () => {
    const bytes = Buffer.alloc(LIMITS.mqttPacketBytes.value, 'a');
    publishHeader(bytes.length).copy(bytes);
    bytes.writeUInt16BE(1, 4);

    expect(read(bytes)).toEqual([expect.objectContaining({ kind: 'publish', topic: 'a', payload: bytes.subarray(7) })]);
  });

  it('is refused one byte above, from the fixed header alone.', () => {
    expect(read(publishHeader(LIMITS.mqttPacketBytes.value))).toEqual([]);
    expect(read(publishHeader(LIMITS.mqttPacketBytes.value + 1))).toEqual([
      { kind: 'malformed', reason: 'A packet has at most 328704 bytes, this one says 328705.' },
    ]);
  });
});
