// Goal: a device app on the published SDK signs in with a certificate over every transport, and one whose certificate is no good is told so.
// Method: certificates made here, by thumbprint or by a CA of the hub, straight and through an intermediate.
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Made, makeCa, makeCertificate, makeClient, SERVER_AUTH } from '../support/certificates.ts';
import { answering, type DeviceClient, Message, mqttClient, NO_RETRY, ServiceClient } from '../support/sdk.ts';
import { openTestHub, sasToken, type TestHub } from '../support/test-hub.ts';
import { sasKeys } from '../support/identities.ts';
import {
  BY_CA,
  byThumbprint,
  certificateClient,
  registerDevice,
  type TransportName,
  TRANSPORTS,
  trustCa,
} from '../support/x509-devices.ts';

let hub: TestHub;
let root: Made;
let middle: Made;
let devices = 0;

beforeAll(async () => {
  hub = await openTestHub();
  root = await makeCa('factory root');
  middle = await makeCa('factory line 1', { issuer: root });
  await trustCa(hub.hub, 'factory', root);
});
afterAll(() => hub.close());

/** No two tests share a device, so that refused sign-ins of one make no other wait. */
function newId(): string {
  devices += 1;
  return `lamp-${devices}`;
}

const NAMES = Object.keys(TRANSPORTS) as readonly TransportName[];

/** Opens the app and sends a message. Over HTTPS nothing is sent before the message. */
async function use(client: DeviceClient): Promise<void> {
  try {
    await client.open();
    await client.sendEvent(new Message('hello'));
  } finally {
    await client.close().catch(() => undefined);
  }
}

describe.each(NAMES)('Over %s', (transport) => {
  test.each([
    ['primary SHA-1', ({ sha1 }: Made) => byThumbprint(sha1)],
    ['secondary SHA-1 in lower case', ({ sha1 }: Made) => byThumbprint('00'.repeat(20), sha1.toLowerCase())],
    ['primary SHA-256', ({ sha256 }: Made) => byThumbprint(sha256)],
    ['secondary SHA-256', ({ sha256 }: Made) => byThumbprint(null, sha256)],
  ])('a device signs in by its %s thumbprint.', async (_, authenticationOf) => {
    const deviceId = newId();
    const own = await makeClient('any name');
    await registerDevice(hub.hub, deviceId, authenticationOf(own));

    await expect(use(certificateClient(transport, deviceId, [own]))).resolves.toBeUndefined();
  });

  test('a device signs in with a certificate of a CA, also through an intermediate that it sends along, with the root or without.', async () => {
    const deviceId = newId();
    await registerDevice(hub.hub, deviceId, BY_CA);
    const direct = await makeClient(deviceId, root);
    const through = await makeClient(deviceId, middle);

    for (const chain of [[direct], [through, middle], [through, middle, root]]) {
      await expect(use(certificateClient(transport, deviceId, chain))).resolves.toBeUndefined();
    }
  });

  test.each<readonly [string, (deviceId: string) => Promise<readonly Made[]>]>([
    ['has expired', async (id) => [await makeClient(id, root, { toMs: Date.now() - 1000 })]],
    ['is not valid yet', async (id) => [await makeClient(id, root, { fromMs: Date.now() + 3600_000, toMs: Date.now() + 7200_000 })]],
    ['is for another device', async (id) => [await makeClient(`${id}0`, root)]],
    ['is of an unknown CA', async (id) => [await makeClient(id, await makeCa('factory root'))]],
    ['signs itself', async (id) => [await makeClient(id)]],
    ['is for servers', async (id) => [await makeClient(id, root, { purposes: [SERVER_AUTH] })]],
    ['lacks its intermediate', async (id) => [await makeClient(id, middle)]],
    ['comes through a certificate that is no CA', async (id) => throughClient(id)],
  ])('a certificate that %s is an UnauthorizedError.', async (_, chainFor) => {
    const deviceId = newId();
    await registerDevice(hub.hub, deviceId, BY_CA);

    const using = use(certificateClient(transport, deviceId, await chainFor(deviceId)));

    await expect(using).rejects.toMatchObject({ name: 'UnauthorizedError' });
  });

  test('a certificate with another thumbprint, or past its end, is an UnauthorizedError.', async () => {
    const [one, other] = [newId(), newId()];
    const expired = await makeClient('x', undefined, { toMs: Date.now() - 1000 });
    await registerDevice(hub.hub, one, byThumbprint((await makeClient('x')).sha1));
    await registerDevice(hub.hub, other, byThumbprint(expired.sha256));

    await expect(use(certificateClient(transport, one, [await makeClient('x')]))).rejects.toMatchObject({
      name: 'UnauthorizedError',
    });
    await expect(use(certificateClient(transport, other, [expired]))).rejects.toMatchObject({ name: 'UnauthorizedError' });
  });

  test('a device with keys cannot sign in by a certificate, and a device that is disabled by none.', async () => {
    const [withKeys, disabled] = [newId(), newId()];
    await hub.createDevice(withKeys);
    const { etag: _etag, ...device } = await registerDevice(hub.hub, disabled, BY_CA);
    await hub.hub.devices.put({ ...device, status: 'disabled' }, { kind: 'any' }, { policy: null, source: null });

    for (const deviceId of [withKeys, disabled]) {
      const client = certificateClient(transport, deviceId, [await makeClient(deviceId, root)]);
      await expect(use(client)).rejects.toMatchObject({ name: 'UnauthorizedError' });
    }
  });

  test('a CA that is not verified, or was deleted, lets nobody in.', async () => {
    const deviceId = newId();
    const ca = await makeCa('later');
    await registerDevice(hub.hub, deviceId, BY_CA);
    const client = async (): Promise<DeviceClient> => certificateClient(transport, deviceId, [await makeClient(deviceId, ca)]);
    const by = { policy: null, source: null };

    await hub.hub.caCertificates.put({ name: 'later', der: ca.der, isVerified: undefined }, { kind: 'none' }, by);
    await expect(use(await client())).rejects.toMatchObject({ name: 'UnauthorizedError' });
    await hub.hub.caCertificates.put({ name: 'later', der: ca.der, isVerified: true }, { kind: 'any' }, by);
    await expect(use(await client())).resolves.toBeUndefined();
    await hub.hub.caCertificates.delete('later', { kind: 'none' }, by);
    await expect(use(await client())).rejects.toMatchObject({ name: 'UnauthorizedError' });
  });
});

