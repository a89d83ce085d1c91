// What the hub wants to know of an X.509 certificate, read from it by an adapter, so that the rules stay free of cryptography.

/**
 * What costs little to know. Fingerprints are hexadecimal in upper case, without separators. Both ends of the validity belong to it, in
 * milliseconds since 1970 UTC.
 */
export type CertificateIdentity = {
  readonly der: Uint8Array;
  readonly sha1: string;
  readonly sha256: string;
  readonly validFromMs: number;
  readonly validToMs: number;
  /** By the basic constraints; false without them. */
  readonly isCa: boolean;
};

export type KeyUsage = 'digitalSignature' | 'keyAgreement' | 'keyCertSign';

export type CertificateFacts = CertificateIdentity & {
  /** For people, on one line. */
  readonly subject: string;
  /** `undefined` where the subject has none, or more than one. */
  readonly commonName: string | undefined;
  /** How many CAs may stand between this one and the certificate at the end; `undefined`: any number. */
  readonly pathLength: number | undefined;
  /** Those that concern the hub; `undefined` without the extension, which allows every usage. */
  readonly keyUsages: readonly KeyUsage[] | undefined;
  /** Object identifiers; `undefined` without the extension, which allows every purpose. */
  readonly extendedKeyUsages: readonly string[] | undefined;
  /** Object identifiers of critical extensions that the rules here do not obey, so that the certificate must be refused (RFC 5280, 4.2). */
  readonly unknownCritical: readonly string[];
};

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const ANY_PURPOSE = '2.5.29.37.0';

/** Why the certificate does not count at this time; `undefined`: it does. The text goes on after the name of a certificate. */
export function validityFault({ validFromMs, validToMs }: CertificateIdentity, nowMs: number): string | undefined {
  if (nowMs > validToMs) return `expired on ${new Date(validToMs).toISOString()}`;
  if (nowMs < validFromMs) return `is not valid before ${new Date(validFromMs).toISOString()}`;
  return undefined;
}

/** Why a client may not sign in with the certificate, whoever issued it; `undefined`: it may. */
export function clientFault(facts: CertificateFacts): string | undefined {
  const { keyUsages } = facts;
  if (keyUsages && !keyUsages.includes('digitalSignature') && !keyUsages.includes('keyAgreement')) {
    return 'has a key usage without digitalSignature';
  }
  return commonFault(facts);
}

/** Why the certificate cannot issue those of clients, whatever the time; `undefined`: it can. */
export function issuerFault(facts: CertificateFacts): string | undefined {
  if (!facts.isCa) return 'is not that of a CA: its basic constraints do not say so';
  if (facts.keyUsages && !facts.keyUsages.includes('keyCertSign')) return 'has a key usage without keyCertSign';
  return commonFault(facts);
}

function commonFault({ extendedKeyUsages, unknownCritical }: CertificateFacts): string | undefined {
  if (extendedKeyUsages && !extendedKeyUsages.includes(CLIENT_AUTH) && !extendedKeyUsages.includes(ANY_PURPOSE)) {
    return 'has an extended key usage without clientAuth';
  }
  const [unknown] = unknownCritical;
  return unknown === undefined ? undefined : `has the critical extension ${unknown}, which the hub does not know`;
}
