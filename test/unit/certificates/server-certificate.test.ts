// Goal: clients that trust the local CA accept the hub under all its names, today and after years, and nobody else's certificate passes.
// Method: real TLS handshakes against what is in the folder, openssl as a second opinion, and a clock that the test moves.
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type SecureVersion } from 'node:tls';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureCertificates, type LocalCertificates, loadOwnCertificate } from '../../../src/certificates/server-certificate.ts';
import { LIMITS } from '../../../src/domain/limits.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const DAY_MS = 24 * 3600_000;
const HOST_NAMES = ['hub.example.com', '192.168.1.5', 'localhost', '127.0.0.1', '::1'];

let directory: string;
let clock: FakeClock;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'twinhub-test-'));
  // The handshakes take place in real time, so the clock begins there.
  // A minute ahead, since a certificate that openssl makes during a test begins at its own second.
  clock = new FakeClock(Math.floor(Date.now() / 1000) * 1000 + 60_000);
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

function ensure(hostNames: readonly string[] = HOST_NAMES): Promise<LocalCertificates> {
  return ensureCertificates({ directory, hostNames, clock });
}

type Handshake = { readonly ca: string; readonly servername?: string; readonly version?: SecureVersion };

/** @returns the TLS version agreed on. @throws what the client finds wrong. */
async function shakeHands(
  certificates: LocalCertificates,
  { ca, servername = 'localhost', version = 'TLSv1.3' }: Handshake,
): Promise<string> {
  const server = createServer({ cert: certificates.certPem, key: certificates.keyPem }, (socket) => socket.end());
  server.on('tlsClientError', () => undefined);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  // The client connects to this machine and checks the certificate for `host`.
  const socket = connectTcp(port, '127.0.0.1');
  const client = connect({ socket, host: servername, ca, minVersion: version, maxVersion: version });
  try {
    await once(client, 'secureConnect');
    return client.getProtocol() ?? '';
  } finally {
    client.destroy();
    server.close();
  }
}

