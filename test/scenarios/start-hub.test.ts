// A hub inside the process of a test: what it keeps, what it undoes, and what it leaves behind.
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SetupError, startHub as startPublicHub, type StartedHub, type StartHubOptions } from '../../src/index.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { Registry, ServiceClient } from '../support/sdk.ts';
import { storeOfTests } from '../support/test-store.ts';

let temporary = '';
let temporaryBefore: string | undefined;

beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'twinhub-inside-'));
  temporaryBefore = process.env['TMPDIR'];
  process.env['TMPDIR'] = temporary;
});

afterEach(async () => {
  if (temporaryBefore === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = temporaryBefore;
  await rm(temporary, { recursive: true, force: true });
});

test('A hub that is closed leaves no file, no trusted CA and no redirect behind.', async () => {
  const trustedBefore = trusted();
  const hub = await startHub();
  const registry = Registry.fromConnectionString(hub.connectionString());
  const trustedDuring = trusted();
  await registry.create({ deviceId: 'lamp' });

  await hub.close();
  await hub.close();

  expect([...trustedDuring.difference(trustedBefore)]).toEqual([fingerprintOf(hub.caPem)]);
  expect(trusted()).toEqual(trustedBefore);
  expect(await readdir(temporary)).toEqual([]);
  await expect(Registry.fromConnectionString(hub.connectionString()).get('lamp')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('A hub that is closing is closed for all who wait for it, at the same moment.', async () => {
  const hub = await startHub();
  const first = hub.close();

  await hub.close();

  expect(await readdir(temporary)).toEqual([]);
  await first;
});

test('A start with a wrong option is told by a class that callers can test for.', async () => {
  await expect(startHub({ hostNames: ['no host'] })).rejects.toBeInstanceOf(SetupError);

  expect(await readdir(temporary)).toEqual([]);
});

test('A hub with a data dir finds its devices, keys and CA again.', async () => {
  const dataDir = join(temporary, 'data');
  let first;
  {
    await using hub = await startHub({ dataDir });
    first = { device: await hub.createDevice('lamp'), service: hub.connectionString('service'), caPem: hub.caPem };
  }

  await using again = await startHub({ dataDir });
  const { responseBody: device } = await Registry.fromConnectionString(again.connectionString()).get('lamp');

  expect(first.device).toContain(device.authentication?.symmetricKey?.primaryKey);
  expect({ service: again.connectionString('service'), caPem: again.caPem }).toEqual({ service: first.service, caPem: first.caPem });
});

test('A module gets a connection string of its own, once its device is there.', async () => {
  await using hub = await startHub();
  await expect(hub.createModule('lamp', 'dimmer')).rejects.toMatchObject({ code: 'IotHubUnauthorizedAccess' });
  await hub.createDevice('lamp');

  const connectionString = await hub.createModule('lamp', 'dimmer');

  const { responseBody: module } = await Registry.fromConnectionString(hub.connectionString()).getModule('lamp', 'dimmer');
  const key = module.authentication?.symmetricKey?.primaryKey;
  expect(connectionString).toBe(`HostName=localhost;DeviceId=lamp;ModuleId=dimmer;SharedAccessKey=${key}`);
});

test('A hub sees the time of the clock it is given.', async () => {
  await using hub = await startHub({ clock: new FakeClock(Date.UTC(2031, 4, 6)) });
  const registry = Registry.fromConnectionString(hub.connectionString());

  await hub.createDevice('lamp');

  // The SDK signs for an hour from the machine's time, which is long over on this clock.
  await expect(registry.get('lamp')).rejects.toMatchObject({ name: 'UnauthorizedError' });
});

test('A hub closes at once while a direct method waits for its device, also when its clock stands still.', async () => {
  const hub = await startHub({ clock: new FakeClock(Date.now()) });
  await hub.createDevice('lamp');
  const client = ServiceClient.fromConnectionString(hub.connectionString());
  client.setRetryPolicy({ shouldRetry: () => false, nextRetryTimeout: () => 0 });
  const calling = client.invokeDeviceMethod('lamp', { methodName: 'blink', connectTimeoutInSeconds: 300, responseTimeoutInSeconds: 300 });
  const failure = calling.catch((error: unknown) => error);
  await Registry.fromConnectionString(hub.connectionString()).get('lamp');

  await hub.close();

  expect(await failure).toBeInstanceOf(Error);
});

test('Given policy keys stand in the connection string; a policy that does not exist is refused.', async () => {
  const key = Buffer.alloc(32, 3).toString('base64');
  await using hub = await startHub({ policyKeys: { service: key } });

  expect(hub.connectionString('service')).toBe(`HostName=localhost;SharedAccessKeyName=service;SharedAccessKey=${key}`);
  expect(() => hub.connectionString('nobody')).toThrow("no policy 'nobody'");
});

test('A start that fails, because a port is taken, leaves nothing behind.', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const address = taken.address();
  const httpsPort = typeof address === 'object' && address ? address.port : 0;

  await expect(startHub({ httpsPort })).rejects.toMatchObject({ code: 'EADDRINUSE', port: httpsPort });

  expect(await readdir(temporary)).toEqual([]);
  taken.close();
  await once(taken, 'close');
});

/** Where the run of the tests names no store, that of the caller. */
function startHub(options: StartHubOptions = {}): Promise<StartedHub> {
  const store = storeOfTests(options.dataDir);
  return startPublicHub({ ...options, ...(store !== undefined && { store }) });
}

function trusted(): ReadonlySet<string> {
  return new Set(getCACertificates('default').map(fingerprintOf));
}

/** Node.js gives PEM texts back with other line breaks. */
function fingerprintOf(pem: string): string {
  return new X509Certificate(pem).fingerprint256;
}
