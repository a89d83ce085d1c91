// Goal: somebody who has never made a certificate gets a CA that the hub trusts and a device certificate; somebody with a CA proves to have it.
// Method: one hub on free ports, started by the command line, and one process a command; openssl as the tool of those who have a CA.
import { execFile, type ChildProcess } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { commandsOn } from '../support/cli-commands.ts';
import { makeCa } from '../support/certificates.ts';
import { awaitLine, endOf, startCli } from '../support/run-cli.ts';

let dataDir: string;
let hub: ChildProcess;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'twinhub-test-'));
  hub = startCli(['start', '--data-dir', dataDir, '--https-port', '0', '--mqtt-port', '0']);
  await awaitLine(hub, /^twinhub ready/m);
});
afterAll(async () => {
  hub.kill('SIGTERM');
  await endOf(hub);
  await rm(dataDir, { recursive: true });
});

const { cli, outputOf, jsonOf } = commandsOn(() => dataDir);

async function openssl(...args: readonly string[]): Promise<void> {
  await promisify(execFile)('openssl', args);
}

async function certificateIn(...path: readonly string[]): Promise<X509Certificate> {
  return new X509Certificate(await readFile(join(dataDir, ...path)));
}

it('create makes a CA that is verified, and device cert has it sign a certificate', async () => {
  const created = await outputOf('ca', 'create', 'test');
  const listed = await outputOf('ca', 'list');
  const made = await outputOf('device', 'cert', 'lamp', '--issuer', 'test');

  const ca = await certificateIn('certificates', 'cas', 'test.pem');
  const lamp = await certificateIn('certificates', 'devices', 'lamp.pem');
  expect(created).toMatch(
    /^ca +test\nstate +verified\nsubject +CN=test\nthumbprint +[0-9A-F]{40}\nexpires .+`twinhub device cert ID --issuer test`\.\n$/s,
  );
  expect(listed).toMatch(/^test +verified +\S+Z +CN=test$/m);
  expect(lamp.checkIssued(ca) && lamp.verify(ca.publicKey)).toBe(true);
  expect(lamp.subject).toBe('CN=lamp');
  expect(made).toContain(lamp.fingerprint256.replaceAll(':', ''));
  const chain = await readFile(join(dataDir, 'certificates', 'devices', 'lamp-chain.pem'), 'utf8');
  expect(chain.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  expect((await stat(join(dataDir, 'certificates', 'cas', 'test-key.pem'))).mode & 0o077).toBe(0);
});

it('create takes the CA of the folder again, as after the hub lost it', async () => {
  await outputOf('ca', 'create', 'again');
  const before = await certificateIn('certificates', 'cas', 'again.pem');
  await outputOf('ca', 'delete', 'again');

  const created = await outputOf('ca', 'create', 'again');

  expect(created).toMatch(/state +verified\n.+that is in the folder was taken again/s);
  expect((await certificateIn('certificates', 'cas', 'again.pem')).fingerprint256).toBe(before.fingerprint256);
});

it('create uploads a CA that you have, and verify leads through the proof', async () => {
  const [key, cert, proofKey, request, proof] = ['k.pem', 'c.pem', 'pk.pem', 'p.csr', 'p.pem'].map((name) => join(dataDir, name)) as [
    string,
    string,
    string,
    string,
    string,
  ];
  await openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-subj', '/O=Factory', '-days', '9');

  const created = await outputOf('ca', 'create', 'factory', '--cert', cert);
  const asked = await outputOf('ca', 'verify', 'factory');
  const [, code = ''] = /^verification code\n {2}([0-9A-F]{48})\n/.exec(asked) ?? [];
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await openssl('req', '-new', ...newKey, '-subj', `/CN=${code}`, '-keyout', proofKey, '-out', request);
  await openssl('x509', '-req', '-in', request, '-CA', cert, '-CAkey', key, '-CAcreateserial', '-days', '1', '-out', proof);
  const wrong = await cli('ca', 'verify', 'factory', '--cert', cert);
  const verified = await outputOf('ca', 'verify', 'factory', '--cert', proof);

  expect(created).toMatch(/^ca +factory\nstate +not verified\n.+Next: `twinhub ca verify factory`\.\n$/s);
  expect(asked).toContain('twinhub ca verify factory --cert proof.pem');
  expect(wrong.code).toBe(1);
  expect(wrong.stderr).toMatch(/^error: The common name of the verification certificate must be the verification code, [0-9A-F]{48}\./);
  expect(verified).toMatch(/^ca +factory\nstate +verified\n/);
  expect(await jsonOf('ca', 'show', 'factory')).toMatchObject({ name: 'factory', isVerified: true, subject: 'O=Factory' });
});

it('create --verified trusts a CA without a proof', async () => {
  const path = join(dataDir, 'trusted.pem');
  await writeFile(path, (await makeCa('trusted')).certPem);

  expect(await jsonOf('ca', 'create', 'trusted', '--cert', path, '--verified')).toMatchObject({ isVerified: true });
});

it.each([
  ['taken', /^error: There is a CA certificate 'taken' already\./],
  ['a b', /^error: 'a b' cannot be the name of a CA certificate\./],
])('create leaves no files of a CA %j that the hub refuses, from which somebody would make certificates in vain', async (name, message) => {
  const path = join(dataDir, 'refused.pem');
  await writeFile(path, (await makeCa('taken by another')).certPem);
  await cli('ca', 'create', 'taken', '--cert', path, '--verified');

  const refused = await cli('ca', 'create', name);
  const made = await cli('device', 'cert', 'lamp', '--issuer', name);

  expect(refused.stderr).toMatch(message);
  expect(made.stderr).toMatch(/^error: There is no CA '.+' in the folder\./);
});

it('device cert makes a certificate that signs itself, and tells its thumbprints', async () => {
  const made = await jsonOf('device', 'cert', 'door', '--self-signed', '--days', '3', '--dir', join(dataDir, 'own'));

  const { fingerprint, fingerprint256, subject, issuer, validToDate } = await certificateIn('own', 'devices', 'door.pem');
  expect(made).toEqual({
    deviceId: 'door',
    certPath: join(dataDir, 'own', 'devices', 'door.pem'),
    keyPath: join(dataDir, 'own', 'devices', 'door-key.pem'),
    thumbprints: { sha1: fingerprint.replaceAll(':', ''), sha256: fingerprint256.replaceAll(':', '') },
    expiry: validToDate.toISOString(),
  });
  expect(issuer).toBe(subject);
});

it.each([
  [
    ['device', 'cert', 'lamp', '--issuer', 'nobody'],
    2,
    /^error: There is no CA 'nobody' in the folder\. Make one with `twinhub ca create nobody`/,
  ],
  [['ca', 'create', 'lost', '--cert', 'missing.pem'], 2, /^error: Cannot read missing\.pem \(ENOENT/],
  [['ca', 'create', 'words', '--cert', 'package.json'], 2, /^error: package\.json holds no certificate\./],
  [['ca', 'create', 'a b'], 1, /^error: 'a b' cannot be the name of a CA certificate\./],
  [['ca', 'verify', 'nobody'], 1, /^error: There is no CA certificate 'nobody'\. See them with `twinhub ca list`\./],
])('%j fails with %i and says why', async (args, code, message) => {
  const failed = await cli(...args);

  expect(failed).toMatchObject({ code, stdout: '' });
  expect(failed.stderr).toMatch(message);
});

it('delete removes a CA from the hub and leaves its files', async () => {
  await outputOf('ca', 'create', 'unused');

  const text = await outputOf('ca', 'delete', 'unused');

  expect(text).toMatch(/^Deleted unused\./);
  expect(await outputOf('ca', 'list')).not.toMatch(/^unused/m);
  expect((await certificateIn('certificates', 'cas', 'unused.pem')).subject).toBe('CN=unused');
});

it('no certificate takes the file of another, whatever the names', async () => {
  const names = ['hall', 'hall-key', 'hall-chain'];

  const made = [];
  for (const name of names) {
    await outputOf('ca', 'create', name);
    made.push(await jsonOf('device', 'cert', name, '--issuer', name));
  }

  for (const [index, name] of names.entries()) {
    const { certPath, keyPath, chainPath } = made[index] as { readonly [path: string]: string };
    const lamp = new X509Certificate(await readFile(String(certPath)));
    expect(lamp.subject).toBe(`CN=${name}`);
    expect(lamp.checkPrivateKey(createPrivateKey(await readFile(String(keyPath))))).toBe(true);
    expect(await readFile(String(chainPath), 'utf8')).toContain(lamp.toString());
  }
});
