// CA certificates on PostgreSQL.
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

export async function listCaCertificates(reader: Reader): Promise<readonly CaCertificate[]> {
  const rows = await reader.rows<CaCertificateRow>(
    `select ${CA_CERTIFICATE_COLUMNS}
     from ca_certificates
     order by name`,
  );
  return rows.map(toCaCertificate);
}

export async function writeCaCertificate(writer: Writer, write: CaCertificateWrite): Promise<CaCertificateEffect> {
  // The rule looks at all certificates, so no other may come or go meanwhile.
  await writer.run('lock table ca_certificates in share row exclusive mode');
  const effect = applyCaCertificateWrite(await listCaCertificates(writer), write);
  if (effect.kind === 'deleted') await writer.run('delete from ca_certificates where name = $1', effect.ca.name);
  else await saveCaCertificate(writer, effect.ca);
  appendAudit(writer, [caCertificateAudit(write, effect)]);
  return effect;
}

async function saveCaCertificate(writer: Writer, ca: CaCertificate): Promise<void> {
  await writer.run(
    `insert into ca_certificates (${CA_CERTIFICATE_COLUMNS})
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
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
    ca.isVerified,
    ca.verificationCode,
    ca.createdTime,
    ca.updatedTime,
  );
}
