// Judges the certificate that the hub shows: names, dates, strength, and who trusts it.
import { toIsoTime } from '../../../domain/time.ts';
import { failed, ok, skipped, type Verdict, warning } from '../finding.ts';
import type { CertificateFile } from '../probes/machine.ts';
import type { CertificateFacts, TlsSight } from '../probes/tls.ts';

const DAY_MS = 24 * 3600_000;
/** The hub renews its own 30 days before the end and looks once a day, so that later than this something keeps it from it. */
const NEAR_ITS_END_DAYS = 21;
/** Below, OpenSSL refuses the key at the security level that Node.js sets. */
const RSA_MIN_BITS = 2048;
const BROKEN_DIGEST = /sha-?1\b|sha1|md5/i;
const LOCAL_CA = /^CN=twinhub local CA /m;

export function judgeNames({ names, coversHostName }: CertificateFacts, hostName: string): Verdict {
  if (coversHostName) return ok(`The certificate is for ${hostName}.`);
  return failed(
    `The certificate is for ${plainNames(names)}, and not for ${hostName}, as connection strings say.`,
    `Start the hub with --hostname ${hostName}, or use one of those names in connection strings; a certificate of your own needs it as subjectAltName.`,
  );
}

/** Whether what listens on the HTTPS port speaks TLS. */
export function judgeTls(sight: TlsSight): Verdict {
  if (sight.kind === 'certificate') return ok(`The HTTPS port speaks ${sight.protocol}.`);
  return failed(
    `What listens on the HTTPS port does not speak TLS (${sight.fault}).`,
    'Correct the host name or the port, or what forwards to the hub.',
  );
}

/** Of the certificate of a server, or of the CA where it is said so. @param nowMs the time of this machine. */
export function judgeDates({ validFromMs, validToMs, issuer }: CertificateFacts, nowMs: number): Verdict {
  const isLocal = LOCAL_CA.test(issuer);
  if (nowMs >= validToMs) {
    return failed(
      `The certificate ended on ${day(validToMs)}.`,
      isLocal
        ? 'Start the hub again, which makes a new one, and look at the clock of this machine.'
        : 'Renew it; the hub reads the files of --tls-cert again once a day and at its start.',
    );
  }
  if (nowMs < validFromMs) {
    return failed(
      `The certificate is good from ${day(validFromMs)} on, which is in the future.`,
      'Correct the clock of this machine, or of the one that made the certificate.',
    );
  }
  const days = Math.floor((validToMs - nowMs) / DAY_MS);
  if (days >= NEAR_ITS_END_DAYS) return ok(`The certificate is good until ${day(validToMs)}.`);
  return warning(
    `The certificate ends on ${day(validToMs)}, in ${days === 1 ? '1 day' : `${days} days`}.`,
    isLocal ? 'Start the hub again, and look in its log why it was not renewed.' : 'Renew it before that day.',
  );
}

export function judgeStrength({ rsaBits, signatureAlgorithm }: CertificateFacts): Verdict {
  const remedy = 'Make a new certificate with a key on P-256, or RSA of 2048 bits, and SHA-256; without --tls-cert the hub makes one.';
  if (rsaBits !== undefined && rsaBits < RSA_MIN_BITS) return warning(`Its RSA key has ${rsaBits} bits, which clients refuse.`, remedy);
  if (BROKEN_DIGEST.test(signatureAlgorithm)) return warning(`It is signed with ${signatureAlgorithm}, which clients refuse.`, remedy);
  return ok(`Key and signature (${signatureAlgorithm}) are strong enough.`);
}

/** `undefined` when there is no such file to compare with. */
export type ChainFacts = { readonly ca: CertificateFile | undefined; readonly sight: Extract<TlsSight, { kind: 'certificate' }> };

/** Whether the certificate is good for the CA that clients are given. `sight` is that of a client that trusts this CA alone. */
export function judgeChain({ ca, sight: { certificate, trustFault } }: ChainFacts): Verdict {
  if (!ca) {
    return skipped(
      `The certificate is of ${plainIssuer(certificate)}; no CA is named to compare it with.`,
      'Name the file of its CA with --ca.',
    );
  }
  if (ca.kind === 'unreadable') {
    return failed(`${ca.path} holds no certificate that can be read (${ca.fault}).`, 'Correct --ca, or restore the file.');
  }
  if (trustFault === undefined) return ok(`The certificate is of the CA in ${ca.path}.`);
  if (isAboutDates(trustFault)) return skipped('Its CA cannot be judged while a date is wrong.', MEND_DATES);
  return failed(
    `The certificate is of ${plainIssuer(certificate)}, and not of the CA in ${ca.path} (${trustFault}).`,
    `Start the hub again if ${ca.path} was replaced while it ran; append the intermediate certificates to the file of --tls-cert if it is of your own CA.`,
  );
}

