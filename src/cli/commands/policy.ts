// `twinhub policy …`: the shared access policies and their connection strings.
import type { Command } from 'commander';
import { formatServiceConnectionString } from '../../domain/access/connection-string.ts';
import type { JsonValue } from '../../domain/json.ts';
import { segment } from '../hub-client.ts';
import { listOf, pairs, printAnswer, table, textAt, valueAt } from '../output.ts';
import { openSession } from '../session.ts';

export function addPolicyCommands(program: Command): void {
  const policy = program.command('policy').description('Show the shared access policies of back-end apps.');
  policy.command('list').description('List the policies and what each may do.').action(listPolicies);
  policy.command('show <name>').description('Show a policy with its keys.').action(showPolicy);
  policy
    .command('connection-string <name>')
    .description('Print the connection string for a back-end app.')
    .option('--secondary', 'Take the secondary key.')
    .action(printConnectionString);
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
  printAnswer(await hub.send({ method: 'GET', path: policyPath(name) }), json, (policy) =>
    pairs([
      ['policy', textAt(policy, 'name')],
      ['permissions', permissionsOf(policy)],
      ['primary key', textAt(policy, 'primaryKey')],
      ['secondary key', textAt(policy, 'secondaryKey')],
    ]),
  );
}

async function printConnectionString(this: Command, name: string): Promise<void> {
  const options = this.opts<{ readonly secondary?: true }>();
  const { hub, json } = await openSession(this);
  const { value } = await hub.send({ method: 'GET', path: policyPath(name) });
  const key = textAt(value, options.secondary ? 'secondaryKey' : 'primaryKey');
  const connectionString = formatServiceConnectionString({ hostName: hub.target.hostName, policy: textAt(value, 'name'), key });
  console.log(json ? JSON.stringify({ connectionString }) : connectionString);
}

function policyPath(name: string): string {
  return `/hub/policies/${segment(name)}`;
}

function permissionsOf(policy: JsonValue | undefined): string {
  return listOf(valueAt(policy, 'permissions'))
    .map((permission) => textAt(permission))
    .join(', ');
}
