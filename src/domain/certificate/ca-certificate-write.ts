// What happens to the CA certificates of a hub when one is put, verified or deleted: the rules of such writes.
import type { Actor } from '../audit/audit-entry.ts';
import { toBase64 } from '../base64.ts';
import { HubError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { checkPrecondition, type Precondition } from '../precondition.ts';
import { toIsoTime } from '../time.ts';
import type { CaCertificate } from './ca-certificate.ts';
import { type CertificateFacts, issuerFault, validityFault } from './certificate-facts.ts';

/** What the hub keeps of a certificate. */
export type CaUpload = Pick<CaCertificate, 'certificate' | 'subject' | 'thumbprint' | 'expiryTime'>;

/** A certificate that was signed by `issuer` (DER, base64), which proves that somebody has its key. */
type PossessionProof = { readonly issuer: string; readonly commonName: string | undefined };

/** `etag` and `code`: drawn beforehand, so that the rules stay pure. `isVerified` is absent where the caller leaves that to the rules. */
export type CaCertificateCommand = { readonly name: string; readonly precondition: Precondition } & (
  | { readonly kind: 'put'; readonly upload: CaUpload; readonly isVerified: boolean | undefined; readonly etag: string }
  | { readonly kind: 'askCode'; readonly code: string; readonly etag: string }
  | { readonly kind: 'verify'; readonly proof: PossessionProof; readonly etag: string }
  | { readonly kind: 'delete' }
);

/** `at` is ISO-8601 UTC. */
export type CaCertificateWrite = CaCertificateCommand & { readonly at: string; readonly by: Actor };

/** `ca` is as the write leaves it, or as it was before it was deleted. */
export type CaCertificateEffect = {
  readonly kind: 'created' | 'updated' | 'codeGiven' | 'verified' | 'deleted';
  readonly before: CaCertificate | undefined;
  readonly ca: CaCertificate;
};

/** @throws HubError ArgumentInvalid for a certificate that is not that of a CA, or has expired. */
export function caUploadOf(facts: CertificateFacts, nowMs: number): CaUpload {
  const fault = issuerFault(facts) ?? (nowMs > facts.validToMs ? validityFault(facts, nowMs) : undefined);
  if (fault !== undefined) throw invalid(`The certificate of '${facts.subject}' ${fault}.`);
  return { certificate: toBase64(facts.der), subject: facts.subject, thumbprint: facts.sha1, expiryTime: toIsoTime(facts.validToMs) };
}

/**
 * Decides a write against all CA certificates as they stand. Without If-Match a put only creates, and every other write is unconditional; with
 * one a put only replaces. Another certificate under an old name has to be verified again.
 * @throws HubError CertificateNotFound; PreconditionFailed for an old etag; ArgumentInvalid for a proof with another common name than the code;
 * GenericConflict where the name or the certificate is there, the limit is reached, or no code was asked for.
 */
export function applyCaCertificateWrite(all: readonly CaCertificate[], write: CaCertificateWrite): CaCertificateEffect {
  if (write.kind === 'put' && write.precondition.kind === 'none') return created(all, write);
  const current = caNamed(all, write.name);
  checkPrecondition(write.precondition, current.etag);
  switch (write.kind) {
    case 'put':
      return replaced(all, current, write);
    case 'askCode':
      return changed('codeGiven', current, { verificationCode: write.code, etag: write.etag, updatedTime: write.at });
    case 'verify':
      checkProof(current, write.proof);
      return changed('verified', current, { isVerified: true, verificationCode: null, etag: write.etag, updatedTime: write.at });
    case 'delete':
      return { kind: 'deleted', before: current, ca: current };
  }
}

/** @throws HubError CertificateNotFound. */
export function caNamed(all: readonly CaCertificate[], name: string): CaCertificate {
  const ca = all.find((candidate) => candidate.name === name);
  if (ca) return ca;
  throw new HubError('CertificateNotFound', `There is no CA certificate '${name}'.`);
}

type Put = Extract<CaCertificateWrite, { kind: 'put' }>;

function created(all: readonly CaCertificate[], { name, upload, isVerified = false, etag, at }: Put): CaCertificateEffect {
  if (all.some((ca) => ca.name === name)) {
    throw conflict(`There is a CA certificate '${name}' already. Delete it, replace it with If-Match, or choose another name.`);
  }
  checkUnique(all, upload);
  if (all.length >= LIMITS.caCertificates.value) {
    throw conflict(`A hub has at most ${LIMITS.caCertificates.value} CA certificates. Delete one that no device needs.`);
  }
  const ca = { name, ...upload, isVerified, verificationCode: null, etag, createdTime: at, updatedTime: at };
  return { kind: 'created', before: undefined, ca };
}

function replaced(all: readonly CaCertificate[], current: CaCertificate, { upload, isVerified, etag, at }: Put): CaCertificateEffect {
  const others = all.filter(({ name }) => name !== current.name);
  checkUnique(others, upload);
  const isSame = upload.certificate === current.certificate;
  const verified = isVerified ?? (isSame && current.isVerified);
  const verificationCode = isSame && !verified ? current.verificationCode : null;
  return changed('updated', current, { ...upload, isVerified: verified, verificationCode, etag, updatedTime: at });
}

function checkUnique(others: readonly CaCertificate[], { certificate }: CaUpload): void {
  const same = others.find((ca) => ca.certificate === certificate);
  if (same) throw conflict(`The hub has this certificate already, under the name '${same.name}'.`);
}

function checkProof(current: CaCertificate, { issuer, commonName }: PossessionProof): void {
  if (current.verificationCode === null) {
    throw conflict(`No verification code was asked for. Ask for one with POST /hub/certificates/${current.name}/verification-code.`);
  }
  if (issuer !== current.certificate) throw conflict(`The CA certificate '${current.name}' was replaced. Verify it again.`);
  if (commonName === current.verificationCode) return;
  throw invalid(`The common name of the verification certificate must be the verification code, ${current.verificationCode}.`);
}

function changed(kind: CaCertificateEffect['kind'], before: CaCertificate, changes: Partial<CaCertificate>): CaCertificateEffect {
  return { kind, before, ca: { ...before, ...changes } };
}

function conflict(message: string): HubError {
  return new HubError('GenericConflict', message);
}

function invalid(message: string): HubError {
  return new HubError('ArgumentInvalid', message);
}
