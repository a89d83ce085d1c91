// A CA whose certificates let devices in, once somebody has proved to have its key.
import type { JsonObject } from '../json.ts';

export type CaCertificate = {
  readonly name: string;
  readonly etag: string;
  /** DER, base64. */
  readonly certificate: string;
  /** For people, on one line. */
  readonly subject: string;
  /** SHA-1, hexadecimal in upper case: what the cloud service shows. */
  readonly thumbprint: string;
  /** ISO-8601 UTC, as are all times here. */
  readonly expiryTime: string;
  /** Whether devices may sign in by it. */
  readonly isVerified: boolean;
  /** What the common name of the verification certificate must be; null when none was asked for. */
  readonly verificationCode: string | null;
  readonly createdTime: string;
  readonly updatedTime: string;
};

/** As the cloud service shows its properties, where it has them. */
export function caCertificateDocument(ca: CaCertificate): JsonObject {
  return {
    name: ca.name,
    subject: ca.subject,
    thumbprint: ca.thumbprint,
    expiry: ca.expiryTime,
    isVerified: ca.isVerified,
    verificationCode: ca.verificationCode,
    created: ca.createdTime,
    updated: ca.updatedTime,
    etag: ca.etag,
    certificate: ca.certificate,
  };
}
