// One whole packet as bytes to what stands in it, read as MQTT 3.1.1 draws it. Who cuts the stream into packets is packet-reader.ts.
import type { ConnectPacket, DevicePacket } from './packets.ts';

/** A packet without its fixed header: the bytes of `bytes` from `start` to `end`. */
export type PacketBody = { readonly bytes: Buffer; readonly start: number; readonly end: number };

/**
 * Keeps no view of the bytes but the payload of a PUBLISH, so they must not be written to afterwards.
 * @param firstByte of the fixed header: the type of the packet and its flags.
 */
export function decodePacket(firstByte: number, body: PacketBody): DevicePacket {
  switch (firstByte >> 4) {
    case 3:
      return publish(firstByte & 0x0f, new Fields(body));
    case 1:
      return firstByte === 0x10 ? connect(new Fields(body)) : wrongFlags('CONNECT');
    case 4:
      return firstByte === 0x40 ? puback(new Fields(body)) : wrongFlags('PUBACK');
    case 8:
      return firstByte === 0x82 ? subscribe(new Fields(body)) : wrongFlags('SUBSCRIBE');
    case 10:
      return firstByte === 0xa2 ? unsubscribe(new Fields(body)) : wrongFlags('UNSUBSCRIBE');
    case 12:
      return firstByte === 0xc0 ? empty('pingreq', body) : wrongFlags('PINGREQ');
    case 14:
      return firstByte === 0xe0 ? empty('disconnect', body) : wrongFlags('DISCONNECT');
    default:
      return unexpected(firstByte);
  }
}

export function malformed(reason: string): { readonly kind: 'malformed'; readonly reason: string } {
  return { kind: 'malformed', reason };
}

/** [MQTT-2.2.2-2] */
function wrongFlags(name: string): DevicePacket {
  return malformed(`${name} with flags that it does not have.`);
}

/** Reads fields one after the other. Once one is not all there, `overran` is true and what was read counts for nothing. */
class Fields {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;
  overran = false;

  constructor({ bytes, start, end }: PacketBody) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get atEnd(): boolean {
    return this.#at >= this.#end;
  }

  byte(): number {
    const byte = this.#bytes[this.#advance(1)];
    return this.overran || byte === undefined ? 0 : byte;
  }

  /** Two bytes, the higher first [MQTT-1.5.2]. */
  number(): number {
    const high = this.byte();
    return high * 256 + this.byte();
  }

  /** Ill-formed UTF-8 becomes U+FFFD, which `isText` does not let pass. */
  text(): string {
    const length = this.number();
    const from = this.#advance(length);
    return this.overran ? '' : this.#bytes.toString('utf8', from, from + length);
  }

  /** How many bytes a field has that nobody reads. */
  skippedBytes(): number {
    const length = this.number();
    this.#advance(length);
    return length;
  }

  /** A view of all that is left. */
  rest(): Buffer {
    return this.#bytes.subarray(this.#advance(this.#end - this.#at), this.#end);
  }

  /** @returns where the next `length` bytes begin. */
  #advance(length: number): number {
    const from = this.#at;
    this.#at += length;
    if (this.#at > this.#end) this.overran = true;
    return from;
  }
}

function publish(flags: number, fields: Fields): DevicePacket {
  const qos = (flags >> 1) & 0b11;
  const topic = fields.text();
  const packetId = qos === 0 ? 0 : fields.number();
  // [MQTT-3.3.1-4], [MQTT-2.3.1-1]
  if (fields.overran || qos === 3 || (qos > 0 && packetId === 0) || !isText(topic)) {
    return malformed('PUBLISH with a bad QoS, packet id or topic.');
  }
  return { kind: 'publish', topic, qos, packetId, payload: fields.rest() };
}

const PROTOCOL_LEVEL = 4;
const FLAGS = { reserved: 0x01, cleanSession: 0x02, will: 0x04, willQos: 0x18, willRetain: 0x20, password: 0x40, userName: 0x80 } as const;

