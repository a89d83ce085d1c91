// The bodies of policy calls, turned into what the caller may set.
import { HubError } from '../errors.ts';
import type { SymmetricKeys } from '../identity/symmetric-key.ts';
import { isSymmetricKey } from '../identity/symmetric-key.ts';
import { isJsonObject, type JsonObject, type JsonValue, ownValue } from '../json.ts';
import { LIMITS } from '../limits.ts';
import { type Permission, PERMISSIONS } from './policy.ts';
import type { KeyRotation, PolicySpec } from './policy-write.ts';

/** Names stand in tokens, connection strings and paths, so they hold nothing that is encoded there, and no name is `.` or `..`. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

const ROTATIONS: readonly KeyRotation[] = ['primary', 'secondary', 'both', 'swap'];

/**
 * Reads what is put: `permissions`, and both keys or neither. A policy that is sent back as it was read is welcome.
 * @param name as in the path; case-sensitive. @throws HubError ArgumentInvalid that names the field, without the value of a key.
 */
export function parsePolicySpec(name: string, body: JsonValue): PolicySpec {
  if (!isPolicyName(name)) {
    throw invalid(
      `'${name}' cannot be the name of a policy. It has 1 to ${LIMITS.policyNameChars.value} ASCII letters, digits, '.', '_' and '-', and begins with a letter or digit.`,
    );
  }
  if (!isJsonObject(body)) throw invalid('The body must be a JSON object with the permissions of the policy.');
  if ((ownValue(body, 'name') ?? name) !== name) throw invalid('The name in the body must equal the one in the path.');
  return { name, permissions: parsePermissions(ownValue(body, 'permissions')), keys: parseKeys(body) };
}

/** Reads `{"key":"primary"}`. @throws HubError ArgumentInvalid. */
export function parseKeyRotation(body: JsonValue): KeyRotation {
  const key = isJsonObject(body) ? ownValue(body, 'key') : undefined;
  const rotation = ROTATIONS.find((known) => known === key);
  if (rotation) return rotation;
  throw invalid(`'key' must be one of ${ROTATIONS.join(', ')}.`);
}

function isPolicyName(name: string): boolean {
  return name.length <= LIMITS.policyNameChars.value && NAME.test(name);
}

/** @returns the permissions in their usual order, each once. */
function parsePermissions(value: JsonValue | undefined): readonly Permission[] {
  // Array.isArray takes the elements of a readonly array for `any`.
  const names: readonly JsonValue[] = Array.isArray(value) ? value : [];
  const known: readonly JsonValue[] = PERMISSIONS;
  if (names.length === 0 || !names.every((name) => known.includes(name))) {
    throw invalid(`'permissions' must be a list of one or more of ${PERMISSIONS.join(', ')}.`);
  }
  return PERMISSIONS.filter((permission) => names.includes(permission));
}

function parseKeys(body: JsonObject): SymmetricKeys | undefined {
  const primaryKey = ownValue(body, 'primaryKey') ?? '';
  const secondaryKey = ownValue(body, 'secondaryKey') ?? '';
  if (primaryKey === '' && secondaryKey === '') return undefined;
  if (primaryKey === '' || secondaryKey === '') throw invalid('Give both primaryKey and secondaryKey, or neither.');
  if (primaryKey === secondaryKey) throw invalid('primaryKey and secondaryKey must differ, or neither could be rotated alone.');
  return { primaryKey: checkKey('primaryKey', primaryKey), secondaryKey: checkKey('secondaryKey', secondaryKey) };
}

/** The value stays out of the message, since it is a secret. */
function checkKey(name: string, key: JsonValue): string {
  if (typeof key === 'string' && isSymmetricKey(key)) return key;
  throw invalid(`'${name}' must be base64 of ${LIMITS.keyMinBytes.value} to ${LIMITS.keyMaxBytes.value} bytes.`);
}

function invalid(message: string): HubError {
  return new HubError('ArgumentInvalid', message);
}
