// What the floors are made of: a bare listener for MQTT over TLS on mqtt-packet.
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { generate, parser, type Packet } from 'mqtt-packet';
import { TLS } from './bare-servers.ts';

export type BareDevice = { readonly deviceId: string; readonly send: (packet: Packet) => void };

type OnPublish = (packet: Packet & { cmd: 'publish' }, device: BareDevice) => void;

/** Takes CONNECT, SUBSCRIBE and PINGREQ from anybody; every PUBLISH is given away. */
export function bareMqtt(onConnect: (device: BareDevice) => void, onPublish: OnPublish): Server {
  return createServer({ ...TLS, noDelay: true }, (socket: TLSSocket) => {
    const send = (packet: Packet): void => void socket.write(generate(packet));
    let device: BareDevice = { deviceId: '', send };
    const reader = parser();
    reader.on('packet', (packet: Packet) => {
      if (packet.cmd === 'publish') onPublish(packet, device);
      else if (packet.cmd === 'pingreq') send({ cmd: 'pingresp' });
      else if (packet.cmd === 'subscribe') {
        send({ cmd: 'suback', messageId: packet.messageId ?? 0, granted: packet.subscriptions.map(() => 0) });
      } else if (packet.cmd === 'connect') {
        device = { deviceId: packet.clientId, send };
        onConnect(device);
        send({ cmd: 'connack', returnCode: 0, sessionPresent: false });
      }
    });
    socket.on('data', (bytes: Buffer) => reader.parse(bytes));
    socket.on('error', () => undefined);
  });
}
