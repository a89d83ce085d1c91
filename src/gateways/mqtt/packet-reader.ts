// Bytes to packets: cuts a stream into whole packets and has the codec of mqtt-packet read each of them by itself.
import { type Packet, parser as createParser } from 'mqtt-packet';
import { LIMITS } from '../../domain/limits.ts';
import type { ConnectPacket, DevicePacket } from './packets.ts';

/**
 * Reads the packets of one connection. The size of a packet is checked as soon as its fixed header is there, before its body is kept. The codec
 * sees one whole packet at a time, so that it never takes bytes of the next for the end of a short one.
 */
export class PacketReader {
  readonly #buffer = new ByteBuffer();
  readonly #parser = createParser();
  #read: DevicePacket | undefined;

  constructor() {
    this.#parser.on('packet', (packet) => (this.#read = checkedPacket(packet)));
    this.#parser.on('error', (error: unknown) => (this.#read = malformed(error instanceof Error ? error.message : String(error))));
  }

  /** Keeps bytes that arrived. They must not be written to afterwards. */
  append(bytes: Buffer): void {
    this.#buffer.append(bytes);
  }

  /** The next whole packet; `undefined` while more bytes are needed. After a `malformed` one the reader must not be used. */
  next(): DevicePacket | undefined {
    const header = fixedHeader(this.#buffer.bytes());
    if (header === undefined) return undefined;
    if (header === 'malformed') return malformed('The remaining length is longer than four bytes [MQTT-2.2.3].');
    const packetBytes = header.headerBytes + header.bodyBytes;
    const maxBytes = LIMITS.mqttPacketBytes.value;
    if (packetBytes > maxBytes) return malformed(`A packet has at most ${maxBytes} bytes, this one says ${packetBytes}.`);
    const packet = this.#buffer.take(packetBytes);
    return packet && this.#decode(packet, header.headerBytes);
  }

  #decode(packet: Buffer, headerBytes: number): DevicePacket {
    if (isOtherProtocol(packet, headerBytes)) return { kind: 'otherProtocol' };
    this.#parser.parse(packet);
    return this.#takeRead() ?? malformed('The packet ends too early.');
  }

  #takeRead(): DevicePacket | undefined {
    const read = this.#read;
    this.#read = undefined;
    return read;
  }
}

const NO_BYTES = Buffer.alloc(0);

/** Bytes that wait to be taken. A growing copy keeps a packet that comes in many small pieces cheap in time and in memory. */
class ByteBuffer {
  #bytes: Buffer = NO_BYTES;
  #start = 0;
  #end = 0;