export type AppTrustFacts = {
  /** As a client sees it that was started with the environment of this command. */
  readonly sight: Extract<TlsSight, { kind: 'certificate' }>;
  /** NODE_EXTRA_CA_CERTS, where it is set. */
  readonly extra: CertificateFile | undefined;
  /** The file that should be trusted, where it is known. */
  readonly caPath: string | undefined;
};

/** Whether Node.js apps that are started in this shell would trust the hub. */
export function judgeAppTrust({ sight: { certificate, trustFault }, extra, caPath }: AppTrustFacts): Verdict {
  if (trustFault === undefined) return ok('Node.js apps started in this shell trust the certificate.');
  if (isAboutDates(trustFault)) return skipped('Whether apps trust it cannot be seen while a date is wrong.', MEND_DATES);
  const remedy = appTrustRemedy(certificate, caPath);
  if (!extra) return warning('Node.js apps started in this shell do not trust the hub: NODE_EXTRA_CA_CERTS is not set.', remedy);
  if (extra.kind === 'unreadable') {
    return failed(`NODE_EXTRA_CA_CERTS names ${extra.path}, which holds no certificate that can be read (${extra.fault}).`, remedy);
  }
  if (LOCAL_CA.test(extra.facts.issuer)) {
    return failed(`NODE_EXTRA_CA_CERTS names ${extra.path}, which is the CA of another hub, perhaps of an earlier data dir.`, remedy);
  }
  return warning(`NODE_EXTRA_CA_CERTS names ${extra.path}, which does not hold the CA of the hub (${trustFault}).`, remedy);
}

function appTrustRemedy(certificate: CertificateFacts, caPath: string | undefined): string {
  if (caPath === undefined && !LOCAL_CA.test(certificate.issuer)) {
    return `Set NODE_EXTRA_CA_CERTS to the certificate of ${plainIssuer(certificate)}; append intermediate ones to the file of --tls-cert, so that the hub sends them.`;
  }
  const file = caPath ?? 'the CA of the hub (ca.pem in its data dir)';
  return `Set NODE_EXTRA_CA_CERTS to ${file} before the app starts, or start the app with \`twinhub exec -- node app.js\`.`;
}

/** The operator's own certificate, of which nothing can be said. */
export function judgeUnreadable({ path, fault }: Extract<CertificateFile, { kind: 'unreadable' }>): Verdict {
  return failed(`${path} holds no certificate that can be read (${fault}).`, 'Correct --tls-cert, or leave it out to use the local CA.');
}

/** The CA in a data dir, or the file that --ca names. */
export function judgeCaFile(ca: CertificateFile, nowMs: number): Verdict {
  if (ca.kind === 'unreadable') {
    if (ca.fault === 'ENOENT') return skipped('There is no CA yet.', 'Start the hub, which makes one.');
    // Whoever may not read the file must not be told to delete it.
    if (ca.fault === 'EACCES') return failed(`You may not read ${ca.path}.`, 'Run this as the user who runs the hub.');
    return failed(`${ca.path} holds no certificate that can be read (${ca.fault}).`, RESTORE_CA);
  }
  if (!ca.isCa) return failed(`${ca.path} is no CA.`, RESTORE_CA);
  if (nowMs >= ca.facts.validToMs) return failed(`The CA in ${ca.path} ended on ${day(ca.facts.validToMs)}.`, RESTORE_CA);
  if (nowMs < ca.facts.validFromMs) {
    return failed(
      `The CA in ${ca.path} is good from ${day(ca.facts.validFromMs)} on, which is in the future.`,
      'Correct the clock of this machine.',
    );
  }
  return ok(`The CA in ${ca.path} is good until ${day(ca.facts.validToMs)}.`);
}

function isAboutDates(trustFault: string): boolean {
  return trustFault === 'CERT_HAS_EXPIRED' || trustFault === 'CERT_NOT_YET_VALID';
}

/** `DNS:localhost, IP Address:127.0.0.1` without the kinds. */
function plainNames(names: string): string {
  return names === '' ? 'no name at all' : names.replaceAll(/(DNS|IP Address):/g, '');
}

function plainIssuer({ issuer, isSelfSigned }: CertificateFacts): string {
  return isSelfSigned ? 'itself (self-signed)' : issuer.replaceAll('\n', ', ');
}

function day(epochMs: number): string {
  return toIsoTime(epochMs).slice(0, 10);
}

const MEND_DATES = 'Mend the dates or the clock first.';
const RESTORE_CA = 'Restore the file with its key, or delete it: the hub makes a new CA then, which every client has to trust.';
