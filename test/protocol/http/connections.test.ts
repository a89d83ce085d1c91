// Connections of the HTTPS gateway: TLS, keep-alive, a new certificate, ports that cannot be had, and the stop.
import { once } from 'node:events';
import { Agent } from 'node:https';
import { connect as connectTcp } from 'node:net';
import type { SecureVersion } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { clientCertificateOf } from '../../../src/certificates/client-certificate.ts';
import { LIMITS } from '../../../src/domain/limits.ts';
import { startHttpGateway } from '../../../src/gateways/http/server.ts';
import { createLog } from '../../../src/system/log.ts';
import { systemRandom } from '../../../src/system/system-random.ts';
import { principalOf, RecordingLink } from '../../support/open-hub.ts';
import { type OpenGateway, openGateway, rawRequest, statusesIn } from './open-gateway.ts';

describe('TLS', () => {
  test.each<SecureVersion>(['TLSv1.2', 'TLSv1.3'])('%s is spoken.', async (version) => {
    await using open = await openGateway();

    const connection = await open.connect({ minVersion: version, maxVersion: version });

    expect(connection.socket.getProtocol()).toBe(version);
    connection.socket.destroy();
  });

  test('TLS 1.1 is not.', async () => {
    await using open = await openGateway();

    await expect(open.connect({ minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })).rejects.toThrow(
      /version|alert/i,
    );
  });

  test.each(['X25519', 'P-256', 'P-384'])('A client that knows the curve %s alone gets in.', async (ecdhCurve) => {
    await using open = await openGateway();

    const connection = await open.connect({ ecdhCurve });

    expect(connection.socket.authorized).toBe(true);
    connection.socket.destroy();
  });

  test.each<SecureVersion>(['TLSv1.2', 'TLSv1.3'])('A session of %s is resumed.', async (version) => {
    await using open = await openGateway();
    const first = await open.connect({ maxVersion: version });
    const session = await first.session;
    first.socket.destroy();

    const second = await open.connect({ maxVersion: version, session });

    expect(second.socket.isSessionReused()).toBe(true);
    second.socket.destroy();
  });

  test('A new certificate is shown to new connections, and the old ones go on.', async () => {
    await using open = await openGateway();
    const before = await open.connect();
    const serialBefore = before.socket.getPeerCertificate().serialNumber;

    open.gateway.setCertificate(await open.newCertificate());
    const after = await open.connect();
    before.send(rawRequest('GET /hub/health/live HTTP/1.1'));

    expect(after.socket.getPeerCertificate().serialNumber).not.toBe(serialBefore);
    expect(after.socket.getProtocol()).toBe('TLSv1.3');
    expect(statusesIn(await before.untilAnswers(1))).toEqual([200]);
    before.socket.destroy();
    after.socket.destroy();
  });

  test('A certificate and a key that are no pair are refused, and the old certificate stays.', async () => {
    await using open = await openGateway();
    const [one, other] = [await open.newCertificate(), await open.newCertificate()];

    expect(() => open.gateway.setCertificate({ certPem: one.certPem, keyPem: other.keyPem })).toThrow(/key values mismatch/i);
    expect((await open.fetch({ path: '/hub/health/live' })).status).toBe(200);
  });

  test('Plain HTTP on the port is cut off.', async () => {
    await using open = await openGateway();
    const socket = connectTcp(open.gateway.port, '127.0.0.1');

    socket.write(rawRequest('GET /hub/health/live HTTP/1.1'));
    socket.resume();
    await once(socket, 'close');

    expect(socket.readyState).toBe('closed');
  });
});

test('A connection is kept for the next request, also after a refusal.', async () => {
  await using open = await openGateway();
  using agent = keepAliveAgent();
  const calls = ['/hub/health/live', '/nothing', '/devices/%zz', '/devices/ghost?api-version=2021-04-12', '/hub/health/live'];

  const reused: boolean[] = [];
  for (const path of calls) reused.push((await open.fetch({ path, agent })).reused);

  expect(reused).toEqual([false, true, true, true, true]);
});

test('The answer tells the client how long the connection is kept.', async () => {
  await using open = await openGateway();
  using agent = keepAliveAgent();

  const { headers } = await open.fetch({ path: '/hub/health/live', agent });

  expect(headers['keep-alive']).toBe(`timeout=${LIMITS.httpKeepAliveSeconds.value}`);
});

