// `twinhub device …`: the identity registry.
import { Option, type Command } from 'commander';
import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/json.ts';
import { LIMITS } from '../../domain/limits.ts';
import { SetupError } from '../../domain/setup-error.ts';
import { CommandFailure } from '../command-failure.ts';
import {
  type AuthenticationOptions,
  authenticationOf,
  authenticationRows,
  connectionStringOf,
  withAuthenticationOptions,
} from '../device-authentication.ts';
import { type HubClient, segment } from '../hub-client.ts';
import { listOf, pairs, printAnswer, table, textAt, timeAt, valueAt } from '../output.ts';
import { openSession } from '../session.ts';
import { addDeviceCertificateCommand } from './device-certificate.ts';

type IdentityOptions = AuthenticationOptions & {
  readonly status?: string;
  readonly statusReason?: string;
  readonly disabled?: true;
};

type CreateOptions = IdentityOptions & { readonly edge?: true; readonly parent?: string };

const MAX_LISTED = LIMITS.deviceListMax.value;

export function addDeviceCommands(program: Command): void {
  const device = program.command('device').description('Register devices and look after their identities.');
  withIdentityOptions(device.command('create <id>').description('Register a device. Its keys are random unless given.'))
    .addOption(new Option('--disabled', 'Short for --status disabled.').conflicts('status'))
    .option('--edge', 'It runs IoT Edge.')
    .option('--parent <id>', 'The edge device that it is behind.')
    .action(createDevice);
  device.command('show <id>').description('Show a device with its keys.').action(showDevice);
  device.command('list').description(`List the devices, at most ${MAX_LISTED}.`).action(listDevices);
  device.command('stats').description('Count the devices: all, enabled, disabled and connected.').action(showStatistics);
  withIdentityOptions(device.command('update <id>').description('Change the given properties of a device.')).action(updateDevice);
  device.command('delete <id>').description('Delete a device with its modules and twins.').action(deleteDevice);
  device
    .command('connection-string <id>')
    .description('Print the connection string for the device app.')
    .option('--secondary', 'Take the secondary key.')
    .action(printConnectionString);
  addDeviceCertificateCommand(device);
}

function withIdentityOptions(command: Command): Command {
  return withAuthenticationOptions(command)
    .addOption(new Option('--status <status>', 'Whether the device may connect.').choices(['enabled', 'disabled']))
    .option('--status-reason <text>', 'Why it has this status.');
}

async function createDevice(this: Command, deviceId: string): Promise<void> {
  const options = this.opts<CreateOptions>();
  const authentication = authenticationOf(options);
  const { hub, json } = await openSession(this);
  const status = options.disabled ? 'disabled' : options.status;
  const edge = await edgeFieldsOf(options, hub);
  const body = JSON.stringify({ deviceId, status, statusReason: options.statusReason, authentication, ...edge });
  printAnswer(await hub.send({ method: 'PUT', path: devicePath(deviceId), body }), json, describeDevice);
}

/** An edge device names its parent in another field than any other does. @throws CommandFailure when the parent is no edge device. */
async function edgeFieldsOf({ edge, parent }: CreateOptions, hub: HubClient): Promise<JsonObject> {
  const capabilities = edge && { capabilities: { iotEdge: true } };
  if (parent === undefined) return { ...capabilities };
  const { value } = await hub.send({ method: 'GET', path: devicePath(parent) });
  const scope = textAt(value, 'deviceScope');
  if (valueAt(value, 'capabilities', 'iotEdge') !== true) {
    throw new CommandFailure(`${parent} is no edge device. Create one with \`twinhub device create ID --edge\`.`);
  }
  return edge ? { ...capabilities, parentScopes: [scope] } : { deviceScope: scope };
}

async function showDevice(this: Command, deviceId: string): Promise<void> {
  const { hub, json } = await openSession(this);
  printAnswer(await hub.send({ method: 'GET', path: devicePath(deviceId) }), json, describeDevice);
}

async function listDevices(this: Command): Promise<void> {
  const { hub, json } = await openSession(this);
  const answer = await hub.send({ method: 'GET', path: '/devices' });
  printAnswer(answer, json, describeDevices);
  // On standard error, so that the table stays one.
  if (!json && listOf(answer.value).length >= MAX_LISTED) console.error(`These are the first ${MAX_LISTED} devices; there may be more.`);
}

