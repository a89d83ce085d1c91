// How an identity is to sign in, read from the body of a device or module (behaviour 1.3).
import { HubError } from '../errors.ts';
import { type JsonObject, type JsonValue, ownValue } from '../json.ts';
import { LIMITS } from '../limits.ts';
import type { Authentication, AuthenticationType, Thumbprints } from './authentication.ts';
import { objectAt } from './identity-body.ts';
import { isSymmetricKey, type SymmetricKeys } from './symmetric-key.ts';

/**
 * Of keys and thumbprints only what goes with the type is taken. Without a type it is `selfSigned` where a thumbprint is given, else `sas`.
 * @returns `undefined` when new keys are to be made: for absent or empty keys (contract 2.3), and for a module that asks for `none`, which
 * the service turns into `sas` (measured); it refuses `none` for a device (live facts, Identity).
 * @throws HubError ArgumentInvalid that names the field.
 */
export function parseAuthentication(body: JsonObject, owner: 'device' | 'module'): Authentication | undefined {
  const authentication = objectAt(body, 'authentication');
  const keys = parseKeys(objectAt(authentication, 'symmetricKey'));
  const thumbprints = parseThumbprints(objectAt(authentication, 'x509Thumbprint'));
  switch (parseType(authentication, thumbprints)) {
    case 'sas':
      return keys && { type: 'sas', keys };
    case 'selfSigned':
      return { type: 'selfSigned', thumbprints };
    case 'certificateAuthority':
      return { type: 'certificateAuthority' };
    case 'none':
      if (owner === 'module') return undefined;
      throw invalid("'authentication.type' must not be 'none' for a device.");
  }
}

const TYPES: readonly AuthenticationType[] = ['sas', 'selfSigned', 'certificateAuthority', 'none'];

function parseType(authentication: JsonObject, { primary, secondary }: Thumbprints): AuthenticationType {
  const given = ownValue(authentication, 'type') ?? (primary === null && secondary === null ? 'sas' : 'selfSigned');
  const type = TYPES.find((one) => one === given);
  if (type === undefined) throw invalid("'authentication.type' must be 'sas', 'selfSigned' or 'certificateAuthority'.");
  return type;
}

function parseKeys(symmetricKey: JsonObject): SymmetricKeys | undefined {
  const primaryKey = ownValue(symmetricKey, 'primaryKey') ?? '';
  const secondaryKey = ownValue(symmetricKey, 'secondaryKey') ?? '';
  if (primaryKey === '' && secondaryKey === '') return undefined;
  if (primaryKey === '' || secondaryKey === '') throw invalid('Give both primaryKey and secondaryKey, or neither to have them made.');
  return { primaryKey: checkKey('primaryKey', primaryKey), secondaryKey: checkKey('secondaryKey', secondaryKey) };
}

/** @returns the key as it came. The value stays out of the message, since it is a secret. */
function checkKey(name: string, key: JsonValue): string {
  if (typeof key === 'string' && isSymmetricKey(key)) return key;
  const [min, max] = [LIMITS.keyMinBytes.value, LIMITS.keyMaxBytes.value];
  throw invalid(`'authentication.symmetricKey.${name}' must be base64 of ${min} to ${max} bytes.`);
}

function parseThumbprints(x509Thumbprint: JsonObject): Thumbprints {
  return { primary: thumbprintAt(x509Thumbprint, 'primaryThumbprint'), secondary: thumbprintAt(x509Thumbprint, 'secondaryThumbprint') };
}

/** SHA-1 or SHA-256 in hexadecimal, without separators, kept as it came (live facts, Identity). */
const THUMBPRINT = /^(?:[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64})$/;

function thumbprintAt(x509Thumbprint: JsonObject, name: string): string | null {
  const thumbprint = ownValue(x509Thumbprint, name) ?? '';
  if (thumbprint === '') return null;
  if (typeof thumbprint === 'string' && THUMBPRINT.test(thumbprint)) return thumbprint;
  throw invalid(`'authentication.x509Thumbprint.${name}' must be 40 or 64 hexadecimal digits (SHA-1 or SHA-256), without separators.`);
}

function invalid(message: string): HubError {
  return new HubError('ArgumentInvalid', message);
}
