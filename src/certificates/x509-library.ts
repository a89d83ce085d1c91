// The library that reads and issues certificates, loaded only when it is needed: that costs a good part of a second.
import { KeyObject, randomBytes, type webcrypto } from 'node:crypto';
import type * as X509 from '@peculiar/x509';

/** PEM texts; the key is PKCS #8 without a passphrase. */
export type KeyPair = { readonly certPem: string; readonly keyPem: string };

export const ECDSA_P256 = { name: 'ECDSA', namedCurve: 'P-256' };
export const SIGN_ECDSA_SHA256 = { name: 'ECDSA', hash: 'SHA-256' };

/** What is issued is valid from a while before, since the clocks of devices run behind. */
export const CLOCK_TOLERANCE_MS = 3600_000;
export const DAY_MS = 24 * 3600_000;

/** RFC 5280, section 4.1.2.2: at most 20 bytes, positive. */
const SERIAL_BYTES = 16;

export async function loadX509(): Promise<typeof X509> {
  await import('reflect-metadata');
  return import('@peculiar/x509');
}

/** Hexadecimal. The first bit is cleared, which makes the number positive; the second is set, so that no leading zeros are lost. */
export function newSerial(): string {
  const bytes = randomBytes(SERIAL_BYTES);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x3f) | 0x40, 0);
  return bytes.toString('hex');
}

/** With the end of line that lets files be joined. */
export function certificatePem(certificate: X509.X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}

export function toPem(privateKey: webcrypto.CryptoKey): string {
  return KeyObject.from(privateKey).export({ type: 'pkcs8', format: 'pem' }).toString();
}
