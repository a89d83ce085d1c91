// What a client is told whose bytes were no request, or came too slowly to wait for in a test.
import { once } from 'node:events';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { answerMalformedRequest } from '../../../../src/gateways/http/malformed-request.ts';
import { OpenConnections } from '../../../../src/gateways/http/open-connections.ts';
import { createLog } from '../../../../src/system/log.ts';
import { systemRandom } from '../../../../src/system/system-random.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

/** @returns what the client receives until its connection is closed. */
async function answerTo(code: string, log = createLog({ level: 'silent' })): Promise<string> {
  await using server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [socket] = (await once(server, 'connection')) as [Socket];
  answerMalformedRequest(Object.assign(new Error('no request'), { code, rawPacket: Buffer.from('GET / authorization: secret') }), socket, {
    clock: new FakeClock(),
    random: systemRandom,
    log,
    connections: new OpenConnections(createHttpsServer()),
  });
  return await text(client);
}

test.each([
  ['ERR_HTTP_REQUEST_TIMEOUT', 'HTTP/1.1 408 Request Timeout', 'The request did not arrive in time'],
  ['HPE_HEADER_OVERFLOW', 'HTTP/1.1 431 Request Header Fields Too Large', 'The headers of the request are too large'],
  ['HPE_INVALID_METHOD', 'HTTP/1.1 400 Bad Request', 'The request is no valid HTTP'],
])('%s is answered with %s and closed.', async (code, statusLine, message) => {
  const received = await answerTo(code);

  expect(received.split('\r\n')[0]).toBe(statusLine);
  expect(received).toContain(`{"Message":"ErrorCode:GenericBadRequest;${message}`);
});

test.each(['ECONNRESET', 'ERR_SSL_HTTP_REQUEST', 'EPIPE'])('After %s there is nobody to talk to.', async (code) => {
  expect(await answerTo(code)).toBe('');
});

test('The log says what was wrong, without the bytes of the request, which may hold a token.', async () => {
  let written = '';

  await answerTo('HPE_INVALID_METHOD', createLog({ level: 'debug' }, { write: (line) => (written += line) }));

  expect(JSON.parse(written)).toEqual({
    level: 'debug',
    time: expect.any(String),
    code: 'HPE_INVALID_METHOD',
    because: 'no request',
    msg: 'A connection was ended: what came over it is no HTTPS request.',
  });
});
