// How a device or module is to sign in, as the command line takes and shows it: keys, thumbprints of certificates, or any CA of the hub.
import { Option, type Command } from 'commander';
import { formatDeviceConnectionString, formatX509ConnectionString } from '../domain/access/connection-string.ts';
import type { IdentityId } from '../domain/identity/identity-id.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../domain/json.ts';
import { SetupError } from '../domain/setup-error.ts';
import { CommandFailure } from './command-failure.ts';
import { textAt, valueAt } from './output.ts';

/** By the word of the command line: the word of the API. */
const TYPES = { keys: 'sas', 'self-signed': 'selfSigned', ca: 'certificateAuthority' } as const;

export type AuthenticationOptions = {
  readonly auth?: keyof typeof TYPES;
  readonly primaryKey?: string;
  readonly secondaryKey?: string;
  readonly thumbprint?: string;
  readonly secondaryThumbprint?: string;
};

export function withAuthenticationOptions(command: Command): Command {
  return command
    .addOption(new Option('--auth <way>', 'How it signs in.').choices(Object.keys(TYPES)))
    .option('--primary-key <key>', 'Base64 of 16 to 64 bytes. Needs --secondary-key.')
    .option('--secondary-key <key>', 'Base64 of 16 to 64 bytes. Needs --primary-key.')
    .option('--thumbprint <hex>', 'SHA-1 or SHA-256 of a certificate, for --auth self-signed.')
    .option('--secondary-thumbprint <hex>', 'That of another certificate that is good as well.');
}

/**
 * The object of the API; `undefined`, which JSON leaves out, when nothing was given. Half a pair of keys is for the hub to refuse.
 * @param current that of the device before a change: of the same way to sign in, keys stay when none is given, and a thumbprint that is not
 * given. @throws SetupError for what excludes each other.
 */
export function authenticationOf(options: AuthenticationOptions, current?: JsonValue): JsonObject | undefined {
  const { primaryKey = null, secondaryKey = null, thumbprint, secondaryThumbprint } = options;
  const hasKeys = primaryKey !== null || secondaryKey !== null;
  const hasThumbprints = thumbprint !== undefined || secondaryThumbprint !== undefined;
  const implied = hasThumbprints ? 'self-signed' : undefined;
  const auth = options.auth ?? (hasKeys ? 'keys' : implied);
  if (auth === undefined) return undefined;
  if (hasKeys && auth !== 'keys') throw new SetupError('usage', `Keys are no part of --auth ${auth}. Leave them out.`);
  if (hasThumbprints && auth !== 'self-signed') throw new SetupError('usage', `Thumbprints are no part of --auth ${auth}. Leave them out.`);
  const type = TYPES[auth];
  const before = textAt(current, 'type') === type ? current : undefined;
  if (auth === 'keys') {
    const keys = hasKeys ? undefined : valueAt(before, 'symmetricKey');
    return { type, symmetricKey: keys ?? { primaryKey, secondaryKey } };
  }
  if (auth === 'ca') return { type };
  const kept = valueAt(before, 'x509Thumbprint');
  return {
    type,
    x509Thumbprint: {
      ...(isJsonObject(kept) && kept),
      ...(thumbprint !== undefined && { primaryThumbprint: thumbprint }),
      ...(secondaryThumbprint !== undefined && { secondaryThumbprint }),
    },
  };
}

/** Rows for people. Only those of its way to sign in have a value. */
export function authenticationRows(device: JsonValue | undefined): readonly (readonly [string, string])[] {
  const [way = ''] = Object.entries(TYPES).find(([, type]) => type === textAt(device, 'authentication', 'type')) ?? [];
  return [
    ['signs in by', way === 'keys' ? '' : way],
    ['primary key', textAt(device, 'authentication', 'symmetricKey', 'primaryKey')],
    ['secondary key', textAt(device, 'authentication', 'symmetricKey', 'secondaryKey')],
    ['primary thumbprint', textAt(device, 'authentication', 'x509Thumbprint', 'primaryThumbprint')],
    ['secondary thumbprint', textAt(device, 'authentication', 'x509Thumbprint', 'secondaryThumbprint')],
  ];
}

type Place = IdentityId & { readonly hostName: string; readonly secondary: boolean };

/** That of one with certificates holds no secret, and says so. */
export function connectionStringOf(identity: JsonValue | undefined, { secondary, ...place }: Place): string {
  const type = textAt(identity, 'authentication', 'type');
  if (type === TYPES['self-signed'] || type === TYPES.ca) return formatX509ConnectionString(place);
  if (type === 'none') throw new CommandFailure('It has no way to sign in, since the edge runtime on the device looks after it.');
  const key = textAt(identity, 'authentication', 'symmetricKey', secondary ? 'secondaryKey' : 'primaryKey');
  return formatDeviceConnectionString({ ...place, key });
}
