// `twinhub policy …`: the shared access policies, their keys and their connection strings.
import { InvalidArgumentError, Option, type Command } from 'commander';
import { formatServiceConnectionString } from '../../domain/access/connection-string.ts';
import { PERMISSIONS } from '../../domain/access/policy.ts';
import { formatSasToken, textToSign } from '../../domain/access/sas-token.ts';
import type { JsonValue } from '../../domain/json.ts';
import { toIsoTime } from '../../domain/time.ts';
import { createSigner } from '../../system/signer.ts';
import { systemClock } from '../../system/system-clock.ts';
import { segment, type HubClient } from '../hub-client.ts';
import { listOf, pairs, printAnswer, table, textAt, valueAt } from '../output.ts';
import { openSession } from '../session.ts';

const DAY_SECONDS = 24 * 3600;
const MAX_DAYS = 3650;

type PolicyOptions = { readonly permission: readonly string[]; readonly primaryKey?: string; readonly secondaryKey?: string };

export function addPolicyCommands(program: Command): void {
  const policy = program.command('policy').description('Look after the shared access policies of back-end apps.');
  withPolicyOptions(policy.command('create <name>').description('Create a policy. Its keys are random unless given.')).action(createPolicy);
  policy.command('list').description('List the policies and what each may do.').action(listPolicies);
  policy.command('show <name>').description('Show a policy with its keys.').action(showPolicy);
  withPolicyOptions(policy.command('update <name>').description('Change what a policy may do. Its keys stay unless given.')).action(
    updatePolicy,
  );
  policy
    .command('rotate <name>')
    .description('Make keys of a policy new. What was signed with the old ones is refused at once.')
    .addOption(
      new Option('--key <which>', 'Which key; swap exchanges the two.')
        .choices(['primary', 'secondary', 'both', 'swap'])
        .makeOptionMandatory(),
    )
    .addHelpText('after', ROTATE_HELP)
    .action(rotatePolicy);
  policy.command('delete <name>').description('Delete a policy that is not one of every hub.').action(deletePolicy);
  policy
    .command('connection-string <name>')
    .description('Print the connection string for a back-end app.')
    .option('--secondary', 'Take the secondary key.')
    .action(printConnectionString);
  policy
    .command('token <name>')
    .description('Print a token of a policy, for programs that send one as it is in the header Authorization.')
    .option(
      '--path <path>',
      'The only path that it is good for, and what lies below it. (default: all that the policy may do)',
      parsePath,
      '',
    )
    .option('--days <days>', `How long it is good, at most ${MAX_DAYS} days.`, parseDays, 1)
    .option('--secondary', 'Sign with the secondary key.')
    .addHelpText('after', TOKEN_HELP)
    .action(printToken);
}

const ROTATE_HELP = `
Without an interruption:
  1. twinhub policy rotate NAME --key secondary
  2. give the apps what \`twinhub policy connection-string NAME --secondary\` prints
  3. twinhub policy rotate NAME --key primary`;

const TOKEN_HELP = `
It ends before its time when its key is made new or the policy is deleted. For something that collects metrics:
  twinhub policy create metrics --permission ServiceConnect
  twinhub policy token metrics --path /hub/metrics --days 365`;

function withPolicyOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--permission <name...>', 'What it may do; several with spaces between.').choices(PERMISSIONS).makeOptionMandatory(),
    )
    .option('--primary-key <key>', 'Base64 of 16 to 64 bytes. Needs --secondary-key.')
    .option('--secondary-key <key>', 'Base64 of 16 to 64 bytes. Needs --primary-key.');
}

async function createPolicy(this: Command, name: string): Promise<void> {
  const { hub, json } = await openSession(this);
  const answer = await hub.send({ method: 'PUT', path: policyPath(name), body: policyBody(this.opts<PolicyOptions>()) });
  printAnswer(answer, json, (policy) => `${describePolicy(policy)}\n\n${connectionStrings(hub, policy)}`);
}

async function updatePolicy(this: Command, name: string): Promise<void> {
  const { hub, json } = await openSession(this);
  const body = policyBody(this.opts<PolicyOptions>());
  const answer = await hub.send({ method: 'PUT', path: policyPath(name), body, ifMatch: '*' });
  printAnswer(
    answer,
    json,
    (policy) =>
      `${describePolicy(policy)}\n\nApps that use it are held to this from their next request on. Devices that signed in with a key that it had, or without\nDeviceConnect, are disconnected.`,
  );
}

async function rotatePolicy(this: Command, name: string): Promise<void> {
  const { key } = this.opts<{ readonly key: string }>();
  const { hub, json } = await openSession(this);
  const answer = await hub.send({ method: 'POST', path: `${policyPath(name)}/rotate`, body: JSON.stringify({ key }) });
  printAnswer(answer, json, (policy) => `${connectionStrings(hub, policy)}\n\n${afterRotation(name, key)}`);
}

