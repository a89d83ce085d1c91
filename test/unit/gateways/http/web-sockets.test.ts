// What happens to upgrades on a Node.js that brings all of them, asked for or not.
import { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { OpenConnections } from '../../../../src/gateways/http/open-connections.ts';
import { acceptWebSockets } from '../../../../src/gateways/http/web-sockets.ts';

test.each([
  ['to another path', '/devices', '127.0.0.1'],
  ['of a client that has gone', '/$iothub/websocket', undefined],
])('An upgrade %s ends its connection.', (_, url, remoteAddress) => {
  const server = createServer();
  const taken: unknown[] = [];
  acceptWebSockets(server, new OpenConnections(server), {
    take: (stream) => taken.push(stream),
    certificateOf: () => undefined,
  });
  const socket = Object.defineProperty(new Socket(), 'remoteAddress', { value: remoteAddress });
  const request = handshake(socket, url);

  server.emit('upgrade', request, socket, Buffer.alloc(0));

  expect([socket.destroyed, taken]).toEqual([true, []]);
});

function handshake(socket: Socket, url: string): IncomingMessage {
  const request = Object.assign(new IncomingMessage(socket), { method: 'GET', url, httpVersion: '1.1' });
  Object.assign(request.headers, {
    host: 'localhost',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-protocol': 'mqtt',
  });
  return request;
}
