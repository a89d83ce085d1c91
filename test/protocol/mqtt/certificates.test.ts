// Sign-in with certificates over MQTT, byte by byte: what CONNECT needs, resumed sessions of TLS, and what ends a connection that a certificate began.
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { queryObjects } from 'node:v8';
import type { IConnectPacket } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/system/system-clock.ts';
import { type Made, makeCa, makeClient } from '../../support/certificates.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { MqttClient, openTlsSocket, sendConnect } from '../../support/mqtt-client.ts';
import { openTestHub, type TestHub } from '../../support/test-hub.ts';
import { BY_CA, byThumbprint, registerDevice, trustCa } from '../../support/x509-devices.ts';

const BY = { policy: null, source: null };

function connectWithout(password: { readonly password?: Buffer } = {}): IConnectPacket {
  const username = 'localhost/lamp/?api-version=2021-04-12';
  return { cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, clientId: 'lamp', keepalive: 60, username, ...password };
}

function showing(...[own, ...others]: readonly [Made, ...Made[]]): ConnectionOptions {
  return { cert: [own, ...others].map(({ certPem }) => certPem).join(''), key: own.keyPem };
}

async function connect(hub: TestHub, options: ConnectionOptions): Promise<MqttClient> {
  const client = new MqttClient(await openTlsSocket(hub, options));
  expect(await sendConnect(client, connectWithout())).toMatchObject({ returnCode: 0 });
  return client;
}

describe('A CONNECT', () => {
  it.each([
    ['without a password', {}],
    ['with an empty password', { password: Buffer.alloc(0) }],
  ])('%s is that of the certificate.', async (_, password) => {
    await using hub = await openTestHub();
    const own = await makeClient('x');
    await registerDevice(hub.hub, 'lamp', byThumbprint(own.sha1));
    await using client = new MqttClient(await openTlsSocket(hub, showing(own)));

    expect(await sendConnect(client, connectWithout(password))).toEqual({ returnCode: 0, sessionPresent: false });
    expect(await hub.hub.devices.get('lamp')).toMatchObject({ connectionState: 'Connected' });
  });

  it('of a module is that of a certificate for the device and the module.', async () => {
    await using hub = await openTestHub();
    const ca = await makeCa('ca');
    await trustCa(hub.hub, 'ca', ca);
    await hub.createDevice('lamp');
    const spec = { deviceId: 'lamp', moduleId: 'dimmer', managedBy: null, authentication: BY_CA };
    await hub.hub.modules.put(spec, { kind: 'none' }, BY);
    const packet = { ...connectWithout(), clientId: 'lamp/dimmer', username: 'localhost/lamp/dimmer/?api-version=2021-04-12' };

    const answers = [];
    for (const commonName of ['lamp/dimmer', 'lamp']) {
      await using client = new MqttClient(await openTlsSocket(hub, showing(await makeClient(commonName, ca))));
      answers.push((await sendConnect(client, packet)).returnCode);
    }

    expect(answers).toEqual([0, 5]);
  });

  it('without a password and without a certificate is refused with 5.', async () => {
    await using hub = await openTestHub();
    await registerDevice(hub.hub, 'lamp', BY_CA);
    await using client = new MqttClient(await openTlsSocket(hub));

    expect(await sendConnect(client, connectWithout())).toMatchObject({ returnCode: 5 });
  });

  it('with a bad token is not saved by a good certificate.', async () => {
    await using hub = await openTestHub();
    const own = await makeClient('x');
    await registerDevice(hub.hub, 'lamp', byThumbprint(own.sha1));
    await using client = new MqttClient(await openTlsSocket(hub, showing(own)));

    expect(await sendConnect(client, connectWithout({ password: Buffer.from('nonsense') }))).toMatchObject({ returnCode: 5 });
  });
});

