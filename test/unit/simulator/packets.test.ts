// The packets of the simulator, held against those of mqtt-packet.
import fc from 'fast-check';
import { generate, type Packet, parser as createParser } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import { DISCONNECT, encodeConnect, encodePublish, encodeSubscribe, PINGREQ } from '../../../src/simulator/device-packets.ts';
import { type HubPackets, HubPacketReader } from '../../../src/simulator/hub-packet-reader.ts';

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }).filter((value) => !/[+#\0]/.test(value));

function read(bytes: Buffer): Packet {
  const packets: Packet[] = [];
  const parser = createParser({ protocolVersion: 4 });
  parser.on('packet', (packet) => packets.push(packet));
  parser.on('error', (error: Error) => {
    throw error;
  });
  parser.parse(bytes);
  const [packet] = packets;
  if (packet === undefined || packets.length > 1) throw new Error(`${packets.length} packets`);
  return packet;
}

describe('a packet of a device', () => {
  it('is a CONNECT as mqtt-packet makes it', () => {
    const fields = fc.record({ clientId: text, userName: text, password: text, keepAliveSeconds: fc.integer({ min: 0, max: 65_535 }) });
    fc.assert(
      fc.property(fields, (connect) => {
        const expected = generate({
          cmd: 'connect',
          protocolId: 'MQTT',
          protocolVersion: 4,
          clean: true,
          clientId: connect.clientId,
          username: connect.userName,
          password: Buffer.from(connect.password),
          keepalive: connect.keepAliveSeconds,
        });

        expect(encodeConnect(connect)).toEqual(expected);
      }),
    );
  });

  it('is a SUBSCRIBE as mqtt-packet makes it', () => {
    const filters = ['$iothub/methods/POST/#', '$iothub/twin/res/#'];
    const subscriptions = filters.map((topic) => ({ topic, qos: 0 as const }));

    expect(encodeSubscribe(513, filters)).toEqual(generate({ cmd: 'subscribe', messageId: 513, subscriptions }));
  });

  it.each([0, 100, 122, 123, 16_378, 16_379, 16_380, 2_097_146, 2_097_147])(
    'is a PUBLISH of %i bytes of payload as mqtt-packet makes it',
    (bytes) => {
      const payload = Buffer.alloc(bytes, 7);

      const packet = encodePublish('abc', payload);

      expect(packet.equals(generate({ cmd: 'publish', topic: 'abc', payload, qos: 0, dup: false, retain: false }))).toBe(true);
    },
  );

  it('is a PINGREQ or a DISCONNECT', () => {
    expect([read(PINGREQ).cmd, read(DISCONNECT).cmd]).toEqual(['pingreq', 'disconnect']);
  });
});

/** Everything that was read, as data. */
class Recorder implements HubPackets {
  readonly seen: unknown[] = [];
  connack(returnCode: number): void {
    this.seen.push(['connack', returnCode]);
  }
  suback(returnCodes: Buffer): void {
    this.seen.push(['suback', ...returnCodes]);
  }
  message(topic: string, payload: Buffer): void {
    this.seen.push(['message', topic, payload.toString('latin1')]);
  }
  pingresp(): void {
    this.seen.push(['pingresp']);
  }
}

const hubPacket = fc.oneof(
  fc.integer({ min: 0, max: 5 }).map((returnCode) => ({
    packet: { cmd: 'connack', returnCode, sessionPresent: false } as const,
    expected: ['connack', returnCode] as readonly unknown[],
  })),
  fc.array(fc.constantFrom(0, 1, 128), { minLength: 1, maxLength: 3 }).map((granted) => ({
    packet: { cmd: 'suback', messageId: 1, granted } as const,
    expected: ['suback', ...granted] as readonly unknown[],
  })),
  fc.tuple(text, fc.uint8Array({ maxLength: 300 }), fc.boolean()).map(([topic, bytes, retain]) => ({
    packet: { cmd: 'publish', topic, payload: Buffer.from(bytes), qos: 0, dup: false, retain } as const,
    expected: ['message', topic, Buffer.from(bytes).toString('latin1')] as readonly unknown[],
  })),
  fc.constant({ packet: { cmd: 'pingresp' } as const, expected: ['pingresp'] as readonly unknown[] }),
);

describe('packets of a hub', () => {
  it('are read as mqtt-packet writes them, however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(hubPacket, { maxLength: 8 }), fc.infiniteStream(fc.integer({ min: 1, max: 40 })), (packets, sizes) => {
        const bytes = Buffer.concat(packets.map(({ packet }) => generate(packet)));
        const recorder = new Recorder();
        const reader = new HubPacketReader();
        const shared = Buffer.alloc(64);
        let start = 0;
        for (const size of sizes) {
          if (start >= bytes.length) break;
          // As a line does, which uses its buffer again.
          const length = bytes.copy(shared, 0, start, start + size);
          expect(reader.read(shared.subarray(0, length), recorder)).toBe(true);
          start += size;
        }

        expect(recorder.seen).toEqual(packets.map(({ expected }) => expected));
      }),
    );
  });

  it('are read from single bytes up to the largest one, and no larger one is waited for', () => {
    const largest = publishOf(1024 * 1024);
    const reader = new HubPacketReader();
    const recorder = new Recorder();

    for (let start = 0; start < largest.length; start += 100) reader.read(largest.subarray(start, start + 100), recorder);
    const tooLarge = new HubPacketReader().read(publishOf(1024 * 1024 + 1).subarray(0, 5), recorder);

    expect(recorder.seen).toHaveLength(1);
    expect(tooLarge).toBe(false);
  });

  it.each([
    ['a packet that only clients send', [0xc0, 0]],
    ['a CONNACK that is too short', [0x20, 1, 0]],
    ['a CONNACK that is too long', [0x20, 3, 0, 0, 0]],
    ['a SUBACK without a code', [0x90, 2, 0, 1]],
    ['a PINGRESP with a body', [0xd0, 1, 0]],
    ['a message of QoS 1', [0x32, 5, 0, 1, 97, 0, 1]],
    ['a message without a topic', [0x30, 1, 0]],
    ['a topic beyond its packet', [0x30, 3, 0, 2, 97]],
    ['a length of five bytes', [0x30, 0xff, 0xff, 0xff, 0xff, 1]],
    ['HTTP', [...Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')]],
  ])('are not %s', (_, bytes) => {
    expect(new HubPacketReader().read(Buffer.from(bytes), new Recorder())).toBe(false);
  });

  it('may be any bytes without a throw', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), (chunks) => {
        const reader = new HubPacketReader();
        const readAll = (): boolean => chunks.every((chunk) => reader.read(Buffer.from(chunk), new Recorder()));

        expect(readAll).not.toThrow();
      }),
    );
  });
});

/** A message whose body has so many bytes. */
function publishOf(bodyBytes: number): Buffer {
  return generate({ cmd: 'publish', topic: 'a', payload: Buffer.alloc(bodyBytes - 3), qos: 0, dup: false, retain: false });
}
