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

const HTTPS_PORT = 443;
const MQTT_PORT = 8883;

/** @throws SetupError when no hub runs from the data dir, or --connect is no connection string of a policy. */
export async function findHub(options: HubOptions, env: NodeJS.ProcessEnv): Promise<HubTarget> {
  // A folder named on the command line wins over the environment, as every flag does.
  const connect = options.connect ?? (options.dataDir === undefined ? env['TWINHUB_CONNECT'] : undefined);
  if (connect !== undefined && connect !== '') return targetOf(parsePolicyConnectionString(connect), options);
  const dataDir = loadDataDir({ flags: options.dataDir === undefined ? {} : { dataDir: options.dataDir }, env });
  const record = await readHubRecord(dataDir);
  const { policyName, key } = parsePolicyConnectionString(record.connectionString);
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

type PolicyConnection = Pick<HubTarget, 'hostName' | 'httpsPort' | 'policyName' | 'key'>;

function targetOf(connection: PolicyConnection, { ca: caPath, mqttPort = MQTT_PORT }: HubOptions): HubTarget {
  const { hostName } = connection;
  const remedy = 'Check HostName in the connection string, and that the hub runs.';
  return { ...connection, hostNames: [hostName], address: hostName, mqttPort, caPath, remedy };
}

function localAddress(bindAddress: string | undefined): string {
  if (bindAddress === undefined || bindAddress === '0.0.0.0') return '127.0.0.1';
  return bindAddress === '::' ? '::1' : bindAddress;
}

function parsePolicyConnectionString(text: string): PolicyConnection {
  const { hostName, policyName, key } = parseOrExplain(text);
  if (policyName === undefined || key === undefined) {
    throw wrongConnect('It needs the connection string of a policy: HostName=…;SharedAccessKeyName=…;SharedAccessKey=….');
  }
  const [, bracketed, name = hostName, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(hostName) ?? [];
  return { hostName: bracketed ?? name, httpsPort: port === undefined ? HTTPS_PORT : parsePort(port), policyName, key };
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
