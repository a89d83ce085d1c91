// Connection strings: the one line that tells an app its hub and its key (behaviour 2.1).
import { HubError } from '../errors.ts';
import type { IdentityId } from '../identity/identity-id.ts';
import { LIMITS } from '../limits.ts';

/** `undefined` for each part that does not stand in the string. */
export type ConnectionString = {
  /** As given, with its port if it has one. */
  readonly hostName: string;
  readonly deviceId: string | undefined;
  readonly policyName: string | undefined;
  /** Base64. */
  readonly key: string | undefined;
};

/**
 * Splits at `;`, then at the first `=` of each part; names are case-sensitive, unknown ones are ignored (contract 1.1).
 * @throws HubError ArgumentInvalid, without the string's values, since they are secrets.
 */
export function parseConnectionString(text: string): ConnectionString {
  const maxChars = LIMITS.connectionStringChars.value;
  if (text.length > maxChars) throw invalid(`A connection string has at most ${maxChars} characters.`);
  const parts = new Map<string, string>();
  for (const part of text.trim().split(';')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    if (equals < 1) throw invalid('A connection string consists of NAME=VALUE parts separated by semicolons.');
    const name = part.slice(0, equals);
    if (parts.has(name)) throw invalid(`The connection string holds ${name} twice.`);
    parts.set(name, part.slice(equals + 1));
  }
  const hostName = parts.get('HostName') ?? '';
  if (hostName === '') throw invalid('The connection string lacks HostName.');
  return { hostName, deviceId: parts.get('DeviceId'), policyName: parts.get('SharedAccessKeyName'), key: parts.get('SharedAccessKey') };
}

export function formatServiceConnectionString(parts: { readonly hostName: string; readonly policy: string; readonly key: string }): string {
  return `HostName=${parts.hostName};SharedAccessKeyName=${parts.policy};SharedAccessKey=${parts.key}`;
}

/** Of a device or of a module. */
export function formatDeviceConnectionString({
  hostName,
  key,
  ...id
}: IdentityId & { readonly hostName: string; readonly key: string }): string {
  return `HostName=${hostName};${idParts(id)};SharedAccessKey=${key}`;
}

/** For an app that shows a certificate. */
export function formatX509ConnectionString({ hostName, ...id }: IdentityId & { readonly hostName: string }): string {
  return `HostName=${hostName};${idParts(id)};x509=true`;
}

function idParts({ deviceId, moduleId }: IdentityId): string {
  return moduleId === undefined ? `DeviceId=${deviceId}` : `DeviceId=${deviceId};ModuleId=${moduleId}`;
}

function invalid(message: string): HubError {
  return new HubError('ArgumentInvalid', message);
}
