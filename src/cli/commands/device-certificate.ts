// `twinhub device cert`: a certificate with which a device signs in, from a CA for tests or signed by itself.
import { X509Certificate } from 'node:crypto';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { issueClientCertificate } from '../../certificates/issue-client.ts';
import { LIMITS } from '../../domain/limits.ts';
import { SetupError } from '../../domain/setup-error.ts';
import { systemClock } from '../../system/system-clock.ts';
import { FOLDER_OPTION, openCertificateFolder } from '../certificate-folder.ts';
import { pairs } from '../output.ts';

type CertOptions = { readonly issuer?: string; readonly selfSigned?: true; readonly days: number };

const DAY_MS = 24 * 3600_000;

const EXAMPLES = `
Examples:
  twinhub ca create test-ca
  twinhub device cert lamp --issuer test-ca
  twinhub device cert door --self-signed --days 30`;

export function addDeviceCertificateCommand(device: Command): void {
  device
    .command('cert <id>')
    .description('Make a certificate for a device, with its key.')
    .addOption(new Option('--issuer <name>', 'The CA that signs it, made by `twinhub ca create`.').conflicts('selfSigned'))
    .option('--self-signed', 'Let it sign itself; the hub then knows it by its thumbprint.')
    .option('--days <count>', 'How long it is valid.', parseDays, LIMITS.deviceCertificateDays.value)
    .option(...FOLDER_OPTION)
    .addHelpText('after', EXAMPLES)
    .action(makeCertificate);
}

async function makeCertificate(this: Command, deviceId: string): Promise<void> {
  const { issuer, selfSigned, days } = this.opts<CertOptions>();
  if (issuer === undefined && !selfSigned) throw new SetupError('usage', 'Who signs it? Give --issuer NAME or --self-signed.');
  if (deviceId === '' || deviceId.length > LIMITS.commonNameChars.value) {
    throw new SetupError('usage', `The id stands in the common name, which has 1 to ${LIMITS.commonNameChars.value} characters.`);
  }
  const folder = await openCertificateFolder(this);
  const ca = issuer === undefined ? undefined : await folder.findCa(issuer);
  if (issuer !== undefined && !ca) {
    throw new SetupError(
      'usage',
      `There is no CA '${issuer}' in the folder. Make one with \`twinhub ca create ${issuer}\`, or name its folder with --dir.`,
    );
  }
  const nowMs = systemClock.nowMs();
  const pair = await issueClientCertificate({ commonName: deviceId, nowMs, notAfterMs: nowMs + days * DAY_MS }, ca);
  const paths = await folder.writeDevice(deviceId, pair, ca?.certPem);
  const { fingerprint, fingerprint256, validToDate } = new X509Certificate(pair.certPem);
  const thumbprints = { sha1: fingerprint.replaceAll(':', ''), sha256: fingerprint256.replaceAll(':', '') };
  const made = { deviceId, ...paths, thumbprints, expiry: validToDate.toISOString() };
  console.log(
    this.optsWithGlobals<{ readonly json?: true }>().json ? JSON.stringify(made) : `${describe(made)}\n\n${nextStep(made, issuer)}`,
  );
}

type Made = {
  readonly deviceId: string;
  readonly certPath: string;
  readonly keyPath: string;
  readonly chainPath?: string;
  readonly thumbprints: { readonly sha1: string; readonly sha256: string };
  readonly expiry: string;
};

function describe({ certPath, keyPath, chainPath, thumbprints, expiry }: Made): string {
  return pairs([
    ['certificate', certPath],
    ['key', keyPath],
    ['with its issuer', chainPath ?? ''],
    ['SHA-1 thumbprint', thumbprints.sha1],
    ['SHA-256 thumbprint', thumbprints.sha256],
    ['expires', expiry],
  ]);
}

function nextStep({ deviceId, thumbprints }: Made, issuer: string | undefined): string {
  const way = issuer === undefined ? `self-signed --thumbprint ${thumbprints.sha256}` : 'ca';
  return `Next: \`twinhub device create ${deviceId} --auth ${way}\`. The app takes the certificate, the key, and what\n\`twinhub device connection-string ${deviceId}\` prints.`;
}

function parseDays(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is no whole number of days from 1 to 99999.');
}
