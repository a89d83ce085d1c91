// MQTT as an attacker writes and reads it: packets by the codec or byte by byte, and what came back held to what a hub may send.
import { generate, type Packet, parser as createParser } from 'mqtt-packet';

export function packetBytes(packet: Packet): Buffer {
  return generate(packet);
}

/** A packet by hand: type in the high half of the first byte, flags in the low one; the remaining length is right. */
export function rawPacket(firstByte: number, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([firstByte, ...remainingLength(body.length)]), body]);
}

/** [MQTT-2.2.3] */
function remainingLength(length: number): readonly number[] {
  const low = length % 128;
  const high = Math.floor(length / 128);
  return high === 0 ? [low] : [low | 0x80, ...remainingLength(high)];
}

/** Bytes behind their length in two bytes, as MQTT writes texts. */
export function field(bytes: Uint8Array | string): Buffer {
  const content = Buffer.from(bytes);
  return Buffer.concat([Buffer.from([content.length >> 8, content.length & 0xff]), content]);
}

/** What a hub sends to a device. */
const FROM_HUB = new Set(['connack', 'publish', 'puback', 'suback', 'unsuback', 'pingresp']);

/** The whole packets in what was received. @throws Error for what no hub sends, and for a fault of the hub. */
export function packetsIn(received: Uint8Array): readonly Packet[] {
  const packets: Packet[] = [];
  const parser = createParser({ protocolVersion: 4 });
  parser.on('packet', (packet) => packets.push(packet));
  parser.on('error', (error: unknown) => {
    throw new Error('the hub sent what is no MQTT', { cause: error });
  });
  parser.parse(Buffer.from(received));
  for (const packet of packets) checkPacket(packet);
  return packets;
}

function checkPacket(packet: Packet): void {
  if (!FROM_HUB.has(packet.cmd)) throw new Error(`the hub sent ${packet.cmd}`);
  if (packet.cmd === 'publish' && packet.topic.startsWith('$iothub/twin/res/5')) {
    throw new Error(`a fault of the hub: ${packet.topic} ${packet.payload.toString()}`);
  }
  if (packet.cmd === 'connack' && packet.returnCode === 3) throw new Error('a fault of the hub: CONNACK 3');
}

/** The return code of the CONNACK in what was received; `undefined` without one. */
export function connackIn(received: Uint8Array): number | undefined {
  const connack = packetsIn(received).find(({ cmd }) => cmd === 'connack');
  return connack?.cmd === 'connack' ? connack.returnCode : undefined;
}

/** The messages in what was received. */
export function messagesIn(received: Uint8Array): readonly { readonly topic: string; readonly payload: string }[] {
  return packetsIn(received).flatMap((packet) =>
    packet.cmd === 'publish' ? [{ topic: packet.topic, payload: packet.payload.toString() }] : [],
  );
}