async function deletePolicy(this: Command, name: string): Promise<void> {
  const { hub, json } = await openSession(this);
  const answer = await hub.send({ method: 'DELETE', path: policyPath(name) });
  printAnswer(
    answer,
    json,
    () => `Deleted ${name}. Apps that use it are refused from their next request on, devices that signed in with it are disconnected.`,
  );
}

/** Keys that were not given are left out by JSON. Half a pair is for the hub to refuse. */
function policyBody({ permission: permissions, primaryKey, secondaryKey }: PolicyOptions): string {
  return JSON.stringify({ permissions, primaryKey, secondaryKey });
}

function afterRotation(name: string, key: string): string {
  if (key === 'swap') return 'Both keys are still good; the primary and the secondary one changed places.';
  const old = key === 'both' ? 'an old key of this policy' : `the old ${key} key`;
  const cutOff = `Apps with ${old} are refused from their next request on, and devices that signed in with it are disconnected.`;
  if (key !== 'secondary') return `${cutOff} Give them a connection string from above.`;
  return `${cutOff}\nNext, move all apps to the secondary key, then run \`twinhub policy rotate ${name} --key primary\`.`;
}

function connectionStrings({ target }: HubClient, policy: JsonValue | undefined): string {
  const withKey = (key: string): string =>
    formatServiceConnectionString({ hostName: target.hostName, policy: textAt(policy, 'name'), key: textAt(policy, key) });
  return `connection string, primary key\n  ${withKey('primaryKey')}\nconnection string, secondary key\n  ${withKey('secondaryKey')}`;
}

async function listPolicies(this: Command): Promise<void> {
  const { hub, json } = await openSession(this);
  printAnswer(await hub.send({ method: 'GET', path: '/hub/policies' }), json, (value) => {
    const rows = listOf(value).map((policy) => [textAt(policy, 'name'), permissionsOf(policy)]);
    return table(['POLICY', 'PERMISSIONS'], rows);
  });
}

async function showPolicy(this: Command, name: string): Promise<void> {
  const { hub, json } = await openSession(this);
  printAnswer(await hub.send({ method: 'GET', path: policyPath(name) }), json, describePolicy);
}

function describePolicy(policy: JsonValue | undefined): string {
  return pairs([
    ['policy', textAt(policy, 'name')],
    ['permissions', permissionsOf(policy)],
    ['primary key', textAt(policy, 'primaryKey')],
    ['secondary key', textAt(policy, 'secondaryKey')],
  ]);
}

async function printConnectionString(this: Command, name: string): Promise<void> {
  const options = this.opts<{ readonly secondary?: true }>();
  const { hub, json } = await openSession(this);
  const { value } = await hub.send({ method: 'GET', path: policyPath(name) });
  const key = textAt(value, options.secondary ? 'secondaryKey' : 'primaryKey');
  const connectionString = formatServiceConnectionString({ hostName: hub.target.hostName, policy: textAt(value, 'name'), key });
  console.log(json ? JSON.stringify({ connectionString }) : connectionString);
}

async function printToken(this: Command, name: string): Promise<void> {
  const { path, days, secondary } = this.opts<{ readonly path: string; readonly days: number; readonly secondary?: true }>();
  const { hub, json } = await openSession(this);
  const { value } = await hub.send({ method: 'GET', path: policyPath(name) });
  const key = textAt(value, secondary ? 'secondaryKey' : 'primaryKey');
  const resource = encodeURIComponent(hub.target.hostName + path);
  const expirySeconds = Math.floor(systemClock.nowMs() / 1000) + days * DAY_SECONDS;
  const signature = createSigner().sign(key, textToSign(resource, expirySeconds));
  const token = formatSasToken({ resource, signature, expirySeconds, policyName: name });
  console.log(json ? JSON.stringify({ token, expiry: toIsoTime(expirySeconds * 1000) }) : token);
}

function parsePath(text: string): string {
  if (/^(\/[^/?#]+)+$/.test(text)) return text;
  throw new InvalidArgumentError('It is no path. Give one such as /hub/metrics, without a slash at its end.');
}

function parseDays(text: string): number {
  const days = Number(text);
  if (/^\d{1,4}$/.test(text) && days >= 1 && days <= MAX_DAYS) return days;
  throw new InvalidArgumentError(`It is no whole number from 1 to ${MAX_DAYS}.`);
}

function policyPath(name: string): string {
  return `/hub/policies/${segment(name)}`;
}

function permissionsOf(policy: JsonValue | undefined): string {
  return listOf(valueAt(policy, 'permissions'))
    .map((permission) => textAt(permission))
    .join(', ');
}
