// The checks of what is behind the HTTPS port: the certificate, the clock, and whether the hub lets this policy in.
import type { Clock } from '../../ports/clock.ts';
import { packageVersion } from '../../system/package-version.ts';
import { textAt } from '../output.ts';
import { type Finding, mendFirst, skipped, type Verdict } from './finding.ts';
import { type CertificateFile, readCertificateFile } from './probes/machine.ts';
import { askHealth, askStatus, type HttpAnswer } from './probes/protocols.ts';
import { lookAtTls, type Place, type TlsSight } from './probes/tls.ts';
import { judgeAppTrust, judgeCaFile, judgeChain, judgeDates, judgeNames, judgeStrength, judgeTls } from './rules/certificate.ts';
import { judgeClock } from './rules/clock.ts';
import { judgeReadiness, judgeSignIn, judgeVersions } from './rules/hub.ts';
import type { Endpoint, ReachableSubject } from './subject.ts';
import type { Surroundings } from './surroundings.ts';

/** In the order in which they are shown. */
export const HTTPS_CHECKS: readonly string[] = [
  'tls',
  'ca',
  'certificate names',
  'certificate dates',
  'certificate key',
  'certificate chain',
  'app trust',
  'ready',
  'clock',
  'sign-in',
  'versions',
];

type Certified = Extract<TlsSight, { kind: 'certificate' }>;

/** What one client sees that trusts what this process trusts, and one that trusts the CA of the hub alone, where that is known. */
type Certificates = {
  readonly asApp: Certified;
  readonly asTold: Certified;
  readonly ca: CertificateFile | undefined;
  readonly extra: CertificateFile | undefined;
};

export async function examineHttps(
  subject: ReachableSubject,
  place: Place,
  { clock, env }: Pick<Surroundings, 'clock' | 'env'>,
): Promise<readonly Finding[]> {
  const { endpoint } = subject;
  const extraPath = env['NODE_EXTRA_CA_CERTS'] ?? '';
  const [ca, extra] = await Promise.all([
    endpoint.caPath === undefined ? undefined : readCertificateFile(endpoint.caPath, place.hostName),
    extraPath === '' ? undefined : readCertificateFile(extraPath, place.hostName),
  ]);
  const [asApp, asTold, health] = await Promise.all([
    lookAtTls(place, undefined, clock),
    lookAtTls(place, pemOf(ca), clock),
    askHealth(place, clock),
  ]);
  const tls: Finding = { check: 'tls', ...judgeTls(asApp.kind === 'fault' ? asApp : asTold) };
  if (asApp.kind === 'fault' || asTold.kind === 'fault') {
    return [tls, ...HTTPS_CHECKS.filter((check) => check !== tls.check).map((check) => ({ check, ...mendFirst(tls.check) }))];
  }
  const certificates = { asApp, asTold, ca, extra };
  const signedIn = await signIn(endpoint, { place, certificates, health }, clock);
  return [
    tls,
    ...judgeCertificates(certificates, endpoint, clock.nowMs()),
    { check: 'ready', ...judgeReadiness(health) },
    { check: 'clock', ...examineClock(health) },
    { check: 'sign-in', ...signedIn.verdict },
    { check: 'versions', ...judgeVersions(packageVersion, subject.kind === 'running' ? subject.record.version : signedIn.hubVersion) },
  ];
}

function judgeCertificates({ asApp, asTold, ca, extra }: Certificates, endpoint: Endpoint, nowMs: number): readonly Finding[] {
  const { certificate } = asTold;
  return [
    { check: 'ca', ...(ca ? judgeCaFile(ca, nowMs) : NO_CA) },
    { check: 'certificate names', ...judgeNames(certificate, endpoint.hostName) },
    { check: 'certificate dates', ...judgeDates(certificate, nowMs) },
    { check: 'certificate key', ...judgeStrength(certificate) },
    { check: 'certificate chain', ...judgeChain({ ca, sight: asTold }) },
    { check: 'app trust', ...judgeAppTrust({ sight: asApp, extra, caPath: endpoint.caPath }) },
  ];
}

function examineClock(health: HttpAnswer): Verdict {
  if (health.kind === 'fault' || health.hubMs === undefined) return mendFirst('ready');
  return judgeClock(health.hubMs, health.nowMs);
}

type SignInParts = { readonly place: Place; readonly certificates: Certificates; readonly health: HttpAnswer };
type SignedIn = { readonly verdict: Verdict; readonly hubVersion: string | undefined };

/** A token is a secret, so that only a server with the right certificate is sent one. */
async function signIn({ policy }: Endpoint, { place, certificates, health }: SignInParts, clock: Clock): Promise<SignedIn> {
  if (!policy) return { verdict: DEVICE_SIGN_IN, hubVersion: undefined };
  if (policy.name === 'device') return { verdict: DEVICE_POLICY, hubVersion: undefined };
  const { asApp, asTold, ca } = certificates;
  const isTrusted = asTold.certificate.coversHostName && (asTold.trustFault === undefined || asApp.trustFault === undefined);
  if (!isTrusted) return { verdict: mendFirst('certificate chain'), hubVersion: undefined };
  if (health.kind === 'fault' || health.hubMs === undefined) return { verdict: mendFirst('ready'), hubVersion: undefined };
  const trusted = asTold.trustFault === undefined ? pemOf(ca) : undefined;
  const answer = await askStatus(place, { policy, hubMs: health.hubMs, ca: trusted }, clock);
  const version = answer.kind === 'answer' ? textAt(answer.body, 'version') : '';
  return { verdict: judgeSignIn(policy.name, answer), hubVersion: version === '' ? undefined : version };
}

function pemOf(file: CertificateFile | undefined): string | undefined {
  return file?.kind === 'certificate' ? file.pem : undefined;
}

const NO_CA = skipped('No CA of the hub is known here: it may have a certificate of your own.', 'Name the file of its CA with --ca.');

const DEVICE_SIGN_IN = skipped(
  'The sign-in of a device is not tried, since that would disconnect the app of that device.',
  'Run this with the connection string of a policy to try one.',
);

const DEVICE_POLICY = skipped(
  'The policy `device` may not ask anything over HTTPS.',
  'Run this with the connection string of policy `service` or `iothubowner` to try a sign-in.',
);