async function throughClient(deviceId: string): Promise<readonly Made[]> {
  const neighbour = await makeCertificate({ commonName: 'neighbour', issuer: root });
  return [await makeClient(deviceId, neighbour), neighbour];
}

describe.each(['Mqtt', 'MqttWs'] as const)('Over %s', (transport) => {
  test('a device with a certificate has its twin and its methods.', async () => {
    const deviceId = newId();
    await registerDevice(hub.hub, deviceId, BY_CA);
    const client = certificateClient(transport, deviceId, [await makeClient(deviceId, middle), middle]);
    await client.open();
    client.onDeviceMethod('ping', answering(200, 'pong'));

    const twin = await client.getTwin();
    const service = ServiceClient.fromConnectionString(hub.serviceConnectionString('service'));
    const { result } = await service.invokeDeviceMethod(deviceId, { methodName: 'ping', connectTimeoutInSeconds: 20 });

    expect(twin.properties.reported).toMatchObject({ $version: 1 });
    expect(result).toEqual({ status: 200, payload: 'pong' });
    await client.close();
  });
});

test('A device with a certificate cannot sign in with a token of its own, and a policy signs for it as for any other.', async () => {
  const deviceId = newId();
  const { keys } = hub.hub.policies.get('device');
  const before = await hub.createDevice(deviceId);
  await registerDevice(hub.hub, deviceId, byThumbprint((await makeClient('x')).sha1));
  const own = mqttClient(hub.deviceConnectionString(before));
  own.setRetryPolicy(NO_RETRY);
  const policySigned = mqttClient(`HostName=localhost;DeviceId=${deviceId};SharedAccessKeyName=device;SharedAccessKey=${keys.primaryKey}`);

  await expect(own.open()).rejects.toMatchObject({ name: 'UnauthorizedError' });
  await expect(use(policySigned)).resolves.toBeUndefined();
});

test('A device with keys that shows a certificate besides its token signs in by the token.', async () => {
  const device = await hub.createDevice(newId());
  const own = await makeClient('any');
  const token = sasToken({ key: sasKeys(device).primaryKey, resource: `localhost%2Fdevices%2F${device.deviceId}` });

  const sent = request({
    host: 'localhost',
    port: hub.httpsPort,
    path: `/devices/${device.deviceId}/messages/events?api-version=2021-04-12`,
    method: 'POST',
    headers: { authorization: token },
    cert: own.certPem,
    key: own.keyPem,
    agent: false,
  }).end('hello');
  const [{ statusCode }] = (await once(sent, 'response')) as [IncomingMessage];

  expect(statusCode).toBe(204);
});