describe('A connection that stays', () => {
  it('keeps nothing of what was read of its certificates, which costs as much memory as its TLS.', async () => {
    await using hub = await openTestHub();
    const root = await makeCa('root');
    const middle = await makeCa('middle', { issuer: root });
    await trustCa(hub.hub, 'root', root);
    await registerDevice(hub.hub, 'lamp', BY_CA);
    const options = showing(await makeClient('lamp', middle), middle);
    const read = (): number => Number(queryObjects(X509Certificate, { format: 'count' }));
    // The intermediate of a fleet is kept once.
    await (await connect(hub, options)).drop();
    const before = read();

    const client = await connect(hub, options);

    expect(read()).toBeLessThanOrEqual(before);
    await client.drop();
  });
});

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('A session of %s', (version) => {
  it.each(['P-256', 'P-384', 'P-521'] as const)('takes a certificate whose key is on %s.', async (curve) => {
    await using hub = await openTestHub();
    const own = await makeClient('x', undefined, { curve });
    await registerDevice(hub.hub, 'lamp', byThumbprint(own.sha1));

    await using client = new MqttClient(await openTlsSocket(hub, { minVersion: version, maxVersion: version, ...showing(own) }));

    expect(await sendConnect(client, connectWithout())).toMatchObject({ returnCode: 0 });
  });

  it('that is resumed keeps the certificate, also one that came through an intermediate.', async () => {
    await using hub = await openTestHub();
    const root = await makeCa('root');
    const middle = await makeCa('middle', { issuer: root });
    await trustCa(hub.hub, 'root', root);
    await registerDevice(hub.hub, 'lamp', BY_CA);
    const options = { minVersion: version, maxVersion: version, ...showing(await makeClient('lamp', middle), middle) };
    const socket = await openTlsSocket(hub, options);
    const first = new MqttClient(socket);
    const [session] = await Promise.all([sessionOf(socket), sendConnect(first, connectWithout())]);
    await first.drop();

    const again = await openTlsSocket(hub, { ...options, session });
    await using client = new MqttClient(again);
    const answer = await sendConnect(client, connectWithout());

    expect(again.isSessionReused()).toBe(true);
    expect(answer).toMatchObject({ returnCode: 0 });
  });
});

describe('A connection that a certificate began ends', () => {
  it('when the CA that let it in is deleted, and no other one does.', async () => {
    await using hub = await openTestHub();
    const [one, other] = [await makeCa('one'), await makeCa('other')];
    await trustCa(hub.hub, 'one', one);
    await trustCa(hub.hub, 'other', other);
    await registerDevice(hub.hub, 'lamp', BY_CA);
    const client = await connect(hub, showing(await makeClient('lamp', one)));

    await hub.hub.caCertificates.delete('other', { kind: 'none' }, BY);
    await client.ping();
    await hub.hub.caCertificates.delete('one', { kind: 'none' }, BY);
    await client.closed;

    await expect.poll(async () => hub.hub.devices.get('lamp')).toMatchObject({ connectionState: 'Disconnected' });
  });

  it('when its CA is not verified any more, and when it is replaced.', async () => {
    await using hub = await openTestHub();
    const ca = await makeCa('ca');
    await trustCa(hub.hub, 'ca', ca);
    await registerDevice(hub.hub, 'lamp', BY_CA);
    const own = showing(await makeClient('lamp', ca));
    const put = async (made: Made, isVerified: boolean): Promise<unknown> =>
      hub.hub.caCertificates.put({ name: 'ca', der: made.der, isVerified }, { kind: 'any' }, BY);

    const first = await connect(hub, own);
    await put(ca, false);
    await first.closed;
    await put(ca, true);
    const second = await connect(hub, own);
    await put(await makeCa('ca'), true);
    await second.closed;

    expect(hub.hub.connections.count).toBe(0);
  });

  it('when its thumbprint is changed, and stays when nothing of it is.', async () => {
    await using hub = await openTestHub();
    const own = await makeClient('x');
    await registerDevice(hub.hub, 'lamp', byThumbprint(own.sha1));
    const client = await connect(hub, showing(own));

    await registerDevice(hub.hub, 'lamp', byThumbprint(own.sha1));
    await client.ping();
    await registerDevice(hub.hub, 'lamp', byThumbprint(null, '00'.repeat(20)));
    await client.closed;

    await expect.poll(() => hub.hub.connections.count).toBe(0);
  });

  it('with the first certificate of its chain, as with a token.', async () => {
    const machineClock = new FakeClock(systemClock.nowMs());
    const clock = new FakeClock();
    await using hub = await openTestHub({ clock, machineClock });
    const toMs = machineClock.nowMs() - (machineClock.nowMs() % 1000) + 60_000;
    const root = await makeCa('root');
    const middle = await makeCa('middle', { issuer: root, toMs });
    await trustCa(hub.hub, 'root', root);
    await registerDevice(hub.hub, 'lamp', BY_CA);
    const client = await connect(hub, showing(await makeClient('lamp', middle), middle));
    const leftMs = toMs - machineClock.nowMs();

    clock.advance(leftMs - 1);
    await client.ping();
    clock.advance(1);
    await client.closed;

    await expect.poll(() => hub.hub.connections.count).toBe(0);
  });
});

/** In TLS 1.3 the ticket comes after the handshake. */
async function sessionOf(socket: TLSSocket): Promise<Buffer> {
  const known = socket.getSession();
  if (socket.getProtocol() === 'TLSv1.2' && known) return known;
  const [session] = await once(socket, 'session');
  return session;
}