  append(bytes: Buffer): void {
    if (this.#start === this.#end) {
      this.#adopt(bytes, bytes.length);
      return;
    }
    const length = this.#end - this.#start;
    if (this.#end + bytes.length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(length * 2, length + bytes.length));
      this.#bytes.copy(larger, 0, this.#start, this.#end);
      this.#adopt(larger, length);
    }
    bytes.copy(this.#bytes, this.#end);
    this.#end += bytes.length;
  }

  bytes(): Buffer {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  /** A view of the first bytes, which leave the buffer; `undefined` while there are fewer. Views are never written over. */
  take(length: number): Buffer | undefined {
    if (this.#end - this.#start < length) return undefined;
    const taken = this.#bytes.subarray(this.#start, this.#start + length);
    this.#start += length;
    // A device may be silent for long after its largest packet.
    if (this.#start === this.#end) this.#adopt(NO_BYTES, 0);
    return taken;
  }

  #adopt(bytes: Buffer, length: number): void {
    this.#bytes = bytes;
    this.#start = 0;
    this.#end = length;
  }
}

type FixedHeader = { readonly headerBytes: number; readonly bodyBytes: number };

/** Reads the remaining length: seven bits a byte, the lowest first, at most four bytes [MQTT-2.2.3]. */
function fixedHeader(bytes: Buffer): FixedHeader | 'malformed' | undefined {
  let bodyBytes = 0;
  for (let index = 1; index <= 4; index += 1) {
    const byte = bytes[index];
    if (byte === undefined) return undefined;
    bodyBytes += (byte & 0x7f) * 128 ** (index - 1);
    if (byte < 0x80) return { headerBytes: index + 1, bodyBytes };
  }
  return 'malformed';
}

const CONNECT_TYPE = 1;
const PROTOCOL_LEVEL = 4;

/** The codec cannot read some other levels and takes others for 4, but each must be answered with CONNACK 1 [MQTT-3.1.2-2]. */
function isOtherProtocol(packet: Buffer, headerBytes: number): boolean {
  if ((packet[0] ?? 0) >> 4 !== CONNECT_TYPE || packet.length < headerBytes + 2) return false;
  const nameStart = headerBytes + 2;
  const nameEnd = nameStart + packet.readUInt16BE(headerBytes);
  const level = packet[nameEnd];
  const name = packet.toString('latin1', nameStart, nameEnd);
  if (name === 'MQTT') return level !== undefined && level !== PROTOCOL_LEVEL;
  return name === 'MQIsdp';
}

/** What the codec leaves unchecked is checked here. */
function checkedPacket(packet: Packet): DevicePacket {
  switch (packet.cmd) {
    case 'connect':
      return checkedConnect(packet);
    case 'publish': {
      const { topic, qos } = packet;
      const packetId = qos === 0 ? 0 : checkedPacketId(packet);
      if (packetId === undefined || !isText(topic)) return malformed('PUBLISH with a bad packet id or topic.');
      // The codec reads bytes; text is only for writing.
      const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
      return { kind: 'publish', topic, qos, packetId, payload };
    }
    case 'subscribe': {
      const packetId = checkedPacketId(packet);
      const filters = packet.subscriptions.map(({ topic, qos }) => ({ filter: topic, qos }));
      // [MQTT-3.8.3-3]
      if (packetId === undefined || filters.length === 0) return malformed('SUBSCRIBE with a bad packet id or without a filter.');
      return { kind: 'subscribe', packetId, filters };
    }
    case 'unsubscribe': {
      const packetId = checkedPacketId(packet);
      const filters = packet.unsubscriptions;
      // [MQTT-3.10.3-2]
      if (packetId === undefined || filters.length === 0) return malformed('UNSUBSCRIBE with a bad packet id or without a filter.');
      return { kind: 'unsubscribe', packetId, filters };
    }
    case 'puback':
      // [MQTT-3.4.2]: the packet id and nothing else.
      return packet.length === 2 && checkedPacketId(packet) !== undefined ? { kind: 'puback' } : malformed('PUBACK with a bad packet id.');
    case 'pingreq':
    case 'disconnect':
      return packet.length === 0 ? { kind: packet.cmd } : malformed(`${packet.cmd.toUpperCase()} with a body.`);
    case 'auth':
    case 'connack':
    case 'pingresp':
    case 'pubcomp':
    case 'pubrec':
    case 'pubrel':
    case 'suback':
    case 'unsuback':
      return { kind: 'unexpected', name: packet.cmd.toUpperCase() };
  }
}

function checkedConnect(packet: Extract<Packet, { cmd: 'connect' }>): ConnectPacket | ReturnType<typeof malformed> {
  const { clientId, username, password, will } = packet;
  if (!isText(clientId) || (username !== undefined && !isText(username))) return malformed('CONNECT with bad text.');
  // [MQTT-3.1.2-14]: QoS 3 is a fault of the packet; the type of the codec does not know it.
  if (will && (Number(will.qos) === 3 || !isText(will.topic))) return malformed('CONNECT with a bad will.');
  return {
    kind: 'connect',
    clientId,
    userName: username,
    password: password?.toString('utf8'),
    cleanSession: packet.clean ?? false,
    keepAliveSeconds: packet.keepalive ?? 0,
    will: will && { topic: will.topic, qos: will.qos ?? 0, payloadBytes: Buffer.byteLength(will.payload) },
  };
}

/** Never 0 [MQTT-2.3.1-1]; -1 is what the codec reads where the packet ends before its id. */
function checkedPacketId({ messageId }: Packet): number | undefined {
  return messageId !== undefined && messageId > 0 ? messageId : undefined;
}

/** No U+0000 [MQTT-1.5.3-2] and no ill-formed UTF-8 [MQTT-1.5.3-1], in whose place the codec puts U+FFFD. */
function isText(text: string): boolean {
  return !text.includes('\0') && !text.includes('\uFFFD');
}

function malformed(reason: string): { readonly kind: 'malformed'; readonly reason: string } {
  return { kind: 'malformed', reason };
}
