// Every option of `twinhub start`, in one table: the flags of the command line, the environment and docs/configuration.md come from it.
import { LIMITS } from '../domain/limits.ts';
import { LOG_LEVELS } from './config.ts';
import {
  parseHostNames,
  parseIndexCount,
  parseIpAddress,
  parseLogLevel,
  parsePath,
  parsePolicyKeys,
  parsePort,
  parseStore,
  parseSwitch,
} from './option-values.ts';

/**
 * `value` is empty for a switch, which alone means `true`. `default` is the text that stands for an option that was not given; `undefined` where nothing is set then.
 * `parse` gets that text, or each of them for an option that repeats, and throws SetupError in terms of the value.
 */
type Option<T> = {
  readonly flag: string;
  readonly value: string;
  readonly env: string;
  readonly default: string | undefined;
  readonly repeats: boolean;
  readonly meaning: string;
  readonly parse: (texts: readonly string[]) => T;
};

/** Each key is the flag in camel case, as commander names it. */
export const OPTIONS = {
  dataDir: {
    flag: '--data-dir',
    value: 'DIR',
    env: 'TWINHUB_DATA_DIR',
    default: '.twinhub',
    repeats: false,
    meaning: 'Folder for the database, the certificates and what commands need to find the hub. Created when missing.',
    parse: single(parsePath),
  },
  hostname: {
    flag: '--hostname',
    value: 'NAME',
    env: 'TWINHUB_HOSTNAME',
    default: 'localhost',
    repeats: true,
    meaning:
      'Name or IP address under which clients reach the hub. The first one stands in connection strings. localhost, 127.0.0.1 and ::1 are always known too.',
    parse: parseHostNames,
  },
  httpsPort: {
    flag: '--https-port',
    value: 'PORT',
    env: 'TWINHUB_HTTPS_PORT',
    default: '443',
    repeats: false,
    meaning: 'Port for HTTPS; 0 takes any free one. Apps on the Azure SDKs reach another port than 443 only through `twinhub exec`.',
    parse: single(parsePort),
  },
  mqttPort: {
    flag: '--mqtt-port',
    value: 'PORT',
    env: 'TWINHUB_MQTT_PORT',
    default: '8883',
    repeats: false,
    meaning: 'Port for MQTT over TLS; 0 takes any free one.',
    parse: single(parsePort),
  },
  bind: {
    flag: '--bind',
    value: 'ADDRESS',
    env: 'TWINHUB_BIND',
    default: undefined,
    repeats: false,
    meaning: 'IP address to listen on, such as 127.0.0.1 to be reached from this machine alone. Without it: all addresses.',
    parse: single(parseIpAddress),
  },
  store: {
    flag: '--store',
    value: 'URL',
    env: 'TWINHUB_STORE',
    default: undefined,
    repeats: false,
    meaning:
      'Where devices and twins live: `sqlite:PATH`, `postgres://USER:PASSWORD@HOST/DATABASE`, or `ephemeral` to forget all on stop. Without it: twinhub.db in the data dir.',
    parse: single(parseStore),
  },
  policy: {
    flag: '--policy',
    value: 'NAME=KEY',
    env: 'TWINHUB_POLICY',
    default: undefined,
    repeats: true,
    meaning:
      'Primary key, base64 of 16 to 64 bytes, of a policy that the hub has, such as service; for tests that need a known key. Others are random.',
    parse: parsePolicyKeys,
  },
  tlsCert: {
    flag: '--tls-cert',
    value: 'FILE',
    env: 'TWINHUB_TLS_CERT',
    default: undefined,
    repeats: false,
    meaning: 'PEM file with your own server certificate and its chain, in place of one from the local CA. Needs --tls-key.',
    parse: single(parsePath),
  },
  tlsKey: {
    flag: '--tls-key',
    value: 'FILE',
    env: 'TWINHUB_TLS_KEY',
    default: undefined,
    repeats: false,
    meaning: 'PEM file with the private key of --tls-cert.',
    parse: single(parsePath),
  },
  logLevel: {
    flag: '--log-level',
    value: 'LEVEL',
    env: 'TWINHUB_LOG_LEVEL',
    default: 'info',
    repeats: false,
    meaning: `The least serious events that reach the log on standard error: ${LOG_LEVELS.join(', ')}.`,
    parse: single(parseLogLevel),
  },
  strictQueries: {
    flag: '--strict-queries',
    value: '',
    env: 'TWINHUB_STRICT_QUERIES',
    default: 'false',
    repeats: false,
    meaning:
      'Refuse what this hub adds to the query language of the service, such as ORDER BY and LOWER; docs/query-language.md names it all.',
    parse: single(parseSwitch),
  },
  autoIndex: {
    flag: '--auto-index',
    value: 'N',
    env: 'TWINHUB_AUTO_INDEX',
    default: '0',
    repeats: false,
    meaning: `Indexes, at most ${LIMITS.twinIndexes.value}, that the hub may make by itself on paths that queries often scan for; it drops of these what is used least.`,
    parse: single(parseIndexCount),
  },
} as const satisfies Record<string, Option<unknown>>;

export type OptionName = keyof typeof OPTIONS;

export type OptionValue<Name extends OptionName> = ReturnType<(typeof OPTIONS)[Name]['parse']>;

/** What the command line gave: the text of an option, or each of them for one that repeats. */
export type OptionFlags = { readonly [name in OptionName]?: string | readonly string[] };

/** Of an option that does not repeat the last text counts, as on most command lines. */
function single<T>(parse: (text: string) => T): (texts: readonly string[]) => T {
  return (texts) => parse(texts.at(-1) ?? '');
}
