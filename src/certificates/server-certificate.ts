// The certificate that the hub's servers show: one from a local CA, made and renewed by itself, or the operator's own.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { LIMITS } from '../domain/limits.ts';
import { SetupError } from '../domain/setup-error.ts';
import type { Clock } from '../ports/clock.ts';
import { findPair, type ReadPair, writePair } from './certificate-files.ts';
import { issueCa, issueServerCertificate } from './issue.ts';
import type { KeyPair } from './x509-library.ts';

/** What a TLS server needs. `expiresAtMs` is the end of the server certificate, in milliseconds since 1970 UTC. */
export type ServerCertificate = KeyPair & { readonly expiresAtMs: number };

/** `caPath` is the file that clients are told to trust. */
export type LocalCertificates = ServerCertificate & { readonly caPem: string; readonly caPath: string };

type LocalNeeds = { readonly directory: string; readonly hostNames: readonly string[]; readonly clock: Clock };

type OwnFiles = { readonly certPath: string; readonly keyPath: string; readonly clock: Clock };

const DAY_MS = 24 * 3600_000;
/** How `issueCa` names a CA: whose certificates the hub may replace. */
const ISSUED_BY_TWINHUB = /^CN=twinhub local CA /m;

/**
 * Reads ca.pem and server.pem with their keys from the folder, and makes what is missing. A server certificate that is for other names, of
 * another CA, or near its end is replaced; the CA never is, since every client would have to trust the new one. A running hub calls this
 * daily and serves what it returns. Calls for one folder must not overlap.
 * @throws SetupError when files are damaged or not the hub's, or the CA has expired.
 */
export async function ensureCertificates(needs: LocalNeeds): Promise<LocalCertificates> {
  const nowMs = needs.clock.nowMs();
  const caPath = join(needs.directory, 'ca.pem');
  const ca = await ensureCa(needs.directory, nowMs);
  const server = await ensureServerCertificate(needs, ca, nowMs);
  return {
    caPem: ca.certPem,
    caPath,
    certPem: server.certPem,
    keyPem: server.keyPem,
    expiresAtMs: server.certificate.validToDate.getTime(),
  };
}

/**
 * Reads the files again at each call, so that a running hub can pick up a renewed certificate.
 * @throws SetupError when a file is missing or damaged, the key is another one's, or the certificate is not valid at this time.
 */
export async function loadOwnCertificate({ certPath, keyPath, clock }: OwnFiles): Promise<ServerCertificate> {
  const pair = await findPair({ certPath, keyPath }, 'Correct --tls-cert and --tls-key, or leave both out to use the local CA.');
  if (!pair) throw new SetupError('environment', `There is no file ${certPath}. Correct --tls-cert, or leave it out to use the local CA.`);
  const { certPem, keyPem, certificate } = pair;
  const nowMs = clock.nowMs();
  if (certificate.validToDate.getTime() <= nowMs) {
    throw new SetupError(
      'environment',
      `The certificate in ${certPath} expired on ${certificate.validTo}. Renew it, or leave out --tls-cert.`,
    );
  }
  if (certificate.validFromDate.getTime() > nowMs) {
    throw new SetupError(
      'environment',
      `The certificate in ${certPath} is valid from ${certificate.validFrom} on. Compare it with the clock of this machine.`,
    );
  }
  return { certPem, keyPem, expiresAtMs: certificate.validToDate.getTime() };
}

async function ensureCa(directory: string, nowMs: number): Promise<ReadPair> {
  const paths = { certPath: join(directory, 'ca.pem'), keyPath: join(directory, 'ca-key.pem') };
  const wayOut = `Restore both files, or delete ${paths.certPath} to get a new CA, which every client has to trust then.`;
  const found = await findPair(paths, wayOut);
  if (!found) {
    const issued = await issueCa(nowMs);
    await writePair(paths, issued);
    return { ...issued, certificate: new X509Certificate(issued.certPem) };
  }
  if (!found.certificate.ca || createPrivateKey(found.keyPem).asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new SetupError('environment', `${paths.certPath} is no CA that twinhub made. ${wayOut}`);
  }
  if (found.certificate.validToDate.getTime() <= nowMs) {
    throw new SetupError('environment', `The CA in ${paths.certPath} expired on ${found.certificate.validTo}. ${wayOut}`);
  }
  return found;
}

async function ensureServerCertificate({ directory, hostNames }: LocalNeeds, ca: ReadPair, nowMs: number): Promise<ReadPair> {
  const paths = { certPath: join(directory, 'server.pem'), keyPath: join(directory, 'server-key.pem') };
  const wayOut = `Delete ${paths.certPath}, and the hub makes a new one.`;
  const found = await findPair(paths, wayOut);
  if (found && !ISSUED_BY_TWINHUB.test(found.certificate.issuer)) {
    throw new SetupError(
      'environment',
      `${paths.certPath} is no certificate that twinhub made. Name your own with --tls-cert and --tls-key. ${wayOut}`,
    );
  }
  if (found && isUsable(found, ca, { hostNames, nowMs })) return found;
  const issued = await issueServerCertificate({ ca, hostNames, nowMs });
  await writePair(paths, issued);
  return { ...issued, certificate: new X509Certificate(issued.certPem) };
}

function isUsable({ certificate }: ReadPair, ca: ReadPair, { hostNames, nowMs }: { hostNames: readonly string[]; nowMs: number }): boolean {
  if (!certificate.checkIssued(ca.certificate) || !certificate.verify(ca.certificate.publicKey)) return false;
  // One from the future was made while the clock was wrong.
  if (certificate.validFromDate.getTime() > nowMs || isNearItsEnd(certificate, ca, nowMs)) return false;
  return isForExactly(hostNames, certificate);
}

function isForExactly(hostNames: readonly string[], certificate: X509Certificate): boolean {
  const covered = hostNames.every((name) => (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined);
  return covered && certificate.subjectAltName?.split(', ').length === hostNames.length;
}

/** A certificate that already lasts as long as its CA gains nothing by renewal. */
function isNearItsEnd(certificate: X509Certificate, ca: ReadPair, nowMs: number): boolean {
  const endMs = certificate.validToDate.getTime();
  const near = endMs - nowMs <= LIMITS.serverCertificateRenewDays.value * DAY_MS;
  return near && endMs < ca.certificate.validToDate.getTime();
}
