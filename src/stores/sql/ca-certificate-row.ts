// A row of the table of CA certificates, and the certificate it stands for.
import type { CaCertificate } from '../../domain/certificate/ca-certificate.ts';

export type CaCertificateRow = {
  readonly name: string;
  readonly etag: string;
  readonly certificate: string;
  readonly subject: string;
  readonly thumbprint: string;
  readonly expiry_time: string;
  /** SQLite has no booleans, and says 0 or 1. */
  readonly is_verified: number | boolean;
  readonly verification_code: string | null;
  readonly created_time: string;
  readonly updated_time: string;
};

export const CA_CERTIFICATE_COLUMNS =
  'name, etag, certificate, subject, thumbprint, expiry_time, is_verified, verification_code, created_time, updated_time';

export function toCaCertificate(row: CaCertificateRow): CaCertificate {
  return {
    name: row.name,
    etag: row.etag,
    certificate: row.certificate,
    subject: row.subject,
    thumbprint: row.thumbprint,
    expiryTime: row.expiry_time,
    isVerified: Boolean(row.is_verified),
    verificationCode: row.verification_code,
    createdTime: row.created_time,
    updatedTime: row.updated_time,
  };
}
