// Packets to bytes, as MQTT 3.1.1 draws them.
import type { HubPacket } from './packets.ts';

export function encodePacket(packet: HubPacket): Buffer {
  switch (packet.kind) {
    case 'publish':
      return encodePublish(packet.topic, packet.payload);
    case 'puback':
      return Buffer.from([0x40, 2, packet.packetId >> 8, packet.packetId & 0xff]);
    case 'connack':
      return Buffer.from([0x20, 2, packet.sessionPresent ? 1 : 0, packet.returnCode]);
    case 'suback':
      return encodeSuback(packet.packetId, packet.granted);
    case 'unsuback':
      return Buffer.from([0xb0, 2, packet.packetId >> 8, packet.packetId & 0xff]);
    case 'pingresp':
      return Buffer.from([0xd0, 0]);
  }
}

/** At QoS 0, so without a packet id. */
function encodePublish(topic: string, payload: string): Buffer {
  const topicBytes = Buffer.byteLength(topic);
  const bodyBytes = 2 + topicBytes + Buffer.byteLength(payload);
  const bytes = Buffer.allocUnsafe(1 + lengthBytes(bodyBytes) + bodyBytes);
  const at = bytes.writeUInt16BE(topicBytes, writeFixedHeader(bytes, 0x30, bodyBytes));
  bytes.write(topic, at);
  bytes.write(payload, at + topicBytes);
  return bytes;
}

function encodeSuback(packetId: number, granted: readonly number[]): Buffer {
  const bodyBytes = 2 + granted.length;
  const bytes = Buffer.allocUnsafe(1 + lengthBytes(bodyBytes) + bodyBytes);
  bytes.set(granted, bytes.writeUInt16BE(packetId, writeFixedHeader(bytes, 0x90, bodyBytes)));
  return bytes;
}

/** How many bytes the remaining length takes: seven bits a byte [MQTT-2.2.3]. */
function lengthBytes(bodyBytes: number): number {
  if (bodyBytes < 2 ** 7) return 1;
  if (bodyBytes < 2 ** 14) return 2;
  return bodyBytes < 2 ** 21 ? 3 : 4;
}

/** @returns where the body begins. */
function writeFixedHeader(bytes: Buffer, firstByte: number, bodyBytes: number): number {
  bytes[0] = firstByte;
  let at = 1;
  let rest = bodyBytes;
  // The lowest bits come first; the eighth bit says that another byte follows.
  for (; rest > 0x7f; rest >>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
  bytes[at] = rest;
  return at + 1;
}
