// `twinhub module …`: modules of devices in the identity registry.
import type { Command } from 'commander';
import { isJsonObject, type JsonValue } from '../../domain/json.ts';
import { SetupError } from '../../domain/setup-error.ts';
import { CommandFailure } from '../command-failure.ts';
import {
  type AuthenticationOptions,
  authenticationOf,
  authenticationRows,
  connectionStringOf,
  withAuthenticationOptions,
} from '../device-authentication.ts';
import { segment } from '../hub-client.ts';
import { listOf, pairs, printAnswer, table, textAt, timeAt } from '../output.ts';
import { openSession } from '../session.ts';

type ModuleOptions = AuthenticationOptions & { readonly managedBy?: string };

export function addModuleCommands(program: Command): void {
  const module = program.command('module').description('Register modules of devices and look after their identities.');
  withModuleOptions(module.command('create <device> <module>').description('Register a module. Its keys are random unless given.')).action(
    createModule,
  );
  module.command('show <device> <module>').description('Show a module with its keys.').action(showModule);
  module.command('list <device>').description('List the modules of a device.').action(listModules);
  withModuleOptions(module.command('update <device> <module>').description('Change the given properties of a module.')).action(
    updateModule,
  );
  module.command('delete <device> <module>').description('Delete a module and its twin.').action(deleteModule);
  module
    .command('connection-string <device> <module>')
    .description('Print the connection string for the module app.')
    .option('--secondary', 'Take the secondary key.')
    .action(printConnectionString);
}

function withModuleOptions(command: Command): Command {
  return withAuthenticationOptions(command).option('--managed-by <text>', 'Who looks after it.');
}

async function createModule(this: Command, deviceId: string, moduleId: string): Promise<void> {
  const options = this.opts<ModuleOptions>();
  const body = JSON.stringify({ deviceId, moduleId, managedBy: options.managedBy, authentication: authenticationOf(options) });
  const { hub, json } = await openSession(this);
  printAnswer(await hub.send({ method: 'PUT', path: modulePath(deviceId, moduleId), body }), json, describeModule);
}

async function showModule(this: Command, deviceId: string, moduleId: string): Promise<void> {
  const { hub, json } = await openSession(this);
  printAnswer(await hub.send({ method: 'GET', path: modulePath(deviceId, moduleId) }), json, describeModule);
}

async function listModules(this: Command, deviceId: string): Promise<void> {
  const { hub, json } = await openSession(this);
  printAnswer(await hub.send({ method: 'GET', path: `/devices/${segment(deviceId)}/modules` }), json, describeModules);
}

/** A PUT replaces the whole identity, so what is to stay is sent back; the etag refuses it if another change came in between. */
async function updateModule(this: Command, deviceId: string, moduleId: string): Promise<void> {
  const options = this.opts<ModuleOptions>();
  const { managedBy } = options;
  if (authenticationOf(options) === undefined && managedBy === undefined) {
    throw new SetupError('usage', 'Nothing to change. Give --managed-by, or a way to sign in; see --help.');
  }
  const { hub, json } = await openSession(this);
  const path = modulePath(deviceId, moduleId);
  const { value: current } = await hub.send({ method: 'GET', path });
  if (!isJsonObject(current)) throw new CommandFailure('The answer is no module. Check host name and port.');
  const body = JSON.stringify({
    ...current,
    ...(managedBy !== undefined && { managedBy }),
    authentication: authenticationOf(options, current['authentication']) ?? current['authentication'] ?? null,
  });
  printAnswer(await hub.send({ method: 'PUT', path, body, ifMatch: textAt(current, 'etag') }), json, describeModule);
}

async function deleteModule(this: Command, deviceId: string, moduleId: string): Promise<void> {
  const { hub, json } = await openSession(this);
  const answer = await hub.send({ method: 'DELETE', path: modulePath(deviceId, moduleId), ifMatch: '*' });
  printAnswer(answer, json, () => `Deleted ${moduleId} of ${deviceId}.`);
}

async function printConnectionString(this: Command, deviceId: string, moduleId: string): Promise<void> {
  const secondary = this.opts<{ readonly secondary?: true }>().secondary === true;
  const { hub, json } = await openSession(this);
  const { value } = await hub.send({ method: 'GET', path: modulePath(deviceId, moduleId) });
  const connectionString = connectionStringOf(value, { hostName: hub.target.hostName, deviceId, moduleId, secondary });
  console.log(json ? JSON.stringify({ connectionString }) : connectionString);
}

function modulePath(deviceId: string, moduleId: string): string {
  return `/devices/${segment(deviceId)}/modules/${segment(moduleId)}`;
}

function describeModule(module: JsonValue | undefined): string {
  return pairs([
    ['device', textAt(module, 'deviceId')],
    ['module', textAt(module, 'moduleId')],
    ['managed by', textAt(module, 'managedBy')],
    ['connection', textAt(module, 'connectionState')],
    ['last activity', timeAt(module, 'lastActivityTime')],
    ...authenticationRows(module),
    ['etag', textAt(module, 'etag')],
  ]);
}

function describeModules(value: JsonValue | undefined): string {
  const modules = listOf(value);
  if (modules.length === 0) return 'No modules. Register one with `twinhub module create DEVICE MODULE`.';
  const rows = modules.map((module) => [
    textAt(module, 'moduleId'),
    textAt(module, 'managedBy'),
    textAt(module, 'connectionState'),
    timeAt(module, 'lastActivityTime'),
  ]);
  return table(['MODULE', 'MANAGED BY', 'CONNECTION', 'LAST ACTIVITY'], rows);
}