describe('the first start', () => {
  it('makes a CA and a server certificate, with keys for their owner alone', async () => {
    const certificates = await ensure();

    const modes = Object.fromEntries(
      await Promise.all((await readdir(directory)).map(async (name) => [name, (await stat(join(directory, name))).mode & 0o777])),
    );
    expect(modes).toEqual({ 'ca.pem': 0o644, 'ca-key.pem': 0o600, 'server.pem': 0o644, 'server-key.pem': 0o600 });
    expect(certificates.caPath).toBe(join(directory, 'ca.pem'));
    expect(certificates.caPem).toBe(await readFile(certificates.caPath, 'utf8'));
    expect(certificates.certPem).toBe(await readFile(join(directory, 'server.pem'), 'utf8'));
    expect(certificates.keyPem).toBe(await readFile(join(directory, 'server-key.pem'), 'utf8'));
  });

  it('makes certificates that live as long as the limits say', async () => {
    const { caPem, certPem, expiresAtMs } = await ensure();

    const ca = new X509Certificate(caPem);
    const server = new X509Certificate(certPem);
    expect(ca.validToDate.getTime()).toBe(clock.nowMs() + LIMITS.caCertificateDays.value * DAY_MS);
    expect(server.validToDate.getTime()).toBe(clock.nowMs() + LIMITS.serverCertificateDays.value * DAY_MS);
    expect(expiresAtMs).toBe(server.validToDate.getTime());
    expect(server.validFromDate.getTime()).toBeLessThan(clock.nowMs());
  });

  it('makes certificates that openssl verifies strictly, with the marks of a CA and of a server', async () => {
    await ensure();

    const { stdout: verdict } = await openssl('verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', 'ca.pem', 'server.pem');
    const { stdout: ca } = await openssl('x509', '-in', 'ca.pem', '-noout', '-text');
    const { stdout: server } = await openssl('x509', '-in', 'server.pem', '-noout', '-text');

    expect(verdict).toBe('server.pem: OK\n');
    expect(ca).toMatch(/Basic Constraints: critical\s+CA:TRUE, pathlen:0/);
    expect(ca).toMatch(/Key Usage: critical\s+Certificate Sign, CRL Sign/);
    expect(server).toMatch(/Basic Constraints: critical\s+CA:FALSE/);
    expect(server).toMatch(/Key Usage: critical\s+Digital Signature/);
    expect(server).toMatch(/Extended Key Usage:\s+TLS Web Server Authentication/);
    expect(server).toMatch(/NIST CURVE: P-256/);
    expect(server).toContain(
      'DNS:hub.example.com, IP Address:192.168.1.5, DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
    );
    const keyId = /X509v3 Subject Key Identifier:\s+([0-9A-F:]+)/.exec(ca)?.[1];
    expect(keyId).toBeDefined();
    expect(server).toMatch(new RegExp(`X509v3 Authority Key Identifier:\\s+(keyid:)?${keyId}`));
  });

  it('names each CA differently and numbers each certificate at random', async () => {
    const first = await ensure();
    await rm(join(directory, 'ca.pem'));
    const second = await ensure();

    const [one, other] = [first, second].map(({ caPem }) => new X509Certificate(caPem));
    expect(one?.subject).toMatch(/^CN=twinhub local CA [0-9a-f]{8}$/);
    expect(other?.subject).not.toBe(one?.subject);
    expect(one?.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
    expect(new X509Certificate(first.certPem).serialNumber).not.toBe(new X509Certificate(second.certPem).serialNumber);
  });
});

describe('a handshake', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('succeeds with %s', async (version) => {
    const certificates = await ensure();

    const agreed = await shakeHands(certificates, { ca: certificates.caPem, version });

    expect(agreed).toBe(version);
  });

  it.each(['hub.example.com', 'HUB.example.com', '192.168.1.5', '127.0.0.1', '::1'])('succeeds under the name %s', async (servername) => {
    const certificates = await ensure();

    await expect(shakeHands(certificates, { ca: certificates.caPem, servername })).resolves.toBe('TLSv1.3');
  });

  it.each(['other.example.com', 'a.hub.example.com', '192.168.1.6', '::2'])('fails under the name %s', async (servername) => {
    const certificates = await ensure();

    await expect(shakeHands(certificates, { ca: certificates.caPem, servername })).rejects.toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
  });

  it('fails for a client that trusts another CA', async () => {
    const before = await ensure();
    await rm(join(directory, 'ca.pem'));
    const after = await ensure();

    await expect(shakeHands(after, { ca: before.caPem })).rejects.toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    await expect(shakeHands(after, { ca: after.caPem })).resolves.toBe('TLSv1.3');
  });
});

describe('a later start', () => {
  it('keeps everything', async () => {
    const first = await ensure();
    clock.advance(DAY_MS);

    expect(await ensure()).toEqual(first);
  });

  it.each([
    ['one more', [...HOST_NAMES, 'new.example.com']],
    ['one less', HOST_NAMES.slice(1)],
    ['another', ['new.example.com', ...HOST_NAMES.slice(1)]],
    ['another address', ['hub.example.com', '192.168.1.6', ...HOST_NAMES.slice(2)]],
  ])('makes a new server certificate for %s name', async (_, hostNames) => {
    const first = await ensure();

    const second = await ensure(hostNames);

    expect(second.caPem).toBe(first.caPem);
    expect(second.certPem).not.toBe(first.certPem);
    await expect(shakeHands(second, { ca: first.caPem, servername: hostNames[0] ?? '' })).resolves.toBe('TLSv1.3');
  });

  it('makes a new server certificate from the first moment of its last days on', async () => {
    const first = await ensure();
    const untilRenewalMs = (LIMITS.serverCertificateDays.value - LIMITS.serverCertificateRenewDays.value) * DAY_MS;
    clock.advance(untilRenewalMs - 1);
    expect((await ensure()).certPem).toBe(first.certPem);
    clock.advance(1);

    const second = await ensure();

    expect(second.certPem).not.toBe(first.certPem);
    expect(second.caPem).toBe(first.caPem);
    expect(second.expiresAtMs).toBe(clock.nowMs() + LIMITS.serverCertificateDays.value * DAY_MS);
  });

  it('makes a new server certificate when the old one begins in the future', async () => {
    clock.advance(10 * DAY_MS);
    const first = await ensure();
    clock.advance(-10 * DAY_MS);

    const second = await ensure();

    expect(second.certPem).not.toBe(first.certPem);
  });

  it('ends the last server certificate with its CA and does not renew it in vain', async () => {
    const { caPem } = await ensure();
    const caEndMs = new X509Certificate(caPem).validToDate.getTime();
    clock.advance(caEndMs - clock.nowMs() - 10 * DAY_MS);

    const last = await ensure();
    clock.advance(DAY_MS);

    expect(last.expiresAtMs).toBe(caEndMs);
    expect((await ensure()).certPem).toBe(last.certPem);
  });

  it('goes on after a crash between the two files of a pair', async () => {
    const first = await ensure();
    await rm(join(directory, 'server.pem'));

    const second = await ensure();

    expect(second.keyPem).not.toBe(first.keyPem);
    await expect(shakeHands(second, { ca: first.caPem })).resolves.toBe('TLSv1.3');
  });
});

