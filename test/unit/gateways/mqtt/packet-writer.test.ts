// Packets to bytes, compared with the bytes that the specification draws.
import { expect, it } from 'vitest';
import { encodePacket } from '../../../../src/gateways/mqtt/packet-writer.ts';
import type { HubPacket } from '../../../../src/gateways/mqtt/packets.ts';

it.each<[string, HubPacket]>([
  ['20020000', { kind: 'connack', returnCode: 0, sessionPresent: false }],
  ['20020100', { kind: 'connack', returnCode: 0, sessionPresent: true }],
  ['20020005', { kind: 'connack', returnCode: 5, sessionPresent: false }],
  ['300700026162c3a931', { kind: 'publish', topic: 'ab', payload: 'é1' }],
  ['30030001 61', { kind: 'publish', topic: 'a', payload: '' }],
  ['40020102', { kind: 'puback', packetId: 258 }],
  ['900400070001', { kind: 'suback', packetId: 7, granted: [0, 1] }],
  ['b0020007', { kind: 'unsuback', packetId: 7 }],
  ['d000', { kind: 'pingresp' }],
])('%s is written for %o.', (bytes, packet) => {
  expect(encodePacket(packet).toString('hex')).toBe(bytes.replaceAll(' ', ''));
});