function connect(fields: Fields): DevicePacket {
  const name = fields.text();
  const level = fields.byte();
  // Those of MQTT 3.1 may be of any form. Any other level must be answered with CONNACK 1 [MQTT-3.1.2-2].
  if (name === 'MQIsdp') return { kind: 'otherProtocol' };
  if (fields.overran || name !== 'MQTT') return malformed('CONNECT without the name of the protocol, MQTT, and its level.');
  return level === PROTOCOL_LEVEL ? connectBehindLevel(fields) : { kind: 'otherProtocol' };
}

function connectBehindLevel(fields: Fields): DevicePacket {
  const flags = fields.byte();
  const hasWill = (flags & FLAGS.will) !== 0;
  // [MQTT-3.1.2-3], [MQTT-3.1.2-13], [MQTT-3.1.2-15]
  if ((flags & FLAGS.reserved) !== 0 || (!hasWill && (flags & (FLAGS.willQos | FLAGS.willRetain)) !== 0)) return wrongFlags('CONNECT');
  const keepAliveSeconds = fields.number();
  const clientId = fields.text();
  const will = hasWill ? { topic: fields.text(), qos: (flags & FLAGS.willQos) >> 3, payloadBytes: fields.skippedBytes() } : undefined;
  const userName = (flags & FLAGS.userName) === 0 ? undefined : fields.text();
  const password = (flags & FLAGS.password) === 0 ? undefined : fields.text();
  if (fields.overran) return malformed('CONNECT that ends too early.');
  // [MQTT-3.1.2-14]
  if (will && (will.qos === 3 || !isText(will.topic))) return malformed('CONNECT with a bad will.');
  if (!isText(clientId) || (userName !== undefined && !isText(userName))) return malformed('CONNECT with bad text.');
  const cleanSession = (flags & FLAGS.cleanSession) !== 0;
  return { kind: 'connect', clientId, userName, password, cleanSession, keepAliveSeconds, will } satisfies ConnectPacket;
}

function subscribe(fields: Fields): DevicePacket {
  const packetId = fields.number();
  const filters: { readonly filter: string; readonly qos: number }[] = [];
  while (!fields.atEnd) {
    const filter = fields.text();
    const qos = fields.byte();
    // [MQTT-3.8.3-4]
    if (qos > 2) return malformed('SUBSCRIBE with a bad QoS.');
    filters.push({ filter, qos });
  }
  // [MQTT-3.8.3-3]
  if (fields.overran || packetId === 0 || filters.length === 0) return malformed('SUBSCRIBE with a bad packet id or without a filter.');
  return { kind: 'subscribe', packetId, filters };
}

function unsubscribe(fields: Fields): DevicePacket {
  const packetId = fields.number();
  const filters: string[] = [];
  while (!fields.atEnd) filters.push(fields.text());
  // [MQTT-3.10.3-2]
  if (fields.overran || packetId === 0 || filters.length === 0) return malformed('UNSUBSCRIBE with a bad packet id or without a filter.');
  return { kind: 'unsubscribe', packetId, filters };
}

/** [MQTT-3.4.2]: the packet id and nothing else. */
function puback(fields: Fields): DevicePacket {
  const packetId = fields.number();
  return fields.overran || !fields.atEnd || packetId === 0 ? malformed('PUBACK with a bad packet id.') : { kind: 'puback' };
}

function empty(kind: 'pingreq' | 'disconnect', { start, end }: PacketBody): DevicePacket {
  return start === end ? { kind } : malformed(`${kind.toUpperCase()} with a body.`);
}

const SENT_BY_HUBS: ReadonlyMap<number, string> = new Map([
  [0x20, 'CONNACK'],
  [0x50, 'PUBREC'],
  [0x62, 'PUBREL'],
  [0x70, 'PUBCOMP'],
  [0x90, 'SUBACK'],
  [0xb0, 'UNSUBACK'],
  [0xd0, 'PINGRESP'],
]);

/** What such a packet holds does not matter: it ends the connection. */
function unexpected(firstByte: number): DevicePacket {
  const name = SENT_BY_HUBS.get(firstByte);
  return name === undefined ? malformed('A packet of a type or with flags that MQTT 3.1.1 does not have.') : { kind: 'unexpected', name };
}

/** No U+0000 [MQTT-1.5.3-2] and no ill-formed UTF-8 [MQTT-1.5.3-1], in whose place there is U+FFFD. */
function isText(text: string): boolean {
  return !text.includes('\0') && !text.includes('\uFFFD');
}