describe('a folder with other contents', () => {
  it('is refused when its CA has expired, from the first moment on', async () => {
    const { caPem } = await ensure();
    const caEndMs = new X509Certificate(caPem).validToDate.getTime();
    clock.advance(caEndMs - clock.nowMs() - 1);
    await ensure();
    clock.advance(1);

    await expect(ensure()).rejects.toMatchObject({
      kind: 'environment',
      message: expect.stringMatching(
        /^The CA in .*ca\.pem expired on .*\. Restore both files, or delete .*ca\.pem to get a new CA, which every client has to trust then\.$/,
      ),
    });
    expect(await readFile(join(directory, 'ca.pem'), 'utf8')).toBe(caPem);
  });

  it.each([
    ['ca.pem', 'no certificate', 'ca.pem holds no PEM certificate. Restore both files, or delete'],
    ['ca-key.pem', 'no key', 'ca-key.pem holds no PEM private key that opens without a passphrase. Restore both files, or delete'],
    ['server.pem', '', 'server.pem holds no PEM certificate. Delete'],
    ['server-key.pem', '', 'server-key.pem holds no PEM private key that opens without a passphrase. Delete'],
  ])('is refused when %s holds %j', async (name, text, message) => {
    await ensure();
    await writeFile(join(directory, name), text);

    await expect(ensure()).rejects.toThrow(message);
    expect(await readFile(join(directory, name), 'utf8')).toBe(text);
  });

  it.each(['ca-key.pem', 'server-key.pem'])('is refused when %s is missing', async (name) => {
    await ensure();
    await rm(join(directory, name));

    await expect(ensure()).rejects.toThrow(`${name} is missing, the key of ${directory}/`);
  });

  it.each([
    ['server-key.pem', 'ca-key.pem', 'ca-key.pem is not the key of the certificate in'],
    ['ca-key.pem', 'server-key.pem', 'server-key.pem is not the key of the certificate in'],
  ])('is refused when the key is that of another certificate: %s as %s', async (from, to, message) => {
    await ensure();
    await copyFile(join(directory, from), join(directory, to));

    await expect(ensure()).rejects.toThrow(message);
  });

  it('is refused when a certificate that is no CA stands in for it', async () => {
    await ensure();
    await copyFile(join(directory, 'server.pem'), join(directory, 'ca.pem'));
    await copyFile(join(directory, 'server-key.pem'), join(directory, 'ca-key.pem'));

    await expect(ensure()).rejects.toThrow('ca.pem is no CA that twinhub made.');
  });

  it('is refused when its CA has a key of another kind', async () => {
    await openssl(...SELF_SIGNED, '-newkey', 'rsa:2048', '-keyout', 'ca-key.pem', '-out', 'ca.pem');

    await expect(ensure()).rejects.toThrow('ca.pem is no CA that twinhub made.');
  });

  it("is refused rather than overwritten when its server certificate is the operator's own", async () => {
    await ensure();
    await openssl(...SELF_SIGNED, ...EC_KEY, '-keyout', 'server-key.pem', '-out', 'server.pem');
    const own = await readFile(join(directory, 'server.pem'), 'utf8');

    await expect(ensure()).rejects.toThrow(
      /server\.pem is no certificate that twinhub made\. Name your own with --tls-cert and --tls-key\./,
    );
    expect(await readFile(join(directory, 'server.pem'), 'utf8')).toBe(own);
  });

  it('is refused when it does not exist', async () => {
    const missing = { directory: join(directory, 'missing'), hostNames: HOST_NAMES, clock };

    await expect(ensureCertificates(missing)).rejects.toThrow(/^Cannot write certificates \(ENOENT.*\)\. Make the folder writable/);
  });
});

