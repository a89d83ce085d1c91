// Goal: nothing that comes over a connection harms another one, and each malformed request is answered or cut off.
// Method: raw bytes over real TLS connections; after each the same gateway must serve a decent request.
import { connect as connectTcp } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { LIMITS } from '../../../src/domain/limits.ts';
import { createLog } from '../../../src/system/log.ts';
import { type OpenGateway, openGateway, rawRequest, statusesIn } from './open-gateway.ts';

type Connection = Awaited<ReturnType<OpenGateway['connect']>>;

let open: OpenGateway;
beforeAll(async () => {
  open = await openGateway();
  await open.createDevice('lamp');
});
afterAll(() => open[Symbol.asyncDispose]());

afterEach(async () => {
  const { status } = await open.fetch({ path: '/devices/lamp?api-version=2021-04-12' });
  if (status !== 200) throw new Error(`a decent request is answered with ${status}`);
});

const TWIN = '/twins/lamp?api-version=2021-04-12';

describe('malformed requests are answered with 400 and closed', () => {
  test.each([
    ['nonsense in place of a request line', 'nonsense\r\n\r\n'],
    ['an unknown method', 'FROBNICATE / HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['an unknown version', 'GET / HTTP/9.9\r\nHost: localhost\r\n\r\n'],
    ['a header without a colon', rawRequest('GET / HTTP/1.1').replace('Host: localhost', 'Host: localhost\r\nbroken')],
    ['a NUL in a header', rawRequest('GET / HTTP/1.1', { a: 'b\0c' })],
    ['a bare line feed in a header', 'GET / HTTP/1.1\nHost: localhost\n\n'],
    ['a folded header', rawRequest('GET / HTTP/1.1', { a: 'b\r\n c' })],
    ['two lengths', rawRequest('POST / HTTP/1.1', { 'Content-Length': 1 }).replace('\r\n\r\n', '\r\nContent-Length: 2\r\n\r\nx')],
    ['a length and chunks', rawRequest('POST / HTTP/1.1', { 'Content-Length': 1, 'Transfer-Encoding': 'chunked' }, '0\r\n\r\n')],
    ['a negative length', rawRequest('POST / HTTP/1.1', { 'Content-Length': -1 })],
    ['a length that is no number', rawRequest('POST / HTTP/1.1', { 'Content-Length': 'x' })],
  ])('%s', async (_, bytes) => {
    const connection = await open.connect();

    connection.send(bytes);
    const received = await connection.untilClosed();

    expect(statusesIn(received)).toEqual([400]);
    expect(received).toContain('\r\niothub-errorcode: GenericBadRequest\r\n');
    expect(received).toContain('\r\nconnection: close\r\n');
    expect(received).toMatch(
      /\{"Message":"ErrorCode:GenericBadRequest;[^;]+","ExceptionMessage":"Tracking ID:[0-9a-f]{32}-G:0-TimeStamp:[^"]+"\}$/,
    );
  });

  test('a request without a Host', async () => {
    const connection = await open.connect();

    connection.send('GET / HTTP/1.1\r\n\r\n');

    const received = await connection.untilAnswers(1);
    connection.socket.destroy();
    expect(statusesIn(received)).toEqual([400]);
    expect(received).toContain('ErrorCode:GenericBadRequest;The request has no Host header');
  });

  test('a chunk whose size is no number', async () => {
    const connection = await open.connect();
    const headers = { 'Transfer-Encoding': 'chunked', authorization: open.token };

    connection.send(rawRequest(`PATCH ${TWIN} HTTP/1.1`, headers, 'xyz\r\n{}\r\n0\r\n\r\n'));

    // The request was under way: nothing is said that the client could take for its answer.
    expect(statusesIn(await connection.untilClosed()).filter((status) => status !== 400)).toEqual([]);
  });
});

test('More headers than allowed are answered with 431, and the connection is closed.', async () => {
  const connection = await open.connect();

  connection.send(`GET / HTTP/1.1\r\nHost: localhost\r\n${'a: b\r\n'.repeat(LIMITS.httpHeaderBytes.value / 4)}`);
  const received = await connection.untilClosed();

  expect(statusesIn(received)).toEqual([431]);
  expect(received).toContain('The headers of the request are too large');
});

test('One header longer than allowed is answered with 431.', async () => {
  const connection = await open.connect();

  connection.send(rawRequest('GET / HTTP/1.1', { a: 'x'.repeat(LIMITS.httpHeaderBytes.value) }));

  expect(statusesIn(await connection.untilClosed())).toEqual([431]);
});

describe('bodies', () => {
  test('A body announced as huge is refused before it comes.', async () => {
    const connection = await open.connect();
    const headers = { authorization: open.token, 'Content-Length': 10_000_000_000 };

    connection.send(rawRequest(`PATCH ${TWIN} HTTP/1.1`, headers, '{"tags":{}}'));
    const received = await connection.untilAnswers(1);
    connection.socket.destroy();

    expect(statusesIn(received)).toEqual([413]);
    expect(received).toContain('iothub-errorcode: MessageTooLarge');
  });

  test('A body in chunks is refused as soon as it is too large.', async () => {
    const connection = await open.connect();
    const headers = { authorization: open.token, 'Transfer-Encoding': 'chunked' };
    const size = LIMITS.twinBodyBytes.value + 1;

    connection.send(rawRequest(`PATCH ${TWIN} HTTP/1.1`, headers, `${size.toString(16)}\r\n${'x'.repeat(size)}`));
    const received = await connection.untilAnswers(1);
    connection.socket.destroy();

    expect(statusesIn(received)).toEqual([413]);
  });

  test('After a body that was too large the connection serves the next request.', async () => {
    const connection = await open.connect();
    const size = LIMITS.twinBodyBytes.value + 1;
    const headers = { authorization: open.token };

    connection.send(rawRequest(`PATCH ${TWIN} HTTP/1.1`, { ...headers, 'Content-Length': size }, 'x'.repeat(size)));
    connection.send(rawRequest(`GET ${TWIN} HTTP/1.1`, headers));
    const received = await connection.untilAnswers(2);
    connection.socket.destroy();

    expect(statusesIn(received)).toEqual([413, 200]);
  });

  test('What comes behind the announced length is no part of the body.', async () => {
    const connection = await open.connect();
    const headers = { authorization: open.token, 'Content-Length': 2 };

    connection.send(rawRequest(`PATCH ${TWIN} HTTP/1.1`, headers, '{}{"tags":{"smuggled":1}}'));
    const received = await connection.untilClosed();

    expect(received).not.toContain('smuggled');
    expect(statusesIn(received).every((status) => status === 200 || status === 400)).toBe(true);
  });

  test('A client that goes away in the middle of its body has written nothing.', async () => {
    const connection = await open.connect();
    const headers = { authorization: open.token, 'Content-Length': 1000 };

    connection.send(rawRequest(`PATCH ${TWIN} HTTP/1.1`, headers, '{"tags":{"half":1}}'));
    connection.socket.end();
    await connection.untilClosed();

    expect((await open.fetch({ path: TWIN })).text).not.toContain('half');
  });

  test('Invalid UTF-8 is refused and the connection goes on.', async () => {
    const connection = await open.connect();
    const headers = { authorization: open.token, 'Content-Length': 12 };

    connection.send(rawRequest(`PATCH ${TWIN} HTTP/1.1`, headers, '{"tags":"\xff"}'));
    connection.send(rawRequest(`GET ${TWIN} HTTP/1.1`, { authorization: open.token }));
    const received = await connection.untilAnswers(2);
    connection.socket.destroy();

    expect(statusesIn(received)).toEqual([400, 200]);
    expect(received).toContain('ErrorCode:DeserializationError;');
  });
});

describe('pipelining', () => {
  test('Requests sent at once are answered in their order.', async () => {
    const connection = await open.connect();
    const headers = { authorization: open.token };

    connection.send(
      [
        rawRequest('GET /devices/lamp?api-version=2021-04-12 HTTP/1.1', headers),
        rawRequest('GET /hub/health/live HTTP/1.1'),
        rawRequest('GET /devices/ghost?api-version=2021-04-12 HTTP/1.1', headers),
        rawRequest('GET /nothing HTTP/1.1'),
      ].join(''),
    );
    const received = await connection.untilAnswers(4);
    connection.socket.destroy();

    expect(statusesIn(received)).toEqual([200, 200, 404, 404]);
    expect(received.indexOf('"deviceId":"lamp"')).toBeLessThan(received.indexOf('"live"'));
    expect(received.indexOf('DeviceNotFound')).toBeLessThan(received.indexOf('GenericNotFound'));
  });

  test('A request waits for the answer to the one before it, also when it could be served at once.', async () => {
    const connection = await open.connect();

    await sendWaitingMethod(connection);
    connection.send(patchTags('later'));
    const meanwhile = await open.fetch({ path: TWIN });
    open.clock.advance(5000);
    const received = await connection.untilAnswers(2);
    connection.socket.destroy();

    expect(meanwhile.text).not.toContain('"later"');
    expect(statusesIn(received)).toEqual([404, 200]);
    expect((await open.fetch({ path: TWIN })).text).toContain('"later"');
  });

  test('A request that waits when its client goes away is not served.', async () => {
    const connection = await open.connect();

    await sendWaitingMethod(connection);
    connection.send(patchTags('gone'));
    connection.socket.destroy();
    await connection.untilClosed();
    // Comes later than the end of the line, so when it is answered the hub has seen that too.
    await open.fetch({ path: TWIN });
    open.clock.advance(5000);

    expect((await open.fetch({ path: TWIN })).text).not.toContain('"gone"');
  });

  test('As many requests as the limit may wait; one more closes the connection.', async () => {
    const [within, beyond] = [await open.connect(), await open.connect()];
    const waiting = rawRequest('GET /hub/health/live HTTP/1.1').repeat(LIMITS.httpRequestsWaiting.value);

    await sendWaitingMethod(within);
    within.send(waiting);
    await sendWaitingMethod(beyond);
    beyond.send(waiting + rawRequest('GET /hub/health/live HTTP/1.1'));
    const received = await beyond.untilClosed();
    open.clock.advance(5000);

    expect(received).toBe('');
    expect(statusesIn(await within.untilAnswers(1 + LIMITS.httpRequestsWaiting.value))).toHaveLength(1 + LIMITS.httpRequestsWaiting.value);
    within.socket.destroy();
  });

  /** A direct method that waits five seconds for its device, which does not come. */
  async function sendWaitingMethod(connection: Connection): Promise<void> {
    const body = JSON.stringify({ methodName: 'm', connectTimeoutInSeconds: 5, responseTimeoutInSeconds: 5 });
    const timersBefore = open.clock.pendingTimers;
    const headers = { authorization: open.token, 'Content-Length': body.length };
    connection.send(rawRequest('POST /twins/lamp/methods?api-version=2021-04-12 HTTP/1.1', headers, body));
    await vi.waitFor(() => expect(open.clock.pendingTimers).not.toBe(timersBefore));
  }

  function patchTags(tag: string): string {
    const body = JSON.stringify({ tags: { [tag]: 1 } });
    return rawRequest(`PATCH ${TWIN} HTTP/1.1`, { authorization: open.token, 'Content-Length': body.length }, body);
  }

  test('Nonsense behind a request under way closes the connection without an answer that could be taken for that of the request.', async () => {
    const connection = await open.connect();

    connection.send(`${rawRequest(`GET ${TWIN} HTTP/1.1`, { authorization: open.token })}nonsense\r\n\r\n`);
    const received = await connection.untilClosed();

    expect(statusesIn(received)).toEqual([]);
  });
});

test('A request of HTTP/1.0 needs no Host.', async () => {
  const connection = await open.connect();

  connection.send('GET /hub/health/live HTTP/1.0\r\n\r\n');

  expect(statusesIn(await connection.untilClosed())).toEqual([200]);
});

test('An expectation that nobody knows is passed over.', async () => {
  const connection = await open.connect();

  connection.send(rawRequest('GET /hub/health/live HTTP/1.1', { expect: 'nonsense' }));
  const received = await connection.untilAnswers(1);
  connection.socket.destroy();

  expect(statusesIn(received)).toEqual([200]);
});

test('Request targets of other forms are looked up or refused, not believed.', async () => {
  const connection = await open.connect();

  connection.send(rawRequest('GET https://other.example.com/hub/health/live HTTP/1.1'));
  connection.send(rawRequest('OPTIONS * HTTP/1.1'));
  connection.send(rawRequest('GET /../../etc/passwd HTTP/1.1'));
  connection.send(rawRequest('GET /devices/..%2f..%2fhub%2fpolicies?api-version=2021-04-12 HTTP/1.1', { authorization: open.token }));
  const received = await connection.untilAnswers(4);
  connection.socket.destroy();

  expect(statusesIn(received)).toEqual([200, 404, 404, 404]);
});

test('A client that goes away during a direct method leaves nothing behind.', async () => {
  // Timers are counted, and the file's other tests leave some for a while.
  await using own = await openGateway();
  await own.createDevice('lamp');
  const connection = await own.connect();
  const body = JSON.stringify({ methodName: 'm', connectTimeoutInSeconds: 5, responseTimeoutInSeconds: 5 });
  const timersBefore = own.clock.pendingTimers;

  connection.send(
    rawRequest(
      `POST /twins/lamp/methods?api-version=2021-04-12 HTTP/1.1`,
      { authorization: own.token, 'Content-Length': body.length },
      body,
    ),
  );
  await vi.waitFor(() => expect(own.clock.pendingTimers).not.toBe(timersBefore));
  connection.socket.destroy();
  await connection.untilClosed();
  own.clock.advance(5000);
  await own.hub.devices.get('lamp');

  expect(own.clock.pendingTimers).toBe(timersBefore);
});

test('A request on a connection that its client has reset is not served, and is no fault of the hub.', async () => {
  const logged: string[] = [];
  await using own = await openGateway(createLog({ level: 'warn' }, { write: (line) => logged.push(line) }));
  const line = connectTcp(own.gateway.port, '127.0.0.1');
  const connection = await own.connect({ socket: line });
  const body = JSON.stringify({ deviceId: 'lamp' });

  connection.send(
    rawRequest('PUT /devices/lamp?api-version=2021-04-12 HTTP/1.1', { authorization: own.token, 'Content-Length': body.length }, body),
  );
  line.resetAndDestroy();
  await connection.untilClosed();
  const { status } = await own.fetch({ path: '/devices/lamp?api-version=2021-04-12' });

  expect(status).toBe(404);
  expect(logged).toEqual([]);
});
