// A hub inside one's own process, for tests: ephemeral, on free ports, with the SDKs of this process led to it.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startConfiguredHub, type RunningHub } from './compose.ts';
import type { LogLevel } from './config/config.ts';
import { loadConfig } from './config/load-config.ts';
import { formatDeviceConnectionString, formatServiceConnectionString } from './domain/access/connection-string.ts';
import { OWN_PROCESS } from './domain/audit/audit-entry.ts';
import { invariant } from './domain/errors.ts';
import { keysOf } from './domain/identity/authentication.ts';
import type { Identity } from './domain/identity/module.ts';
import { parseDeviceSpec } from './domain/identity/parse-device-spec.ts';
import { parseModuleSpec } from './domain/identity/parse-module-spec.ts';
import type { Clock } from './ports/clock.ts';
import { leadThisProcessTo } from './redirect/this-process.ts';
import { createLog } from './system/log.ts';
import { createSigner } from './system/signer.ts';
import { systemClock } from './system/system-clock.ts';
import { systemRandom } from './system/system-random.ts';

export type StartHubOptions = {
  /** Names for which certificate and tokens are good; the first stands in connection strings. Default: localhost. */
  readonly hostNames?: readonly string[];
  /** Default: any free port. */
  readonly httpsPort?: number;
  /** Default: any free port. */
  readonly mqttPort?: number;
  /** Folder for certificates and database. Default: a private temporary folder that is removed on close. */
  readonly dataDir?: string;
  /** `ephemeral`, `sqlite:PATH` or `postgres://USER@HOST/DATABASE`. Default: ephemeral, or a database in `dataDir` where that is given. */
  readonly store?: string;
  /** Primary keys, base64, of policies by name. Default: random. */
  readonly policyKeys?: Readonly<Record<string, string>>;
  /** Default: warn. */
  readonly logLevel?: LogLevel;
  /** Refuses what this hub adds to the query language of the service. Default: false. */
  readonly strictQueries?: boolean;
  /** How many indexes the hub may make by itself on paths that queries often scan for. Default: 0. */
  readonly autoIndex?: number;
  /** Time as the hub sees it. Default: the machine's. */
  readonly clock?: Clock;
  /**
   * Leads connections that this process makes to ports 443 and 8883 of the hub's host names to the hub, and makes the process trust its CA,
   * until the hub is closed: Azure SDKs cannot be told a port. Default: true.
   */
  readonly redirect?: boolean;
};

/** A running hub; `await using` closes it. */
export type StartedHub = AsyncDisposable & {
  readonly hostName: string;
  readonly httpsPort: number;
  readonly mqttPort: number;
  /** The CA to trust, PEM. */
  readonly caPem: string;
  /** For back-end apps. @param policyName default: iothubowner. @throws HubError GenericNotFound for a policy that does not exist. */
  connectionString(policyName?: string): string;
  /** Registers a device. @returns its connection string. @throws HubError DeviceAlreadyExists, ArgumentInvalid. */
  createDevice(deviceId: string): Promise<string>;
  /**
   * Registers a module of a device that is there. @returns its connection string.
   * @throws HubError ModuleAlreadyExistsOnDevice, TooManyModulesOnDevice, ArgumentInvalid, or IotHubUnauthorizedAccess without the device.
   */
  createModule(deviceId: string, moduleId: string): Promise<string>;
  /** Ends every connection, then releases ports and files. Each call resolves at the end of the first. */
  close(): Promise<void>;
};

/** Starts a hub in this process; when it resolves every listener accepts. @throws SetupError or HubError that names the way out. */
export async function startHub(options: StartHubOptions = {}): Promise<StartedHub> {
  const closing = new AsyncDisposableStack();
  try {
    const dataDir =
      options.dataDir ?? closing.adopt(await mkdtemp(join(tmpdir(), 'twinhub-')), (path) => rm(path, { recursive: true, force: true }));
    const config = loadConfig({ flags: flagsOf(options, dataDir), env: {} });
    const log = createLog({ level: config.logLevel, pretty: true });
    const clock = options.clock ?? systemClock;
    const machine = { clock, machineClock: systemClock, random: systemRandom, signer: createSigner(), log };
    const running = closing.adopt(await startConfiguredHub(config, machine), (hub) => hub.close());
    const caPem = await readFile(join(dataDir, 'ca.pem'), 'utf8');
    if (options.redirect !== false) closing.defer(leadThisProcessTo({ ...running, caPem }));
    return startedHub(running, caPem, closing);
  } catch (error) {
    await closing.disposeAsync();
    throw error;
  }
}

function flagsOf(options: StartHubOptions, dataDir: string): Parameters<typeof loadConfig>[0]['flags'] {
  const store = options.store ?? (options.dataDir === undefined ? 'ephemeral' : undefined);
  return {
    dataDir,
    bind: '127.0.0.1',
    httpsPort: String(options.httpsPort ?? 0),
    mqttPort: String(options.mqttPort ?? 0),
    logLevel: options.logLevel ?? 'warn',
    strictQueries: String(options.strictQueries ?? false),
    autoIndex: String(options.autoIndex ?? 0),
    ...(options.hostNames && { hostname: options.hostNames }),
    ...(options.policyKeys && { policy: Object.entries(options.policyKeys).map(([name, key]) => `${name}=${key}`) }),
    ...(store !== undefined && { store }),
  };
}

function startedHub(running: RunningHub, caPem: string, closing: AsyncDisposableStack): StartedHub {
  const { hub, hostName, httpsPort, mqttPort } = running;
  let closed: Promise<void> | undefined;
  // The stack itself lets a second call pass while the first still runs.
  const close = (): Promise<void> => (closed ??= closing.disposeAsync());
  return {
    hostName,
    httpsPort,
    mqttPort,
    caPem,
    connectionString(policyName = 'iothubowner'): string {
      return formatServiceConnectionString({ hostName, policy: policyName, key: hub.policies.get(policyName).keys.primaryKey });
    },
    async createDevice(deviceId): Promise<string> {
      const device = await hub.devices.put(parseDeviceSpec(deviceId, {}), { kind: 'none' }, OWN_PROCESS);
      return formatDeviceConnectionString({ hostName, deviceId, key: primaryKeyOf(device) });
    },
    async createModule(deviceId, moduleId): Promise<string> {
      const module = await hub.modules.put(parseModuleSpec({ deviceId, moduleId }, {}), { kind: 'none' }, OWN_PROCESS);
      return formatDeviceConnectionString({ hostName, deviceId, moduleId, key: primaryKeyOf(module) });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function primaryKeyOf({ authentication }: Identity): string {
  const keys = keysOf(authentication);
  invariant(keys, 'an identity without a wish of its own has keys');
  return keys.primaryKey;
}