describe("the operator's own certificate", () => {
  async function loadOwn(): ReturnType<typeof loadOwnCertificate> {
    return loadOwnCertificate({ certPath: join(directory, 'own.pem'), keyPath: join(directory, 'own-key.pem'), clock });
  }
  const OWN_FILES = ['-keyout', 'own-key.pem', '-out', 'own.pem'];

  it.each([
    ['an EC key', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384']],
    ['an RSA key', ['-newkey', 'rsa:2048']],
  ])('may have %s', async (_, key) => {
    await openssl(...SELF_SIGNED, ...key, ...OWN_FILES);

    const { certPem, keyPem, expiresAtMs } = await loadOwn();

    expect(certPem).toBe(await readFile(join(directory, 'own.pem'), 'utf8'));
    expect(keyPem).toBe(await readFile(join(directory, 'own-key.pem'), 'utf8'));
    expect(expiresAtMs).toBe(new X509Certificate(certPem).validToDate.getTime());
  });

  it('is refused from the moment on at which it expires, and before it begins', async () => {
    await openssl(...SELF_SIGNED, ...EC_KEY, ...OWN_FILES);
    const { expiresAtMs } = await loadOwn();
    const startMs = clock.nowMs();

    clock.advance(expiresAtMs - startMs - 1);
    await loadOwn();
    clock.advance(1);
    await expect(loadOwn()).rejects.toThrow(/^The certificate in .*own\.pem expired on .*\. Renew it, or leave out --tls-cert\.$/);
    clock.advance(startMs - clock.nowMs() - 10 * DAY_MS);
    await expect(loadOwn()).rejects.toThrow(
      /^The certificate in .*own\.pem is valid from .* on\. Compare it with the clock of this machine\.$/,
    );
  });

  it('is refused with a key that has a passphrase, is another one, or is missing', async () => {
    await openssl(...SELF_SIGNED, ...EC_KEY, ...OWN_FILES);
    await openssl('ec', '-aes256', '-passout', 'pass:secret', '-in', 'own-key.pem', '-out', 'locked.pem');

    await copyFile(join(directory, 'locked.pem'), join(directory, 'own-key.pem'));
    await expect(loadOwn()).rejects.toThrow('own-key.pem holds no PEM private key that opens without a passphrase. Correct --tls-cert');
    await openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'own-key.pem');
    await expect(loadOwn()).rejects.toThrow('own-key.pem is not the key of the certificate in');
    await rm(join(directory, 'own-key.pem'));
    await expect(loadOwn()).rejects.toThrow('own-key.pem is missing, the key of');
  });

  it('is refused when there is no such file, or it is no file', async () => {
    await expect(loadOwn()).rejects.toThrow(
      `There is no file ${directory}/own.pem. Correct --tls-cert, or leave it out to use the local CA.`,
    );
    await expect(loadOwnCertificate({ certPath: directory, keyPath: directory, clock })).rejects.toThrow(/^Cannot read .* \(EISDIR/);
  });
});

const SELF_SIGNED = ['req', '-x509', '-nodes', '-days', '30', '-subj', '/CN=own'];
const EC_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];

function openssl(...args: readonly string[]): Promise<{ stdout: string }> {
  return promisify(execFile)('openssl', args, { cwd: directory });
}
