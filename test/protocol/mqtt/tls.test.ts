// The MQTT port: which TLS it speaks, and what it does with connections that speak something else.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ensureCertificates, type LocalCertificates } from '../../../src/certificates/server-certificate.ts';
import { clientCertificateOf } from '../../../src/certificates/client-certificate.ts';
import { startMqttGateway } from '../../../src/gateways/mqtt/server.ts';
import { createLog } from '../../../src/system/log.ts';
import { systemClock } from '../../../src/system/system-clock.ts';
import { systemRandom } from '../../../src/system/system-random.ts';
import { connectDevice, connectPacket, openMqttClient, openPlainClient, openTlsSocket, sendConnect } from '../../support/mqtt-client.ts';
import { openHub, type OpenHub } from '../../support/open-hub.ts';
import { openTestHub } from '../../support/test-hub.ts';

describe('The MQTT port', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('speaks %s with X25519 and resumes sessions.', async (version) => {
    await using hub = await openTestHub();
    const options = { minVersion: version, maxVersion: version };
    const first = await openTlsSocket(hub, { ...options });
    const session = await sessionOf(first);

    const second = await openTlsSocket(hub, { ...options, session });

    expect(first.getProtocol()).toBe(version);
    expect(first.getEphemeralKeyInfo()).toMatchObject({ name: 'X25519' });
    expect([first.isSessionReused(), second.isSessionReused()]).toEqual([false, true]);
    first.destroy();
    second.destroy();
  });

  it.each([
    ['AES-128 to a client with the usual list', {}, 'TLS_AES_128_GCM_SHA256'],
    ['AES-256 to one that has nothing else', { ciphers: 'TLS_AES_256_GCM_SHA384' }, 'TLS_AES_256_GCM_SHA384'],
    [
      'ChaCha20 to one that names it first',
      { ciphers: 'TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256' },
      'TLS_CHACHA20_POLY1305_SHA256',
    ],
    ['AES-128 also in TLS 1.2', { maxVersion: 'TLSv1.2' as const }, 'ECDHE-ECDSA-AES128-GCM-SHA256'],
  ])('gives %s.', async (_which, options, cipher) => {
    await using hub = await openTestHub();

    const socket = await openTlsSocket(hub, options);

    expect(socket.getCipher().name).toBe(cipher);
    socket.destroy();
  });

  it('refuses TLS 1.1.', async () => {
    await using hub = await openTestHub();

    const opening = openTlsSocket(hub, { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' });

    await expect(opening).rejects.toThrow(/alert|version/i);
  });

  it('closes a connection without TLS and goes on.', async () => {
    await using hub = await openTestHub();
    const device = await hub.createDevice('lamp');
    const plain = await openPlainClient(hub);

    plain.send(connectPacket(device));
    await plain.closed;
    const client = await connectDevice(hub, device);
    await client.ping();

    expect(hub.hub.connections.count).toBe(1);
    await client.drop();
  });
});

describe('The MQTT gateway', () => {
  it('shows a renewed certificate to new connections, and keeps the old ones.', async () => {
    await using open = await openHub();
    const older = await newCertificate();
    const newer = await newCertificate();
    const gateway = await startMqttGateway({ ...gatewayOptions(open), tls: older, port: 0 });
    const device = await open.createDevice('lamp');
    const client = await connectDevice({ mqttPort: gateway.port, caPem: older.caPem }, device);

    gateway.setCertificate(newer);
    const later = await openMqttClient({ mqttPort: gateway.port, caPem: newer.caPem });
    await client.ping();
    await later.drop();
    await gateway.close();
    await client.closed;

    await expect(openMqttClient({ mqttPort: gateway.port, caPem: newer.caPem })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('says with an error code that its port is taken.', async () => {
    await using open = await openHub();
    const tls = await newCertificate();
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const address = squatter.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;

    const starting = startMqttGateway({ ...gatewayOptions(open), tls, port });

    await expect(starting).rejects.toMatchObject({ code: 'EADDRINUSE' });
    squatter.close();
  });

  it('ends every connection when it stops: a device, a refused one, and one that has said nothing.', async () => {
    await using open = await openHub();
    const tls = await newCertificate();
    const gateway = await startMqttGateway({ ...gatewayOptions(open), tls, port: 0 });
    const endpoint = { mqttPort: gateway.port, caPem: tls.caPem };
    const device = await open.createDevice('lamp');
    const client = await connectDevice(endpoint, device);
    const silent = await openMqttClient(endpoint);
    const refused = await openMqttClient(endpoint);
    refused.hangsUp = false;
    await sendConnect(refused, connectPacket(device, { password: Buffer.from('nonsense') }));

    await gateway.close();

    expect(await open.hub.devices.get('lamp')).toMatchObject({ connectionState: 'Disconnected' });
    await Promise.all([client.closed, silent.closed]);
    await refused.drop();
    await expect(openMqttClient(endpoint)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('ends a stream that is handed to it after its stop.', async () => {
    await using open = await openHub();
    const gateway = await startMqttGateway({ ...gatewayOptions(open), tls: await newCertificate(), port: 0 });
    await gateway.close();
    const late = new PassThrough();

    gateway.serveStream(late, { source: '127.0.0.1', certificate: () => undefined });

    expect(late.destroyed).toBe(true);
  });
});

function gatewayOptions({ hub, clock }: OpenHub): Omit<Parameters<typeof startMqttGateway>[0], 'tls' | 'port'> {
  const log = createLog({ level: 'silent' });
  return { hub, clock, random: systemRandom, log, bindAddress: '127.0.0.1', certificateOf: clientCertificateOf };
}

/** A certificate with a CA of its own. */
async function newCertificate(): Promise<LocalCertificates> {
  const directory = await mkdtemp(join(tmpdir(), 'twinhub-test-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return ensureCertificates({ directory, hostNames: ['localhost'], clock: systemClock });
}

/** In TLS 1.3 the ticket comes after the handshake. */
async function sessionOf(socket: TLSSocket): Promise<Buffer> {
  const known = socket.getSession();
  if (socket.getProtocol() === 'TLSv1.2' && known) return known;
  const [session] = await once(socket, 'session');
  return session;
}