test('A port that is taken is an error of Node with its code, and nothing stays open.', async () => {
  await using open = await openGateway();
  const again = startHttpGateway({
    hub: open.hub,
    tls: await open.newCertificate(),
    bindAddress: '127.0.0.1',
    port: open.gateway.port,
    clock: open.clock,
    machineClock: open.clock,
    random: systemRandom,
    log: createLog({ level: 'silent' }),
    version: '1',
    onWebSocket: (stream) => stream.destroy(),
    certificateOf: clientCertificateOf,
  });

  await expect(again).rejects.toMatchObject({ code: 'EADDRINUSE', port: open.gateway.port });
});

describe('closing', () => {
  test('Idle connections are closed at once: used, unused, and without a TLS handshake.', async () => {
    await using open = await openGateway();
    const startedAt = open.clock.nowMs();
    const unused = await open.connect();
    const used = await open.connect();
    used.send(rawRequest('GET /hub/health/live HTTP/1.1'));
    await used.untilAnswers(1);
    const silent = connectTcp(open.gateway.port, '127.0.0.1');
    silent.on('error', () => undefined);
    await once(silent, 'connect');
    const silentClosed = once(silent.resume(), 'close');

    await open.gateway.close();

    await Promise.all([unused.untilClosed(), used.untilClosed(), silentClosed]);
    expect(open.clock.nowMs()).toBe(startedAt);
  });

  test('A request under way gets its answer, then its connection is closed.', async () => {
    await using open = await openGateway();
    const { answer, answerMethod } = await methodUnderWay(open);

    const closing = open.gateway.close();
    answerMethod();
    await closing;

    const received = await answer;
    expect(statusesIn(received)).toEqual([200]);
    expect(received).toMatch(/\r\nconnection: close\r\n/i);
    expect(received).toContain('{"status":200,"payload":"done"}');
  });

  test('A request that does not end in time is cut off.', async () => {
    await using open = await openGateway();
    const { answer } = await methodUnderWay(open);

    const closing = open.gateway.close();
    open.clock.advance(LIMITS.shutdownSeconds.value * 1000);
    await closing;

    expect(statusesIn(await answer)).toEqual([]);
  });

  test('Nothing new is accepted.', async () => {
    await using open = await openGateway();

    await open.gateway.close();

    await expect(open.connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('Closing again is harmless and ends with the first.', async () => {
    await using open = await openGateway();

    const [first, second] = [open.gateway.close(), open.gateway.close()];

    expect(second).toBe(first);
    await expect(first).resolves.toBeUndefined();
  });

  test('No timer is left.', async () => {
    await using open = await openGateway();
    const before = open.clock.pendingTimers;

    await open.gateway.close();

    expect(open.clock.pendingTimers).toBe(before);
  });
});

/** A direct method that waits for its device. `answer`: everything received, once the connection is closed. */
async function methodUnderWay(open: OpenGateway): Promise<{ answer: Promise<string>; answerMethod: () => void }> {
  const link = new RecordingLink();
  const device = await open.hub.connections.connect(principalOf(await open.createDevice('lamp')), link);
  const sent = link.nextMethod();
  const connection = await open.connect();
  const headers = { authorization: open.token, 'Content-Length': 18 };
  connection.send(rawRequest('POST /twins/lamp/methods?api-version=2021-04-12 HTTP/1.1', headers, '{"methodName":"m"}'));
  const { requestId } = await sent;
  return {
    answer: connection.untilClosed(),
    answerMethod: () => device.answerMethod(requestId, { kind: 'done', value: { status: 200, payload: 'done' } }),
  };
}

function keepAliveAgent(): Agent & Disposable {
  const agent = new Agent({ keepAlive: true });
  return Object.assign(agent, { [Symbol.dispose]: () => agent.destroy() });
}

test('A client that goes away during the stop, with many requests that wait, causes no warning.', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on('warning', onWarning);
  onTestFinished(() => void process.off('warning', onWarning));
  await using open = await openGateway();
  const connection = await open.connect();
  const refused = rawRequest('GET /hub/status HTTP/1.1', { authorization: 'nonsense' });

  connection.send(refused.repeat(LIMITS.httpRequestsWaiting.value + 1));
  await connection.untilAnswers(LIMITS.refusalsAtOnce.value);
  connection.socket.destroy();
  open.hub.refusedSignIns.stop();
  await open.gateway.close();
  // The requests that wait end a moment after their connection, and warnings come in a turn of their own.
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));

  expect(warnings).toEqual([]);
});
