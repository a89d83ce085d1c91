// Shared access signature tokens: what they say and what they cover (contract 1.2). Signing itself is a port.
import { HubError, outcomeOf } from '../errors.ts';
import type { IdentityId } from '../identity/identity-id.ts';
import { LIMITS } from '../limits.ts';

export type SasToken = {
  /** The field `sr` exactly as sent: the signature covers its bytes, whatever encoding they are in. */
  readonly resource: string;
  /** Base64. */
  readonly signature: string;
  /** Seconds since 1970 UTC; any integer. */
  readonly expirySeconds: number;
  /** `undefined`: signed with a key of the device itself. */
  readonly policyName: string | undefined;
  /** What was signed. */
  readonly signedText: string;
};

/**
 * Reads a token, its fields in any order. Fields it does not know are ignored.
 * @throws HubError IotHubUnauthorizedAccess, without a word of the token in its message.
 */
export function parseSasToken(text: string): SasToken {
  const fields = tokenFields(text);
  const resource = fields.get('sr') ?? '';
  const expiry = fields.get('se') ?? '';
  const signature = percentDecoded(fields.get('sig') ?? '');
  const policyName = percentDecoded(fields.get('skn') ?? '');
  if (resource === '' || signature === undefined || signature === '' || policyName === undefined || !EXPIRY.test(expiry)) throw malformed();
  return {
    resource,
    signature,
    expirySeconds: Number(expiry),
    // Some clients send an empty `skn` (behaviour 2.3).
    policyName: policyName === '' ? undefined : policyName,
    signedText: `${resource}\n${expiry}`,
  };
}

/** The policy that a token names, whether it is good or not; `''` where it names none or is no token. At most as long as names of policies are. */
export function claimedPolicyName(text: string): string {
  const token = outcomeOf(() => parseSasToken(text));
  return token.kind === 'done' ? (token.value.policyName ?? '').slice(0, LIMITS.policyNameChars.value) : '';
}

/** The module of the device that a token is for, whether it is good or not; `undefined` where it is for the device, for more, or is no token. */
export function claimedModuleId(text: string, hostNames: readonly string[], deviceId: string): string | undefined {
  const token = outcomeOf(() => parseSasToken(text));
  const path = token.kind === 'done' ? pathOnHub(token.value, hostNames) : undefined;
  const modules = `/devices/${deviceId}/modules/`;
  const [moduleId] = path?.startsWith(modules) ? path.slice(modules.length).split('/') : [];
  return moduleId === '' ? undefined : moduleId;
}

/** Inverse of `parseSasToken`, in the field order of the SDKs. @param resource goes into the token as it is, so percent-encoded for devices. */
export function formatSasToken(token: Omit<SasToken, 'signedText'>): string {
  const policy = token.policyName === undefined ? '' : `&skn=${encodeURIComponent(token.policyName)}`;
  return `${SCHEME}sr=${token.resource}&sig=${encodeURIComponent(token.signature)}${policy}&se=${token.expirySeconds}`;
}

/** What a signature is made of. @param resource as it will stand in the token. */
export function textToSign(resource: string, expirySeconds: number): string {
  return `${resource}\n${expirySeconds}`;
}

export function isExpired(token: SasToken, nowMs: number): boolean {
  return token.expirySeconds * 1000 <= nowMs;
}

/**
 * Whether the token's resource is the path or a prefix of it at a `/`, on one of the hub's host names. Hosts compare without case and port,
 * paths exactly (contract 1.2). @param path begins with `/`, ids in it as they are, not percent-encoded.
 */
export function tokenCovers(token: SasToken, hostNames: readonly string[], path: string): boolean {
  const scope = pathOnHub(token, hostNames);
  return scope !== undefined && (path === scope || path.startsWith(`${scope}/`));
}

/**
 * Like `tokenCovers` for a device or module; a resource below it counts too, as some clients append `/api-version=…` (behaviour 2.3). The token
 * of a module is for that module alone. A key of the identity itself vouches for no other, so in a token that it signed the ids may be in other
 * case, as in published samples, not encoded at all, as by the SDK for C, or encoded twice, as by those for .NET.
 */
export function tokenCoversIdentity(token: SasToken, hostNames: readonly string[], { deviceId, moduleId }: IdentityId): boolean {
  const identity = moduleId === undefined ? `/devices/${deviceId}` : `/devices/${deviceId}/modules/${moduleId}`;
  if (tokenCovers(token, hostNames, identity)) return true;
  const path = pathOnHub(token, hostNames);
  if (path === undefined) return false;
  if (token.policyName !== undefined) return isAtOrUnder(path, identity);
  const forms = [path, pathOf(token.resource), percentDecoded(path) ?? path];
  return forms.some((form) => isAtOrUnder(form.toLowerCase(), identity.toLowerCase()));
}

/** Whether a host, as a client writes it, is one of the hub's names: case, a port and the brackets of IPv6 do not matter (contract 1.2). */
export function isHubHost(host: string, hostNames: readonly string[]): boolean {
  if (hostNames.includes(host)) return true;
  const bare = bareHost(host);
  return hostNames.some((name) => bareHost(name) === bare);
}

const SCHEME = 'SharedAccessSignature ';
const EXPIRY = /^-?\d{1,20}$/;

function tokenFields(text: string): ReadonlyMap<string, string> {
  if (text.length > LIMITS.sasTokenChars.value || !text.startsWith(SCHEME)) throw malformed();
  const fields = new Map<string, string>();
  for (const part of text.slice(SCHEME.length).trim().split('&')) {
    const equals = part.indexOf('=');
    const name = part.slice(0, equals);
    if (equals < 1 || fields.has(name)) throw malformed();
    fields.set(name, part.slice(equals + 1));
  }
  return fields;
}

/** The modules of a device are not the device, and what lies under them belongs to one of them. */
function isAtOrUnder(path: string, identity: string): boolean {
  if (!path.startsWith(`${identity}/`)) return path === identity;
  return !/^modules(?:\/|$)/i.test(path.slice(identity.length + 1));
}

/** The decoded resource without its host and without a `/` at its end; `undefined` when the host is not one of the hub's. */
function pathOnHub(token: SasToken, hostNames: readonly string[]): string | undefined {
  // Ids may hold a bare `%` where a client did not encode at all.
  const resource = percentDecoded(token.resource) ?? token.resource;
  const slash = resource.indexOf('/');
  return isHubHost(slash < 0 ? resource : resource.slice(0, slash), hostNames) ? pathOf(resource) : undefined;
}

function pathOf(resource: string): string {
  const slash = resource.indexOf('/');
  const path = slash < 0 ? '' : resource.slice(slash);
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

/** Lower case, without a port and without the brackets of an IPv6 address. */
function bareHost(host: string): string {
  const lower = host.toLowerCase();
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(lower);
  if (bracketed?.[1] !== undefined) return bracketed[1];
  return lower.indexOf(':') === lower.lastIndexOf(':') ? lower.replace(/:\d+$/, '') : lower;
}

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function malformed(): HubError {
  return new HubError('IotHubUnauthorizedAccess', 'The SAS token is malformed.');
}
