// Reads X.509 certificates for the rules of the hub: Node.js reads names, times and signatures, the library what stands in extensions.
import { X509Certificate } from 'node:crypto';
import type * as X509 from '@peculiar/x509';
import type { CertificateFacts, CertificateIdentity, KeyUsage } from '../domain/certificate/certificate-facts.ts';
import { HubError } from '../domain/errors.ts';
import type { CertificateReader } from '../ports/certificate-reader.ts';
import { loadX509 } from './x509-library.ts';

export function createCertificateReader(): CertificateReader {
  const parsed = new WeakMap<CertificateIdentity, X509Certificate>();
  const parsedOf = (certificate: CertificateIdentity): X509Certificate => parsed.get(certificate) ?? new X509Certificate(certificate.der);
  return {
    identify(der): CertificateIdentity {
      const certificate = parse(() => new X509Certificate(der));
      const identity = parse(() => identityOf(certificate));
      parsed.set(identity, certificate);
      return identity;
    },
    async read(identity): Promise<CertificateFacts> {
      const x509 = await loadX509();
      const certificate = parsedOf(identity);
      const facts = parse(() => factsOf(certificate, x509));
      parsed.set(facts, certificate);
      return facts;
    },
    isIssuedBy: (certificate, issuer) => isIssuedBy(parsedOf(certificate), parsedOf(issuer)),
  };
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  } catch {
    // A key or an algorithm that OpenSSL does not know.
    return false;
  }
}

/** These have no further meaning where nobody asks for a policy, or are obeyed by the rules. */
const KNOWN_EXTENSIONS: ReadonlySet<string> = new Set([
  '2.5.29.14', // subject key identifier
  '2.5.29.15', // key usage
  '2.5.29.17', // subject alternative name
  '2.5.29.19', // basic constraints
  '2.5.29.32', // certificate policies
  '2.5.29.35', // authority key identifier
  '2.5.29.37', // extended key usage
]);

function factsOf(certificate: X509Certificate, x509: typeof X509): CertificateFacts {
  const read = new x509.X509Certificate(certificate.raw);
  const constraints = read.getExtension(x509.BasicConstraintsExtension);
  const usages = read.getExtension(x509.KeyUsagesExtension)?.usages;
  const purposes = read.getExtension(x509.ExtendedKeyUsageExtension)?.usages;
  const commonNames = read.subjectName.getField('CN');
  return {
    ...identityOf(certificate),
    subject: printable(certificate.subject),
    commonName: commonNames.length === 1 ? commonNames[0] : undefined,
    pathLength: constraints?.pathLength,
    keyUsages: usages === undefined ? undefined : usagesOf(usages, x509),
    // A certificate may name purposes that the library has no word for.
    extendedKeyUsages: purposes?.map(String),
    unknownCritical: read.extensions.filter(({ critical, type }) => critical && !KNOWN_EXTENSIONS.has(type)).map(({ type }) => type),
  };
}

function identityOf(certificate: X509Certificate): CertificateIdentity {
  return {
    der: certificate.raw,
    sha1: withoutColons(certificate.fingerprint),
    sha256: withoutColons(certificate.fingerprint256),
    validFromMs: certificate.validFromDate.getTime(),
    validToMs: certificate.validToDate.getTime(),
    isCa: certificate.ca,
  };
}

function usagesOf(flags: X509.KeyUsageFlags, { KeyUsageFlags }: typeof X509): readonly KeyUsage[] {
  const known: readonly KeyUsage[] = ['digitalSignature', 'keyAgreement', 'keyCertSign'];
  return known.filter((usage) => (flags & KeyUsageFlags[usage]) !== 0);
}

function withoutColons(fingerprint: string): string {
  return fingerprint.replaceAll(':', '');
}

/** A name is text of the issuer's choice, and is kept and shown. Node.js gives it one line for each part. */
function printable(name: string): string {
  return name
    .replaceAll('\n', ', ')
    .replaceAll(/\p{Cc}/gu, ' ')
    .toWellFormed();
}

function parse<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new HubError('ArgumentInvalid', 'The bytes are no X.509 certificate that can be read.', { cause: error });
  }
}
