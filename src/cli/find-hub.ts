// Finds the hub that a command is for: the one --connect names, or the one that runs from the data dir.
import { readHubRecord } from '../config/hub-record.ts';
import { loadDataDir } from '../config/load-config.ts';
import { parsePort } from '../config/option-values.ts';
import { parseConnectionString, type ConnectionString } from '../domain/access/connection-string.ts';
import { HubError } from '../domain/errors.ts';
import { SetupError } from '../domain/setup-error.ts';

/** What commands can be told about the hub, by flag. `mqttPort` is for those that need it. */
export type HubOptions = { readonly connect?: string; readonly ca?: string; readonly dataDir?: string; readonly mqttPort?: number };

export type HubTarget = {
  /** The bare name that stands in tokens and connection strings. */
  readonly hostName: string;
  readonly hostNames: readonly string[];
  /** Where to connect: a hub on this machine is reached even where DNS does not know its name. */
  readonly address: string;
  readonly httpsPort: number;
  readonly mqttPort: number;
  /** A CA to trust instead of those that this machine trusts anyway. */
  readonly caPath: string | undefined;
  readonly policyName: string;
  readonly key: string;
  /** For when nobody answers there: how this address came about and what to try. */
  readonly remedy: string;
};

/** The ports that the Azure SDKs insist on (contract 0.1). */
export const SDK_PORTS = { https: 443, mqtt: 8883 };

/** @throws SetupError when no hub runs from the data dir, or --connect is no connection string of a policy. */
export async function findHub(options: HubOptions, env: NodeJS.ProcessEnv): Promise<HubTarget> {
  const connect = givenConnectionString(options, env);
  if (connect !== undefined) return targetOf(policyConnectionOf(connect), options);
  const dataDir = loadDataDir({ flags: options.dataDir === undefined ? {} : { dataDir: options.dataDir }, env });
  const record = await readHubRecord(dataDir);
  const { policyName, key } = policyConnectionOf(record.connectionString);
  return {
    hostName: record.hostName,
    hostNames: record.hostNames,
    address: localAddress(record.bindAddress),
    httpsPort: record.httpsPort,
    mqttPort: options.mqttPort ?? record.mqttPort,
    policyName,
    key,
    caPath: options.ca ?? record.caPath,
    remedy: `The hub of ${dataDir} (process ${record.pid}) has ended or is out of reach. Start it with \`twinhub start\`.`,
  };
}

/** A folder named on the command line wins over the environment, as every flag does. `undefined`: the hub is that of the data dir. */
export function givenConnectionString(
  { connect, dataDir }: Pick<HubOptions, 'connect' | 'dataDir'>,
  env: NodeJS.ProcessEnv,
): string | undefined {
  const given = connect ?? (dataDir === undefined ? env['TWINHUB_CONNECT'] : undefined);
  return given === '' ? undefined : given;
}

/** Where a hub on this machine is reached that listens on the address; `undefined`: on all. */
export function localAddress(bindAddress: string | undefined): string {
  if (bindAddress === undefined || bindAddress === '0.0.0.0') return '127.0.0.1';
  return bindAddress === '::' ? '::1' : bindAddress;
}

/** A connection string with its port taken off the host name; `httpsPort` is 443 where it names none. @throws SetupError. */
export function readConnectionString(text: string): ConnectionString & { readonly httpsPort: number } {
  const parts = parseOrExplain(text);
  const [, bracketed, name = parts.hostName, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(parts.hostName) ?? [];
  return { ...parts, hostName: bracketed ?? name, httpsPort: port === undefined ? SDK_PORTS.https : parsePort(port) };
}

type PolicyConnection = Pick<HubTarget, 'hostName' | 'httpsPort' | 'policyName' | 'key'>;

function targetOf(connection: PolicyConnection, { ca: caPath, mqttPort = SDK_PORTS.mqtt }: HubOptions): HubTarget {
  const { hostName } = connection;
  const remedy = 'Check HostName in the connection string, and that the hub runs.';
  return { ...connection, hostNames: [hostName], address: hostName, mqttPort, caPath, remedy };
}

function policyConnectionOf(text: string): PolicyConnection {
  const { hostName, httpsPort, policyName, key } = readConnectionString(text);
  if (policyName !== undefined && key !== undefined) return { hostName, httpsPort, policyName, key };
  throw wrongConnect('It needs the connection string of a policy: HostName=…;SharedAccessKeyName=…;SharedAccessKey=….');
}

function parseOrExplain(text: string): ConnectionString {
  try {
    return parseConnectionString(text);
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    throw wrongConnect(error.message, error);
  }
}

function wrongConnect(fault: string, cause?: unknown): SetupError {
  return new SetupError('usage', `--connect: ${fault}`, { cause });
}
