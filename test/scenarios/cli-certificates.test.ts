// Goal: the five lines of the operations page lead from nothing to a device that signs in with a certificate, and the short way without a CA too.
// Method: one hub on free ports, one process a command, and the published device SDK as the app.
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { leadThisProcessTo } from '../../src/redirect/this-process.ts';
import { commandsOn } from '../support/cli-commands.ts';
import { awaitLine, endOf, startCli } from '../support/run-cli.ts';
import { mqttClient } from '../support/sdk.ts';

let dataDir: string;
let hub: ChildProcess;
let stopLeading: () => void;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'twinhub-test-'));
  hub = startCli(['start', '--data-dir', dataDir, '--https-port', '0', '--mqtt-port', '0']);
  await awaitLine(hub, /^twinhub ready/m);
  const record = JSON.parse(await readFile(join(dataDir, 'hub.json'), 'utf8')) as { readonly httpsPort: number; readonly mqttPort: number };
  stopLeading = leadThisProcessTo({ ...record, hostNames: ['localhost'], caPem: await readFile(join(dataDir, 'ca.pem'), 'utf8') });
});
afterAll(async () => {
  stopLeading();
  hub.kill('SIGTERM');
  await endOf(hub);
  await rm(dataDir, { recursive: true });
});

const { outputOf, jsonOf } = commandsOn(() => dataDir);

/** Connects as the device with the files that `device cert` made, reads its twin, and leaves. */
async function useCertificateOf(deviceId: string): Promise<void> {
  const connectionString = (await outputOf('device', 'connection-string', deviceId)).trim();
  expect(connectionString).toBe(`HostName=localhost;DeviceId=${deviceId};x509=true`);
  const client = mqttClient(connectionString);
  const file = (name: string): Promise<string> => readFile(join(dataDir, 'certificates', 'devices', name), 'utf8');
  await client.setOptions({ cert: await file(`${deviceId}.pem`), key: await file(`${deviceId}-key.pem`) });
  await client.open();
  await client.getTwin();
  await client.close();
}

it('a device signs in by a test CA', async () => {
  await outputOf('ca', 'create', 'test-ca');
  const created = await outputOf('device', 'create', 'lamp', '--auth', 'ca');
  const made = await outputOf('device', 'cert', 'lamp', '--issuer', 'test-ca');

  expect(created).toMatch(/^signs in by +ca$/m);
  expect(created).not.toMatch(/key|thumbprint/);
  expect(made).toContain('twinhub device create lamp --auth ca');
  await useCertificateOf('lamp');
});

it('a device signs in by its thumbprint, as the output of device cert says', async () => {
  const made = await outputOf('device', 'cert', 'door', '--self-signed');
  const [, line = ''] = /Next: `twinhub (device create door --auth self-signed --thumbprint [0-9A-F]{64})`/.exec(made) ?? [];

  const created = await outputOf(...line.split(' '));

  expect(created).toMatch(/^signs in by +self-signed\nprimary thumbprint +[0-9A-F]{64}$/m);
  await useCertificateOf('door');
});

it('update changes one thumbprint and leaves the other, and leads back to keys', async () => {
  const [first, second] = ['AB'.repeat(20), 'cd'.repeat(32)];
  await outputOf('device', 'create', 'moving', '--thumbprint', first);

  const withBoth = await jsonOf('device', 'update', 'moving', '--secondary-thumbprint', second);
  const disabled = await jsonOf('device', 'update', 'moving', '--status', 'disabled');
  const withKeys = await outputOf('device', 'update', 'moving', '--auth', 'keys');

  const x509Thumbprint = { primaryThumbprint: first, secondaryThumbprint: second };
  expect(withBoth).toMatchObject({ authentication: { type: 'selfSigned', x509Thumbprint } });
  expect(disabled).toMatchObject({ status: 'disabled', authentication: { type: 'selfSigned', x509Thumbprint } });
  expect(withKeys).toMatch(/^primary key +\S{44}$/m);
  expect(withKeys).not.toMatch(/thumbprint/);
});
