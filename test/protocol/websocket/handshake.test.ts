// The opening of a WebSocket on the HTTPS port: what is taken, what is refused with which words, and that REST goes on beside it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answersIn, requestBytes } from '../../hostile/http-answers.ts';
import { openLine, type Line } from '../../hostile/line.ts';
import { openTestHub, sasToken, type TestHub } from '../../support/test-hub.ts';
import { ACCEPT, type HandshakeParts, handshakeText, readUpgraded, WEB_SOCKET_PATH } from '../../support/web-socket-frames.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await openTestHub();
});
afterAll(() => hub.close());

test.each([
  WEB_SOCKET_PATH,
  `${WEB_SOCKET_PATH}?iothub-no-client-cert=true`,
  `${WEB_SOCKET_PATH}?api-version=2016-11-14`,
  `${WEB_SOCKET_PATH}/`,
  '/%24iothub/websocket',
])('A handshake at %s is answered with the subprotocol mqtt and without compression.', async (path) => {
  const head = await headOf({ path });

  expect(head).toMatch(/^HTTP\/1\.1 101 /);
  expect(head.split('\r\n')).toContain(`Sec-WebSocket-Accept: ${ACCEPT}`);
  expect(head.split('\r\n')).toContain('Sec-WebSocket-Protocol: mqtt');
  expect(head).not.toMatch(/extensions/i);
});

test.each(['mqttv3.1, mqtt', 'mqtt,AMQPWSB10', ' mqtt '])('Of the subprotocols "%s" mqtt is taken.', async (offered) => {
  const head = await headOf({ headers: { 'sec-websocket-protocol': offered } });

  expect(head.split('\r\n')).toContain('Sec-WebSocket-Protocol: mqtt');
});

test.each<[string, Record<string, string | undefined>, string]>([
  ['without a subprotocol', { 'sec-websocket-protocol': undefined }, 'must offer the subprotocol mqtt'],
  ['with AMQP', { 'sec-websocket-protocol': 'AMQPWSB10' }, 'must offer the subprotocol mqtt'],
  ['with MQTT in capitals', { 'sec-websocket-protocol': 'MQTT' }, 'must offer the subprotocol mqtt'],
  ['with a subprotocol twice', { 'sec-websocket-protocol': 'mqtt, mqtt' }, 'none of them twice'],
  ['with a subprotocol that is no token', { 'sec-websocket-protocol': 'mqtt, a b' }, 'separated by commas'],
  ['without a version', { 'sec-websocket-version': undefined }, 'send Sec-WebSocket-Version: 13'],
  ['of version 8', { 'sec-websocket-version': '8' }, 'send Sec-WebSocket-Version: 13'],
  ['without a key', { 'sec-websocket-key': undefined }, '16 bytes in base64'],
  ['with a short key', { 'sec-websocket-key': 'AAAA' }, '16 bytes in base64'],
  ['with a body', { 'content-length': '0005' }, 'has no body'],
  ['to another protocol', { upgrade: 'h2c' }, 'serves MQTT over WebSocket only'],
  ['without Upgrade', { upgrade: undefined }, 'serves MQTT over WebSocket only'],
])('A handshake %s is answered with 400 that says what to do.', async (_, headers, message) => {
  const line = await send(`${handshakeText({ headers })}hello`);

  await line.until(({ text }) => answersIn(text).length > 0);

  const [answer] = answersIn(line.text);
  expect(answer?.status).toBe(400);
  expect(answer?.body).toContain(message);
  expect(answer?.headers.get('sec-websocket-version')).toBe('13');
  line.drop();
});

test('A handshake without Host is refused like every request without it.', async () => {
  const line = await send(handshakeText({ headers: { host: undefined } }));

  await line.until(({ text }) => answersIn(text).length > 0);

  expect(answersIn(line.text)[0]?.status).toBe(400);
  expect(answersIn(line.text)[0]?.body).toContain('no Host header');
  line.drop();
});

test('After a refused handshake the connection serves requests, and a handshake that is good.', async () => {
  const line = await send(handshakeText({ headers: { 'sec-websocket-protocol': undefined } }));
  await line.until(({ text }) => answersIn(text).length === 1);
  line.write(live());
  await line.until(({ text }) => answersIn(text).length === 2);

  line.write(handshakeText());
  await line.until(({ text }) => text.includes('HTTP/1.1 101 '));

  expect(answersIn(line.text).map(({ status }) => status)).toEqual([400, 200, 101]);
  line.drop();
});

test('An upgrade of any other path is an ordinary request: 404 where there is nothing, and the answer where there is something.', async () => {
  const line = await send(handshakeText({ path: '/$iothub/nothing' }));
  await line.until(({ text }) => answersIn(text).length === 1);
  line.write(handshakeText({ path: '/hub/health/live' }));
  await line.until(({ text }) => answersIn(text).length === 2);

  const [refused, served] = answersIn(line.text);

  expect(refused?.status).toBe(404);
  expect(refused?.headers.get('iothub-errorcode')).toBe('GenericNotFound');
  expect(served?.status).toBe(200);
  line.drop();
});

test('Another method than GET is answered with 405.', async () => {
  const line = await send(handshakeText({ method: 'POST' }));

  await line.until(({ text }) => answersIn(text).length === 1);

  expect(answersIn(line.text)[0]?.status).toBe(405);
  expect(answersIn(line.text)[0]?.headers.get('allow')).toBe('GET');
  line.drop();
});

test('A handshake that does not wait for the answer before it is refused, in its turn.', async () => {
  const query = `{"query":"SELECT * FROM devices"}`;
  const key = hub.hub.policies.get('iothubowner').keys.primaryKey;
  const authorization = sasToken({ key, resource: 'localhost', policyName: 'iothubowner' });
  const slow = requestBytes({ method: 'POST', path: '/devices/query?api-version=2021-04-12', headers: { authorization }, body: query });
  const line = await send(`${slow.toString('latin1')}${handshakeText()}`);

  await line.until(({ text }) => answersIn(text).length === 2);

  expect(answersIn(line.text).map(({ status }) => status)).toEqual([200, 400]);
  expect(answersIn(line.text)[1]?.body).toContain('must wait for the answers');
  line.drop();
});

async function send(text: string): Promise<Line> {
  const line = await openLine({ port: hub.httpsPort, caPem: hub.caPem });
  line.write(text);
  return line;
}

async function headOf(parts: HandshakeParts): Promise<string> {
  const line = await send(handshakeText(parts));
  await line.until(({ bytes }) => readUpgraded(bytes).head !== undefined);
  line.drop();
  return readUpgraded(line.bytes).head ?? '';
}

function live(): Buffer {
  return requestBytes({ method: 'GET', path: '/hub/health/live' });
}