/** Two calls of the API, shown as one. */
async function showStatistics(this: Command): Promise<void> {
  const { hub, json } = await openSession(this);
  const { value: registry } = await hub.send({ method: 'GET', path: '/statistics/devices' });
  const { value: service } = await hub.send({ method: 'GET', path: '/statistics/service' });
  if (!isJsonObject(registry) || !isJsonObject(service)) throw new CommandFailure('The answer is no statistics. Check host name and port.');
  const statistics = { ...registry, ...service };
  console.log(json ? JSON.stringify(statistics) : describeStatistics(statistics));
}

/** A PUT replaces the whole identity, so what is to stay is sent back; the etag refuses it if another change came in between. */
async function updateDevice(this: Command, deviceId: string): Promise<void> {
  const options = this.opts<IdentityOptions>();
  const { status, statusReason } = options;
  if (authenticationOf(options) === undefined && status === undefined && statusReason === undefined) {
    throw new SetupError('usage', 'Nothing to change. Give --status, --status-reason, or a way to sign in; see --help.');
  }
  const { hub, json } = await openSession(this);
  const { value: current } = await hub.send({ method: 'GET', path: devicePath(deviceId) });
  if (!isJsonObject(current)) throw new CommandFailure('The answer is no device. Check host name and port.');
  const changed = {
    ...current,
    ...(status !== undefined && { status }),
    ...(statusReason !== undefined && { statusReason: statusReason === '' ? null : statusReason }),
    authentication: authenticationOf(options, current['authentication']) ?? current['authentication'] ?? null,
  };
  const body = JSON.stringify(changed);
  printAnswer(await hub.send({ method: 'PUT', path: devicePath(deviceId), body, ifMatch: textAt(current, 'etag') }), json, describeDevice);
}

async function deleteDevice(this: Command, deviceId: string): Promise<void> {
  const { hub, json } = await openSession(this);
  printAnswer(await hub.send({ method: 'DELETE', path: devicePath(deviceId), ifMatch: '*' }), json, () => `Deleted ${deviceId}.`);
}

async function printConnectionString(this: Command, deviceId: string): Promise<void> {
  const options = this.opts<{ readonly secondary?: true }>();
  const { hub, json } = await openSession(this);
  const { value } = await hub.send({ method: 'GET', path: devicePath(deviceId) });
  const connectionString = connectionStringOf(value, { hostName: hub.target.hostName, deviceId, secondary: options.secondary === true });
  console.log(json ? JSON.stringify({ connectionString }) : connectionString);
}

function devicePath(deviceId: string): string {
  return `/devices/${segment(deviceId)}`;
}

function describeDevice(device: JsonValue | undefined): string {
  return pairs([
    ['device', textAt(device, 'deviceId')],
    ['status', textAt(device, 'status')],
    ['reason', textAt(device, 'statusReason')],
    ['connection', textAt(device, 'connectionState')],
    ['last activity', timeAt(device, 'lastActivityTime')],
    ...authenticationRows(device),
    ['edge device', valueAt(device, 'capabilities', 'iotEdge') === true ? 'yes' : ''],
    ['scope', textAt(device, 'deviceScope')],
    [
      'parents',
      listOf(valueAt(device, 'parentScopes'))
        .map((scope) => textAt(scope))
        .join(', '),
    ],
    ['etag', textAt(device, 'etag')],
  ]);
}

function describeDevices(value: JsonValue | undefined): string {
  const devices = listOf(value);
  if (devices.length === 0) return 'No devices. Register one with `twinhub device create ID`.';
  const rows = devices.map((device) => [
    textAt(device, 'deviceId'),
    textAt(device, 'status'),
    textAt(device, 'connectionState'),
    timeAt(device, 'lastActivityTime'),
  ]);
  return table(['DEVICE', 'STATUS', 'CONNECTION', 'LAST ACTIVITY'], rows);
}

function describeStatistics(statistics: JsonObject): string {
  return pairs([
    ['devices', textAt(statistics, 'totalDeviceCount')],
    ['enabled', textAt(statistics, 'enabledDeviceCount')],
    ['disabled', textAt(statistics, 'disabledDeviceCount')],
    ['connected', textAt(statistics, 'connectedDeviceCount')],
  ]);
}
