// X.509 certificates of every sort, good and bad, made by the test that needs them.
import { createPrivateKey, webcrypto, X509Certificate } from 'node:crypto';
import type { CertificateFacts } from '../../src/domain/certificate/certificate-facts.ts';
import { createCertificateReader } from '../../src/certificates/certificate-reader.ts';
import { loadX509, newSerial, toPem } from '../../src/certificates/x509-library.ts';

export type Made = {
  readonly certPem: string;
  readonly keyPem: string;
  readonly der: Buffer;
  readonly sha1: string;
  readonly sha256: string;
};

type Wanted = {
  readonly commonName: string;
  /** Default: itself. */
  readonly issuer?: Made;
  /** Default: false. */
  readonly isCa?: boolean;
  readonly pathLength?: number;
  /** Default: an hour ago. */
  readonly fromMs?: number;
  /** Default: in a day. */
  readonly toMs?: number;
  /** Object identifiers. Default: no such extension. */
  readonly purposes?: readonly string[];
  /** Default: no such extension. */
  readonly usages?: readonly ('digitalSignature' | 'keyCertSign' | 'keyEncipherment')[];
  /** Object identifiers of further extensions, critical ones. */
  readonly critical?: readonly string[];
  /** That of its key. Only keys on P-256 issue. Default: P-256. */
  readonly curve?: 'P-256' | 'P-384' | 'P-521';
  /** Further common names in the subject. */
  readonly otherNames?: readonly string[];
};

export const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
export const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';

const P256 = { name: 'ECDSA', namedCurve: 'P-256' };
const HOUR_MS = 3600_000;

export async function makeCertificate(wanted: Wanted): Promise<Made> {
  const x509 = await loadX509();
  const keys = await webcrypto.subtle.generateKey({ ...P256, namedCurve: wanted.curve ?? P256.namedCurve }, true, ['sign', 'verify']);
  const { issuer, isCa = false, usages, purposes, critical = [] } = wanted;
  const nowMs = Date.now();
  const names = [wanted.commonName, ...(wanted.otherNames ?? [])];
  const subject = new x509.Name(names.map((name) => ({ CN: [{ utf8String: name }] })));
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject,
    issuer: issuer ? new x509.X509Certificate(issuer.der).subjectName : subject,
    notBefore: new Date(wanted.fromMs ?? nowMs - HOUR_MS),
    notAfter: new Date(wanted.toMs ?? nowMs + 24 * HOUR_MS),
    publicKey: keys.publicKey,
    signingKey: issuer ? createPrivateKey(issuer.keyPem).toCryptoKey(P256, false, ['sign']) : keys.privateKey,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions: [
      ...(isCa ? [new x509.BasicConstraintsExtension(true, wanted.pathLength, true)] : []),
      ...(usages
        ? [
            new x509.KeyUsagesExtension(
              usages.reduce((flags, usage) => flags | x509.KeyUsageFlags[usage], 0),
              true,
            ),
          ]
        : []),
      ...(purposes ? [new x509.ExtendedKeyUsageExtension([...purposes])] : []),
      ...critical.map((oid) => new x509.Extension(oid, true, new Uint8Array([5, 0]))),
    ],
  });
  return made(`${certificate.toString('pem')}\n`, toPem(keys.privateKey));
}

/** A CA that may do what CAs do. */
export function makeCa(commonName: string, more: Partial<Wanted> = {}): Promise<Made> {
  return makeCertificate({ commonName, isCa: true, usages: ['keyCertSign'], ...more });
}

/** A certificate with which a device signs in. */
export function makeClient(commonName: string, issuer?: Made, more: Partial<Wanted> = {}): Promise<Made> {
  return makeCertificate({ commonName, usages: ['digitalSignature'], purposes: [CLIENT_AUTH], ...(issuer && { issuer }), ...more });
}

export function factsOf({ der }: Pick<Made, 'der'>): Promise<CertificateFacts> {
  const reader = createCertificateReader();
  return reader.read(reader.identify(der));
}

function made(certPem: string, keyPem: string): Made {
  const { raw: der, fingerprint, fingerprint256 } = new X509Certificate(certPem);
  return { certPem, keyPem, der, sha1: fingerprint.replaceAll(':', ''), sha256: fingerprint256.replaceAll(':', '') };
}
