// Goal: an operator looks after policies on the command line, rotates keys without locking anybody out, and is told what comes next.
// Method: one hub on free ports, started by the command line, and one process a command.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readHubRecord } from '../../src/config/hub-record.ts';
import { keysOf } from '../support/store-builders.ts';
import { commandsOn } from '../support/cli-commands.ts';
import { awaitLine, endOf, startCli } from '../support/run-cli.ts';

let dataDir: string;
let hub: ChildProcess;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'twinhub-test-'));
  hub = startCli(['start', '--data-dir', dataDir, '--https-port', '0', '--mqtt-port', '0', '--policy', `device=${keysOf('d').primaryKey}`]);
  await awaitLine(hub, /^twinhub ready/m);
});
afterAll(async () => {
  hub.kill('SIGTERM');
  await endOf(hub);
  await rm(dataDir, { recursive: true });
});

const { cli, outputOf, jsonOf: valueOf } = commandsOn(() => dataDir);

/** Answers of the policy calls are objects of texts. */
async function jsonOf(...args: readonly string[]): Promise<Record<string, unknown>> {
  return (await valueOf(...args)) as Record<string, unknown>;
}

it('create makes a policy, shows it with its connection strings, and list has it', async () => {
  const text = await outputOf('policy', 'create', 'dashboard', '--permission', 'RegistryRead', 'ServiceConnect');

  expect(text).toMatch(
    /^policy +dashboard\npermissions +RegistryRead, ServiceConnect\nprimary key +\S{44}\nsecondary key +\S{44}\n\nconnection string, primary key\n  HostName=localhost;SharedAccessKeyName=dashboard;SharedAccessKey=\S{44}\nconnection string, secondary key\n  HostName=\S+\n$/,
  );
  expect(await outputOf('policy', 'list')).toMatch(/^dashboard +RegistryRead, ServiceConnect$/m);
});

it('create takes keys, and refuses a second policy of the name', async () => {
  const { primaryKey, secondaryKey } = keysOf('g');
  const options = ['--permission', 'DeviceConnect', '--primary-key', primaryKey, '--secondary-key', secondaryKey];

  const policy = await jsonOf('policy', 'create', 'gateway', ...options);
  const { code, stderr } = await cli('policy', 'create', 'gateway', ...options);

  expect(policy).toEqual({ name: 'gateway', permissions: ['DeviceConnect'], primaryKey, secondaryKey });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: There is a policy 'gateway' already\. .+\(GenericConflict, tracking id [0-9a-f]{32}\)\n$/);
});

it('update changes what a policy may do and leaves its keys', async () => {
  const before = await jsonOf('policy', 'create', 'changing', '--permission', 'RegistryRead');

  const after = await jsonOf('policy', 'update', 'changing', '--permission', 'RegistryRead', '--permission', 'RegistryWrite');
  const text = await outputOf('policy', 'update', 'changing', '--permission', 'RegistryRead');

  expect(after).toEqual({ ...before, permissions: ['RegistryRead', 'RegistryWrite'] });
  expect(text).toMatch(/^policy +changing\npermissions +RegistryRead\n.+are held to this from their next request on\./s);
});

it('rotate leads from one key to the other, and says who is cut off and what comes next', async () => {
  await outputOf('policy', 'create', 'rotated', '--permission', 'RegistryRead');

  const first = await outputOf('policy', 'rotate', 'rotated', '--key', 'secondary');
  const moved = (await outputOf('policy', 'connection-string', 'rotated', '--secondary')).trim();
  const second = await outputOf('policy', 'rotate', 'rotated', '--key', 'primary');

  expect(first).toContain(moved);
  expect(first).toMatch(/Apps with the old secondary key are refused .+\nNext, .+`twinhub policy rotate rotated --key primary`\.\n$/);
  expect(second).toMatch(/Apps with the old primary key are refused .+Give them a connection string from above\.\n$/);
  expect(await outputOf('--connect', await throughPort(moved), '--ca', join(dataDir, 'ca.pem'), 'device', 'list')).toMatch(/^No devices/);
});

