// Which hub `twinhub doctor` looks at: that of a connection string, the one that runs from the data dir, or one that is yet to start.
import type { Config } from '../../config/config.ts';
import { findHubRecord, type HubRecord } from '../../config/hub-record.ts';
import { loadConfig } from '../../config/load-config.ts';
import type { OptionFlags } from '../../config/options.ts';
import { HubError } from '../../domain/errors.ts';
import { SetupError } from '../../domain/setup-error.ts';
import { givenConnectionString, localAddress, readConnectionString } from '../find-hub.ts';

/** How apps reach a hub. */
export type Endpoint = {
  readonly hostName: string;
  readonly httpsPort: number;
  readonly mqttPort: number;
  /** A CA that clients are told to trust. */
  readonly caPath: string | undefined;
  /** Where a hub on this machine listens, whatever DNS says; `undefined` when a connection string named the hub. */
  readonly localAddress: string | undefined;
  /** Absent in the connection string of a device. */
  readonly policy: { readonly name: string; readonly key: string } | undefined;
};

export type Subject =
  | { readonly kind: 'named'; readonly endpoint: Endpoint }
  | { readonly kind: 'running'; readonly endpoint: Endpoint; readonly config: Config; readonly record: HubRecord }
  | { readonly kind: 'stopped'; readonly config: Config; readonly trace: Trace };

/** One that should answer. */
export type ReachableSubject = Exclude<Subject, { readonly kind: 'stopped' }>;

/** What there is of a hub in a data dir that no hub can be reached through. */
export type Trace =
  | { readonly kind: 'none' }
  | { readonly kind: 'left behind'; readonly pid: number }
  | { readonly kind: 'without record' }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** Besides the options of every command those of `twinhub start`, for a hub that does not run. */
export type SubjectOptions = OptionFlags & { readonly connect?: string; readonly ca?: string; readonly dataDir?: string };

/** @throws SetupError of kind usage for a connection string or an option that cannot be used. */
export async function findSubject(
  { connect, ca, ...flags }: SubjectOptions,
  env: NodeJS.ProcessEnv,
  isInUse: (dataDir: string) => boolean,
): Promise<Subject> {
  const config = loadConfig({ flags, env });
  const given = givenConnectionString({ ...flags, ...(connect !== undefined && { connect }) }, env);
  if (given !== undefined) return { kind: 'named', endpoint: { ...endpointOf(given), mqttPort: config.mqttPort, caPath: ca } };
  try {
    const record = await findHubRecord(config.dataDir);
    const inUse = isInUse(config.dataDir);
    if (!record) return { kind: 'stopped', config, trace: { kind: inUse ? 'without record' : 'none' } };
    if (!inUse) return { kind: 'stopped', config, trace: { kind: 'left behind', pid: record.pid } };
    const { hostName, httpsPort, mqttPort, caPath, bindAddress } = record;
    const { policy } = endpointOf(record.connectionString);
    const endpoint = { hostName, httpsPort, mqttPort, caPath: ca ?? caPath, localAddress: localAddress(bindAddress), policy };
    return { kind: 'running', endpoint, config, record };
  } catch (error) {
    if (!(error instanceof SetupError) && !(error instanceof HubError)) throw error;
    return { kind: 'stopped', config, trace: { kind: 'unreadable', reason: error.message } };
  }
}

function endpointOf(connectionString: string): Omit<Endpoint, 'mqttPort' | 'caPath'> {
  const { hostName, httpsPort, policyName, key } = readConnectionString(connectionString);
  const policy = policyName === undefined || key === undefined ? undefined : { name: policyName, key };
  return { hostName, httpsPort, localAddress: undefined, policy };
}
