// Packets to bytes, with the codec of mqtt-packet.
import { generate, type Packet } from 'mqtt-packet';
import type { HubPacket } from './packets.ts';

export function encodePacket(packet: HubPacket): Buffer {
  return generate(codecPacketOf(packet));
}

function codecPacketOf(packet: HubPacket): Packet {
  switch (packet.kind) {
    case 'connack':
      return { cmd: 'connack', returnCode: packet.returnCode, sessionPresent: packet.sessionPresent };
    case 'publish':
      return { cmd: 'publish', topic: packet.topic, payload: packet.payload, qos: 0, dup: false, retain: false };
    case 'puback':
      return { cmd: 'puback', messageId: packet.packetId };
    case 'suback':
      return { cmd: 'suback', messageId: packet.packetId, granted: [...packet.granted] };
    case 'unsuback':
      return { cmd: 'unsuback', messageId: packet.packetId, granted: [] };
    case 'pingresp':
      return { cmd: 'pingresp' };
  }
}
