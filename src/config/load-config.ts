// Turns flags and environment into the frozen configuration of a hub; a flag wins over the environment, and that over the default.
import { join } from 'node:path';
import { invariant } from '../domain/errors.ts';
import type { Config, TlsConfig } from './config.ts';
import { OPTIONS, type OptionFlags, type OptionName, type OptionValue } from './options.ts';
import { SetupError } from '../domain/setup-error.ts';

type Given = { readonly flags: OptionFlags; readonly env: Readonly<Record<string, string | undefined>> };

/** Names under which a hub can be reached on its own machine, whatever else it is called. */
const LOCAL_HOST_NAMES = ['localhost', '127.0.0.1', '::1'];

/**
 * @param given the texts from the command line, and the environment, in which an empty variable counts as absent.
 * @throws SetupError of kind usage, whose message begins with the flag or variable that holds the wrong value.
 */
export function loadConfig(given: Given): Config {
  const dataDir = requiredOption('dataDir', given);
  const hostNames = requiredOption('hostname', given);
  const [primaryHostName] = hostNames;
  invariant(primaryHostName, 'a given list of host names holds at least one');
  return Object.freeze<Config>({
    dataDir,
    hostNames: Object.freeze([...new Set([...hostNames, ...LOCAL_HOST_NAMES])]),
    primaryHostName,
    httpsPort: requiredOption('httpsPort', given),
    mqttPort: requiredOption('mqttPort', given),
    bindAddress: readOption('bind', given),
    store: Object.freeze(readOption('store', given) ?? { kind: 'sqlite', path: join(dataDir, 'twinhub.db') }),
    policyKeys: readOption('policy', given) ?? new Map<string, string>(),
    tls: readTls(given),
    logLevel: requiredOption('logLevel', given),
    strictQueries: requiredOption('strictQueries', given),
    autoIndexes: requiredOption('autoIndex', given),
  });
}

/** The one option that commands need too, to find the hub. */
export function loadDataDir(given: Given): string {
  return requiredOption('dataDir', given);
}

function readTls(given: Given): TlsConfig | undefined {
  const certPath = readOption('tlsCert', given);
  const keyPath = readOption('tlsKey', given);
  if (certPath === undefined && keyPath === undefined) return undefined;
  if (certPath !== undefined && keyPath !== undefined) return Object.freeze({ certPath, keyPath });
  throw new SetupError('usage', 'A certificate and its key belong together. Give both --tls-cert and --tls-key, or neither.');
}

function requiredOption<Name extends OptionName>(name: Name, given: Given): OptionValue<Name> {
  const value = readOption(name, given);
  invariant(value !== undefined, `option ${name} has a default`);
  return value;
}

function readOption<Name extends OptionName>(name: Name, { flags, env }: Given): OptionValue<Name> | undefined {
  const option = OPTIONS[name];
  const flag = flags[name];
  const source = flag === undefined ? option.env : option.flag;
  const variable = env[option.env] === '' ? undefined : env[option.env];
  const text = flag ?? variable ?? option.default;
  if (text === undefined) return undefined;
  try {
    // The compiler does not see that the parser found under a name returns the value of that name.
    return option.parse(typeof text === 'string' ? [text] : text) as OptionValue<Name>;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    throw new SetupError(error.kind, `${source}: ${error.message}`, { cause: error });
  }
}
