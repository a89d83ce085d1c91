// Certificates that are known by their fingerprint alone.
import type { CertificateIdentity } from './certificate-facts.ts';

/** Hexadecimal without separators, in either case: SHA-1 or SHA-256. */
type Thumbprints = { readonly primary: string | null; readonly secondary: string | null };

/** Whether the certificate has one of the thumbprints (behaviour 2.4). */
export function hasThumbprint({ sha1, sha256 }: CertificateIdentity, { primary, secondary }: Thumbprints): boolean {
  return [primary, secondary].some((thumbprint) => thumbprint !== null && [sha1, sha256].includes(thumbprint.toUpperCase()));
}
