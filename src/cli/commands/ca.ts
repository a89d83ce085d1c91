// `twinhub ca …`: the CAs whose certificates let devices in.
import { Option, type Command } from 'commander';
import type { PairPaths } from '../../certificates/certificate-files.ts';
import { issueClientCertificate, issueTestCa } from '../../certificates/issue-client.ts';
import type { KeyPair } from '../../certificates/x509-library.ts';
import type { JsonValue } from '../../domain/json.ts';
import { SetupError } from '../../domain/setup-error.ts';
import { systemClock } from '../../system/system-clock.ts';
import { FOLDER_OPTION, openCertificateFolder, readCertificateFile } from '../certificate-folder.ts';
import { type HubAnswer, type HubClient, segment } from '../hub-client.ts';
import { listOf, pairs, printAnswer, table, textAt } from '../output.ts';
import { openSession } from '../session.ts';

type CreateOptions = { readonly cert?: string; readonly verified?: true };

const CREATE_HELP = `
Without --cert a CA for tests is made, with its key in a file that anybody who reads it can make devices with; the hub is shown that
the key is there. A CA of the name that is in the folder already is taken again.

Examples:
  twinhub ca create test-ca
  twinhub device cert lamp --issuer test-ca
  twinhub ca create factory --cert factory-ca.pem`;

export function addCaCommands(program: Command): void {
  const ca = program.command('ca').description('Look after the CAs whose certificates let devices in.');
  ca.command('create <name>')
    .description('Make a CA for tests, or upload the certificate of one that you have.')
    .option('--cert <FILE>', 'Upload this certificate, PEM or DER, instead of making one.')
    .addOption(new Option('--verified', 'Trust it without a proof that somebody has its key. Needs --cert.'))
    .addOption(new Option(...FOLDER_OPTION).conflicts('cert'))
    .addHelpText('after', CREATE_HELP)
    .action(createCa);
  ca.command('list').description('List the CAs and whether devices may sign in by them.').action(listCas);
  ca.command('show <name>').description('Show a CA.').action(showCa);
  ca.command('verify <name>')
    .description('Print the code for a proof that you have the key of a CA, or send the proof.')
    .option('--cert <FILE>', 'The proof: a certificate with the code as its common name, signed by the CA.')
    .action(verifyCa);
  ca.command('delete <name>').description('Delete a CA. Devices that signed in by it are disconnected.').action(deleteCa);
}

async function createCa(this: Command, name: string): Promise<void> {
  const { cert, verified } = this.opts<CreateOptions>();
  if (verified && cert === undefined) {
    throw new SetupError('usage', '--verified needs --cert FILE; the hub is shown the key of a CA that is made here.');
  }
  const { hub, json } = await openSession(this);
  if (cert !== undefined) {
    const body = JSON.stringify({ certificate: await readCertificateFile(cert), isVerified: verified });
    const answer = await hub.send({ method: 'PUT', path: caPath(name), body });
    printAnswer(answer, json, (ca) => `${describeCa(ca)}\n\n${nextStep(name, ca)}`);
    return;
  }
  const folder = await openCertificateFolder(this);
  const found = await folder.findCa(name);
  const pair = found ?? (await issueTestCa({ commonName: name, nowMs: systemClock.nowMs() }));
  // Before there are files: from those of a CA that the hub refuses, somebody would make certificates in vain.
  await hub.send({ method: 'PUT', path: caPath(name), body: JSON.stringify({ certificate: pair.certPem }) });
  const made = found ? 'The CA of this name that is in the folder was taken again.' : describeFiles(await folder.writeCa(name, pair));
  const answer = await provePossession(hub, name, pair);
  printAnswer(answer, json, (ca) => `${describeCa(ca)}\n${made}\n\n${nextStep(name, ca)}`);
}

function describeFiles({ certPath, keyPath }: PairPaths): string {
  return pairs([
    ['certificate', certPath],
    ['key', keyPath],
  ]);
}

