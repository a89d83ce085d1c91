// Issues the certificates of the local CA. The library is loaded only when something is issued: it costs a good part of a second.
import { createPrivateKey, KeyObject, randomBytes, webcrypto, type X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type * as X509 from '@peculiar/x509';
import { LIMITS } from '../domain/limits.ts';

/** PEM texts; the key is PKCS #8 without a passphrase. */
export type KeyPair = { readonly certPem: string; readonly keyPem: string };

/** What is issued is valid from a while before, since the clocks of devices run behind. */
const CLOCK_TOLERANCE_MS = 3600_000;
const DAY_MS = 24 * 3600_000;
/** RFC 5280, section 4.1.2.2: at most 20 bytes, positive. */
const SERIAL_BYTES = 16;

const ECDSA_P256 = { name: 'ECDSA', namedCurve: 'P-256' };
const SIGN_ECDSA_SHA256 = { name: 'ECDSA', hash: 'SHA-256' };

/** A new root, which can sign server certificates but no further CAs. Its name is unique, so that a trust store tells two hubs apart. */
export async function issueCa(nowMs: number): Promise<KeyPair> {
  const x509 = await loadX509();
  const keys = await webcrypto.subtle.generateKey(ECDSA_P256, true, ['sign', 'verify']);
  const { keyCertSign, cRLSign } = x509.KeyUsageFlags;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: [{ CN: [`twinhub local CA ${randomBytes(4).toString('hex')}`] }],
    notBefore: new Date(nowMs - CLOCK_TOLERANCE_MS),
    notAfter: new Date(nowMs + LIMITS.caCertificateDays.value * DAY_MS),
    keys,
    signingAlgorithm: SIGN_ECDSA_SHA256,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(keyCertSign | cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certPem: certificate.toString('pem'), keyPem: toPem(keys.privateKey) };
}

type ServerRequest = {
  readonly ca: { readonly certificate: X509Certificate; readonly keyPem: string };
  readonly hostNames: readonly string[];
  readonly nowMs: number;
};

/** A certificate for all names and addresses, which ends with its CA at the latest. */
export async function issueServerCertificate({ ca, hostNames, nowMs }: ServerRequest): Promise<KeyPair> {
  const x509 = await loadX509();
  const keys = await webcrypto.subtle.generateKey(ECDSA_P256, true, ['sign', 'verify']);
  const issuer = new x509.X509Certificate(ca.certificate.raw);
  const wantedEndMs = nowMs + LIMITS.serverCertificateDays.value * DAY_MS;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: newSerial(),
    // Clients read the names from the extension alone; a common name could not hold more than 64 characters.
    subject: [{ CN: ['twinhub'] }],
    issuer: issuer.subjectName,
    notBefore: new Date(nowMs - CLOCK_TOLERANCE_MS),
    notAfter: new Date(Math.min(wantedEndMs, issuer.notAfter.getTime())),
    publicKey: keys.publicKey,
    signingKey: createPrivateKey(ca.keyPem).toCryptoKey(ECDSA_P256, false, ['sign']),
    signingAlgorithm: SIGN_ECDSA_SHA256,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(hostNames.map((name) => ({ type: isIP(name) === 0 ? 'dns' : 'ip', value: name }))),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return { certPem: certificate.toString('pem'), keyPem: toPem(keys.privateKey) };
}

async function loadX509(): Promise<typeof X509> {
  await import('reflect-metadata');
  return import('@peculiar/x509');
}

/** Hexadecimal. The first bit is cleared, which makes the number positive; the second is set, so that no leading zeros are lost. */
function newSerial(): string {
  const bytes = randomBytes(SERIAL_BYTES);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x3f) | 0x40, 0);
  return bytes.toString('hex');
}

function toPem(privateKey: webcrypto.CryptoKey): string {
  return KeyObject.from(privateKey).export({ type: 'pkcs8', format: 'pem' }).toString();
}
