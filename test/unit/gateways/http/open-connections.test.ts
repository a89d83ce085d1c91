// Which connections count as busy, also when their client goes away.
import { once } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { OpenConnections } from '../../../../src/gateways/http/open-connections.ts';

/** A connection on which as many requests wait for their answers. */
function openBusy(requests: number): { connections: OpenConnections; socket: Socket; responses: readonly ServerResponse[] } {
  const server = createServer();
  const connections = new OpenConnections(server);
  const socket = new Socket();
  const responses = Array.from({ length: requests }, () => new ServerResponse(new IncomingMessage(socket)));
  for (const response of responses) server.emit('request', response.req, response);
  return { connections, socket, responses };
}

test('A connection is busy until the last of its requests has been answered.', () => {
  const { connections, socket, responses } = openBusy(2);

  const busy = [connections.isBusy(socket)];
  for (const response of responses) {
    response.emit('close');
    busy.push(connections.isBusy(socket));
  }

  expect(busy).toEqual([true, true, false]);
});

test('Requests of a connection that is lost are forgotten with it.', async () => {
  const { connections, socket } = openBusy(3);

  socket.destroy();
  await once(socket, 'close');

  expect(connections.isBusy(socket)).toBe(false);
});

test('A connection without a request is not busy.', () => {
  const { connections } = openBusy(1);

  expect(connections.isBusy(new Socket())).toBe(false);
});

test('A stop ends its own connections and waits for them, and leaves alone what was handed over.', async () => {
  const server = createServer();
  const connections = new OpenConnections(server);
  const own = openSocket(1);
  const handed = openSocket(2);
  for (const socket of [own, handed]) server.emit('connection', socket);
  connections.handOver(handed);

  await connections.closeWhenIdle();

  expect([own.destroyed, handed.destroyed]).toEqual([true, false]);
});

test('A client that has gone while its connection was handed over keeps no stop waiting.', async () => {
  const server = createServer();
  const connections = new OpenConnections(server);
  server.emit('connection', openSocket(1));

  connections.handOver(openSocket(2));

  await expect(connections.closeWhenIdle()).resolves.toBeUndefined();
});

/** A socket that knows the port it comes from. */
function openSocket(remotePort: number): Socket {
  return Object.defineProperty(new Socket(), 'remotePort', { value: remotePort });
}