async function provePossession(hub: HubClient, name: string, pair: KeyPair): Promise<HubAnswer> {
  const { value } = await hub.send({ method: 'POST', path: `${caPath(name)}/verification-code` });
  const nowMs = systemClock.nowMs();
  const proof = await issueClientCertificate({ commonName: textAt(value, 'verificationCode'), nowMs, notAfterMs: nowMs + 3600_000 }, pair);
  return hub.send({ method: 'POST', path: `${caPath(name)}/verify`, body: JSON.stringify({ certificate: proof.certPem }) });
}

async function verifyCa(this: Command, name: string): Promise<void> {
  const { cert } = this.opts<{ readonly cert?: string }>();
  const { hub, json } = await openSession(this);
  if (cert === undefined) {
    const answer = await hub.send({ method: 'POST', path: `${caPath(name)}/verification-code` });
    printAnswer(answer, json, (ca) => howToProve(name, textAt(ca, 'verificationCode')));
    return;
  }
  const body = JSON.stringify({ certificate: await readCertificateFile(cert) });
  const answer = await hub.send({ method: 'POST', path: `${caPath(name)}/verify`, body });
  printAnswer(answer, json, (ca) => `${describeCa(ca)}\n\n${nextStep(name, ca)}`);
}

async function listCas(this: Command): Promise<void> {
  const { hub, json } = await openSession(this);
  printAnswer(await hub.send({ method: 'GET', path: '/hub/certificates' }), json, (value) => {
    const all = listOf(value);
    if (all.length === 0) return 'No CAs. Make one for tests with `twinhub ca create NAME`.';
    const rows = all.map((ca) => [textAt(ca, 'name'), stateOf(ca), textAt(ca, 'expiry'), textAt(ca, 'subject')]);
    return table(['CA', 'STATE', 'EXPIRES', 'SUBJECT'], rows);
  });
}

async function showCa(this: Command, name: string): Promise<void> {
  const { hub, json } = await openSession(this);
  printAnswer(await hub.send({ method: 'GET', path: caPath(name) }), json, describeCa);
}

async function deleteCa(this: Command, name: string): Promise<void> {
  const { hub, json } = await openSession(this);
  const answer = await hub.send({ method: 'DELETE', path: caPath(name) });
  printAnswer(answer, json, () => `Deleted ${name}. Devices that signed in by it are disconnected; its files, if any, are still there.`);
}

function howToProve(name: string, code: string): string {
  return `verification code
  ${code}

Make a certificate with this code as its common name, and sign it with the key of the CA. With openssl:
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=${code}" -keyout proof-key.pem -out proof.csr
  openssl x509 -req -in proof.csr -CA CA.pem -CAkey CA-KEY.pem -CAcreateserial -days 1 -out proof.pem

Then send it:
  twinhub ca verify ${name} --cert proof.pem`;
}

function nextStep(name: string, ca: JsonValue | undefined): string {
  if (stateOf(ca) !== 'verified') return `No device may sign in by it yet. Next: \`twinhub ca verify ${name}\`.`;
  return `Devices may sign in with certificates that it signed. For one: \`twinhub device cert ID --issuer ${name}\`.`;
}

function describeCa(ca: JsonValue | undefined): string {
  return pairs([
    ['ca', textAt(ca, 'name')],
    ['state', stateOf(ca)],
    ['subject', textAt(ca, 'subject')],
    ['thumbprint', textAt(ca, 'thumbprint')],
    ['expires', textAt(ca, 'expiry')],
    ['verification code', textAt(ca, 'verificationCode')],
    ['etag', textAt(ca, 'etag')],
  ]);
}

function stateOf(ca: JsonValue | undefined): string {
  return textAt(ca, 'isVerified') === 'true' ? 'verified' : 'not verified';
}

function caPath(name: string): string {
  return `/hub/certificates/${segment(name)}`;
}
