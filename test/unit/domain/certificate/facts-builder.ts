// Facts of certificates that were never made, for tests of the rules alone.
import type { CertificateFacts } from '../../../../src/domain/certificate/certificate-facts.ts';

export const NOON_MS = Date.parse('2026-01-31T12:00:00Z');

/** A client's certificate that is valid for an hour before and after noon. Its name is its fingerprint too. */
export function clientFacts(name: string, changes: Partial<CertificateFacts> = {}): CertificateFacts {
  return {
    der: new TextEncoder().encode(name),
    sha1: `1-${name}`,
    sha256: `256-${name}`,
    validFromMs: NOON_MS - 3600_000,
    validToMs: NOON_MS + 3600_000,
    subject: `CN=${name}`,
    commonName: name,
    isCa: false,
    pathLength: undefined,
    keyUsages: ['digitalSignature'],
    extendedKeyUsages: ['1.3.6.1.5.5.7.3.2'],
    unknownCritical: [],
    ...changes,
  };
}

export function caFacts(name: string, changes: Partial<CertificateFacts> = {}): CertificateFacts {
  return clientFacts(name, { isCa: true, keyUsages: ['keyCertSign'], extendedKeyUsages: undefined, ...changes });
}

/** Each certificate with its issuer, by name. */
export function issuedBy(
  issuers: Readonly<Record<string, readonly string[]>>,
): (one: CertificateFacts, other: CertificateFacts) => boolean {
  return ({ commonName = '' }, issuer) => (issuers[commonName] ?? []).includes(issuer.commonName ?? '');
}
