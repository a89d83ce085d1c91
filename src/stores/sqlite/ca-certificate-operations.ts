// CA certificates on SQLite.
import { caCertificateAudit } from '../../domain/audit/audit-records.ts';
import type { CaCertificate } from '../../domain/certificate/ca-certificate.ts';
import {
  applyCaCertificateWrite,
  type CaCertificateEffect,
  type CaCertificateWrite,
} from '../../domain/certificate/ca-certificate-write.ts';
import { CA_CERTIFICATE_COLUMNS, type CaCertificateRow, toCaCertificate } from '../sql/ca-certificate-row.ts';
import { appendAudit } from './audit-operations.ts';
import type { Reader, Writer } from './driver.ts';

export function listCaCertificates(reader: Reader): readonly CaCertificate[] {
  const rows = reader.rows<CaCertificateRow>(
    `select ${CA_CERTIFICATE_COLUMNS}
     from ca_certificates
     order by name`,
  );
  return rows.map(toCaCertificate);
}

export function writeCaCertificate(writer: Writer, write: CaCertificateWrite): CaCertificateEffect {
  const effect = applyCaCertificateWrite(listCaCertificates(writer), write);
  if (effect.kind === 'deleted') deleteCaCertificate(writer, effect.ca.name);
  else saveCaCertificate(writer, effect.ca);
  appendAudit(writer, caCertificateAudit(write, effect));
  return effect;
}

function saveCaCertificate(writer: Writer, ca: CaCertificate): void {
  writer.run(
    `insert into ca_certificates (${CA_CERTIFICATE_COLUMNS})
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (name) do update
     set etag = excluded.etag,
       certificate = excluded.certificate,
       subject = excluded.subject,
       thumbprint = excluded.thumbprint,
       expiry_time = excluded.expiry_time,
       is_verified = excluded.is_verified,
       verification_code = excluded.verification_code,
       updated_time = excluded.updated_time`,
    ca.name,
    ca.etag,
    ca.certificate,
    ca.subject,
    ca.thumbprint,
    ca.expiryTime,
    ca.isVerified ? 1 : 0,
    ca.verificationCode,
    ca.createdTime,
    ca.updatedTime,
  );
}

function deleteCaCertificate(writer: Writer, name: string): void {
  writer.run(
    `delete from ca_certificates
     where name = ?`,
    name,
  );
}