it('token signs for one path and a time, and ends with its key', async () => {
  await outputOf('policy', 'create', 'collector', '--permission', 'ServiceConnect');
  const before = Date.now();

  const token = (await outputOf('policy', 'token', 'collector', '--path', '/hub/metrics', '--days', '365')).trim();
  const { expiry } = await jsonOf('policy', 'token', 'collector', '--days', '2', '--secondary');
  const statuses = [await statusOf('/hub/metrics', token), await statusOf('/hub/status', token)];
  await outputOf('policy', 'rotate', 'collector', '--key', 'primary');

  expect(token).toMatch(/^SharedAccessSignature sr=localhost%2Fhub%2Fmetrics&sig=\S+&skn=collector&se=\d+$/);
  expect(Math.round((Date.parse(String(expiry)) - before) / 3600_000)).toBe(48);
  expect(statuses).toEqual([200, 401]);
  expect(await statusOf('/hub/metrics', token)).toBe(401);
});

/** Of a GET with this header Authorization. */
async function statusOf(path: string, authorization: string): Promise<number | undefined> {
  const { httpsPort } = await readHubRecord(dataDir);
  const ca = await readFile(join(dataDir, 'ca.pem'));
  const [response]: IncomingMessage[] = await once(
    get({ host: 'localhost', port: httpsPort, ca, path, headers: { authorization } }),
    'response',
  );
  response?.resume();
  return response?.statusCode;
}

it('the audit tells what was done to a policy, without a version and without a key', async () => {
  await outputOf('policy', 'create', 'watched', '--permission', 'RegistryRead');
  await outputOf('policy', 'rotate', 'watched', '--key', 'both');

  const text = await outputOf('audit', 'list', '--target', 'watched');

  expect(text).toMatch(/ policy\.rotate +watched +iothubowner +127\.0\.0\.1 +primary key, secondary key\n/);
  expect(text).toMatch(/ policy\.create +watched +iothubowner +127\.0\.0\.1 +RegistryRead\n$/);
});

it('rotate of the policy that commands use keeps them working, and refuses what had its old key', async () => {
  const old = (await outputOf('policy', 'connection-string', 'iothubowner')).trim();

  const rotated = await jsonOf('policy', 'rotate', 'iothubowner', '--key', 'both');
  const shown = await jsonOf('policy', 'show', 'iothubowner');
  const { code, stderr } = await cli('--connect', await throughPort(old), '--ca', join(dataDir, 'ca.pem'), 'device', 'list');

  expect(shown).toEqual(rotated);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: The signature of the token does not fit its key\. Check the connection string/);
});

it('rotate refuses a primary key that start gives, and says where it is changed', async () => {
  const { code, stderr } = await cli('policy', 'rotate', 'device', '--key', 'primary');

  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^error: The primary key of 'device' is given when the hub starts.+--policy device=KEY, or without\. \(GenericConflict/,
  );
});

it("delete removes a policy of one's own, and none of every hub", async () => {
  await outputOf('policy', 'create', 'unused', '--permission', 'RegistryRead');

  const text = await outputOf('policy', 'delete', 'unused');
  const again = await cli('policy', 'delete', 'unused');
  const standing = await cli('policy', 'delete', 'service');

  expect(text).toMatch(/^Deleted unused\. Apps that use it are refused from their next request on/);
  expect(again.stderr).toMatch(/^error: There is no policy 'unused'\. The policies are .+\. \(GenericNotFound/);
  expect(standing.stderr).toMatch(
    /^error: Every hub has the policy 'service'\. Rotate its keys instead of deleting it\. \(GenericConflict/,
  );
});

/** A connection string that leads to this hub, which is not on port 443. */
async function throughPort(connectionString: string): Promise<string> {
  const { httpsPort } = JSON.parse(await readFile(join(dataDir, 'hub.json'), 'utf8')) as { readonly httpsPort: number };
  return connectionString.replace('HostName=localhost;', `HostName=localhost:${httpsPort};`);
}
