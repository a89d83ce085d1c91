// Devices that sign in over HTTPS with certificates: every request for itself, on connections that stay and on sessions of TLS that are resumed.
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, type AgentOptions, request } from 'node:https';
import { TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import type { LogFields } from '../../../src/ports/log.ts';
import { type Made, makeCa, makeClient } from '../../support/certificates.ts';
import { openTestHub, type TestHub } from '../../support/test-hub.ts';
import { BY_CA, byThumbprint, registerDevice, trustCa } from '../../support/x509-devices.ts';

const IGNORE = (): void => undefined;

type Sent = { readonly status: number | undefined; readonly text: string; readonly isResumed: boolean };

async function send(hub: TestHub, agent: Agent, path = '/devices/lamp/messages/events'): Promise<Sent> {
  const sent = request({
    host: 'localhost',
    port: hub.httpsPort,
    ca: hub.caPem,
    path: `${path}?api-version=2021-04-12`,
    method: path.endsWith('events') ? 'POST' : 'GET',
    agent,
  }).end(path.endsWith('events') ? 'hello' : '');
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part as Buffer);
  const { socket } = sent;
  return {
    status: answer.statusCode,
    text: Buffer.concat(parts).toString(),
    isResumed: socket instanceof TLSSocket && socket.isSessionReused(),
  };
}

function agentOf([own, ...others]: readonly [Made, ...Made[]], options: AgentOptions = {}): Agent {
  return new Agent({ cert: [own, ...others].map(({ certPem }) => certPem).join(''), key: own.keyPem, ...options });
}

test('A device sends and looks for messages on one connection, until its CA is deleted.', async () => {
  await using hub = await openTestHub();
  const ca = await makeCa('ca');
  await trustCa(hub.hub, 'ca', ca);
  await registerDevice(hub.hub, 'lamp', BY_CA);
  const agent = agentOf([await makeClient('lamp', ca)], { keepAlive: true, maxSockets: 1 });

  const before = [await send(hub, agent), await send(hub, agent, '/devices/lamp/messages/devicebound')];
  await hub.hub.caCertificates.delete('ca', { kind: 'none' }, { policy: null, source: null });
  const after = await send(hub, agent);
  agent.destroy();

  expect(before.map(({ status }) => status)).toEqual([204, 204]);
  expect(after.status).toBe(401);
  expect((await hub.hub.devices.get('lamp')).connectionState).toBe('Disconnected');
});

test.each(['TLSv1.2', 'TLSv1.3'] as const)(
  'A session of %s that is resumed keeps the certificate, also one that came through an intermediate.',
  async (version) => {
    await using hub = await openTestHub();
    const root = await makeCa('root');
    const middle = await makeCa('middle', { issuer: root });
    await trustCa(hub.hub, 'root', root);
    await registerDevice(hub.hub, 'lamp', BY_CA);
    const agent = agentOf([await makeClient('lamp', middle), middle], { minVersion: version, maxVersion: version });

    const first = await send(hub, agent);
    const second = await send(hub, agent);
    agent.destroy();

    expect([first, second]).toMatchObject([
      { status: 204, isResumed: false },
      { status: 204, isResumed: true },
    ]);
  },
);

test.each(['TLSv1.2', 'TLSv1.3'] as const)('A session of %s takes a certificate whose key is on P-521.', async (version) => {
  await using hub = await openTestHub();
  const own = await makeClient('x', undefined, { curve: 'P-521' });
  await registerDevice(hub.hub, 'lamp', byThumbprint(own.sha1));
  const agent = agentOf([own], { minVersion: version, maxVersion: version });

  const { status } = await send(hub, agent);
  agent.destroy();

  expect(status).toBe(204);
});

test('A refusal says nothing of its reason to the client, and all of it to the log.', async () => {
  const warnings: LogFields[] = [];
  await using hub = await openTestHub({ log: { debug: IGNORE, info: IGNORE, warn: (fields) => warnings.push(fields), error: IGNORE } });
  await registerDevice(hub.hub, 'lamp', byThumbprint('00'.repeat(20)));
  const agent = agentOf([await makeClient('lamp')]);

  const { status, text } = await send(hub, agent);
  const unknown = await send(hub, agent, '/devices/nobody/messages/events');
  for (let count = 1; warnings.length === 0 && count < 10; count += 1) await send(hub, agent);
  agent.destroy();

  const messageOf = (json: string): unknown => (JSON.parse(json) as { readonly Message: unknown }).Message;
  expect([status, unknown.status]).toEqual([401, 401]);
  expect(messageOf(text)).toBe(messageOf(unknown.text));
  expect(JSON.stringify(warnings)).toContain('Thumbprint does not match configuration');
});

test('A back end is not signed in by a certificate, nor disturbed by one.', async () => {
  await using hub = await openTestHub();
  const ca = await makeCa('ca');
  await trustCa(hub.hub, 'ca', ca);
  const agent = agentOf([await makeClient('lamp', ca)]);

  const { status } = await send(hub, agent, '/devices/lamp');
  agent.destroy();

  expect(status).toBe(401);
});
