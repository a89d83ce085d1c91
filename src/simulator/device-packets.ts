// The packets that a device sends, as bytes (MQTT 3.1.1): those of this client and no others.

export type ConnectFields = {
  readonly clientId: string;
  readonly userName: string;
  readonly password: string;
  readonly keepAliveSeconds: number;
};

export const PINGREQ: Buffer = Buffer.from([0xc0, 0]);
export const DISCONNECT: Buffer = Buffer.from([0xe0, 0]);

/** Clean session, user name and password, no will [MQTT-3.1.2-3]. */
const CONNECT_FLAGS = 0b1100_0010;
const CONNECT_HEADER = [0, 4, ...Buffer.from('MQTT'), 4, CONNECT_FLAGS];

export function encodeConnect({ clientId, userName, password, keepAliveSeconds }: ConnectFields): Buffer {
  const texts = [clientId, userName, password];
  const bodyBytes = CONNECT_HEADER.length + 2 + texts.reduce((sum, text) => sum + 2 + Buffer.byteLength(text), 0);
  const { packet, at } = begin(0x10, bodyBytes);
  packet.set(CONNECT_HEADER, at);
  let end = packet.writeUInt16BE(keepAliveSeconds, at + CONNECT_HEADER.length);
  for (const text of texts) end = writeText(packet, text, end);
  return packet;
}

/** Asks for QoS 0. @param packetId from 1 to 65,535. */
export function encodeSubscribe(packetId: number, filters: readonly string[]): Buffer {
  const { packet, at } = begin(0x82, 2 + filters.reduce((sum, filter) => sum + 3 + Buffer.byteLength(filter), 0));
  let end = packet.writeUInt16BE(packetId, at);
  for (const filter of filters) end = packet.writeUInt8(0, writeText(packet, filter, end));
  return packet;
}

/** At QoS 0. */
export function encodePublish(topic: string, payload: Buffer): Buffer {
  const { packet, at } = begin(0x30, 2 + Buffer.byteLength(topic) + payload.length);
  payload.copy(packet, writeText(packet, topic, at));
  return packet;
}

/** A packet whose fixed header is written; `at`: where its body begins. */
function begin(firstByte: number, bodyBytes: number): { readonly packet: Buffer; readonly at: number } {
  const headerBytes = 1 + lengthBytes(bodyBytes);
  const packet = Buffer.allocUnsafe(headerBytes + bodyBytes);
  packet[0] = firstByte;
  // Seven bits a byte, the lowest first; the eighth says that another one follows [MQTT-2.2.3].
  let rest = bodyBytes;
  for (let index = 1; index < headerBytes; index += 1) {
    packet[index] = (rest & 0x7f) | (index < headerBytes - 1 ? 0x80 : 0);
    rest >>= 7;
  }
  return { packet, at: headerBytes };
}

function lengthBytes(bodyBytes: number): number {
  if (bodyBytes < 128) return 1;
  if (bodyBytes < 16_384) return 2;
  return bodyBytes < 2_097_152 ? 3 : 4;
}

/** @returns where the text ends. */
function writeText(packet: Buffer, text: string, at: number): number {
  const bytes = packet.write(text, at + 2);
  packet.writeUInt16BE(bytes, at);
  return at + 2 + bytes;
}
