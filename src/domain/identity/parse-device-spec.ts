// The body of a device PUT, turned into what the caller may set.
import { HubError } from '../errors.ts';
import { isJsonObject, ownValue, type JsonObject, type JsonValue } from '../json.ts';
import { LIMITS } from '../limits.ts';
import { checkDeviceId } from './device-id.ts';
import type { Authentication } from './authentication.ts';
import type { DeviceSpec } from './device-write.ts';
import type { DeviceStatus } from './device.ts';
import { isSymmetricKey, type SymmetricKeys } from './symmetric-key.ts';

/**
 * Reads a device body. Whole devices that are sent back are welcome: read-only and unknown fields are ignored, also `etag`, since conditions
 * come as If-Match. Absent or empty keys ask for new ones (contract 2.3).
 * @throws HubError ArgumentInvalid that names the field, also for what the hub does not offer (docs/compatibility.md).
 */
export function parseDeviceSpec(deviceId: string, body: JsonValue): DeviceSpec {
  checkDeviceId(deviceId);
  if (!isJsonObject(body)) throw invalid('The body must be a JSON object that describes a device.');
  const bodyId = ownValue(body, 'deviceId') ?? deviceId;
  if (bodyId !== deviceId) throw invalid('The deviceId in the body must equal the one in the path.');
  checkPlainDevice(body);
  const authentication = parseAuthentication(body);
  return { deviceId, status: parseStatus(body), statusReason: parseStatusReason(body), authentication };
}

/** In any case: the service SDK for Java writes `Enabled`. */
function parseStatus(body: JsonObject): DeviceStatus {
  const given = ownValue(body, 'status') ?? 'enabled';
  const status = typeof given === 'string' ? given.toLowerCase() : given;
  if (status !== 'enabled' && status !== 'disabled') throw invalid("'status' must be 'enabled' or 'disabled'.");
  return status;
}

function parseStatusReason(body: JsonObject): string | null {
  const reason = ownValue(body, 'statusReason') ?? null;
  const maxChars = LIMITS.statusReasonChars.value;
  if (reason !== null && (typeof reason !== 'string' || reason.length > maxChars)) {
    throw invalid(`'statusReason' must be a string of at most ${maxChars} characters.`);
  }
  return reason;
}

/** IoT Edge devices, and devices behind one, carry these; a hub that ignored them would promise what it does not do. */
function checkPlainDevice(body: JsonObject): void {
  const capabilities = objectAt(body, 'capabilities');
  if ((ownValue(capabilities, 'iotEdge') ?? false) !== false) throw notSupported('capabilities.iotEdge');
  for (const field of ['deviceScope', 'parentScopes']) {
    const scope = ownValue(body, field) ?? '';
    if (scope !== '' && !(Array.isArray(scope) && scope.length === 0)) throw notSupported(field);
  }
}

function parseAuthentication(body: JsonObject): Authentication | undefined {
  const authentication = objectAt(body, 'authentication');
  const type = ownValue(authentication, 'type') ?? 'sas';
  if (type === 'selfSigned' || type === 'certificateAuthority') throw notSupported(`authentication.type '${type}'`);
  // Live facts, Identity: devices, unlike modules, cannot be without credentials.
  if (type === 'none') throw invalid("'authentication.type' must not be 'none' for a device.");
  if (type !== 'sas') throw invalid("'authentication.type' must be 'sas'.");
  for (const thumbprint of Object.values(objectAt(authentication, 'x509Thumbprint'))) {
    if (thumbprint !== null && thumbprint !== '') throw notSupported('authentication.x509Thumbprint');
  }
  const keys = parseKeys(objectAt(authentication, 'symmetricKey'));
  return keys && { type: 'sas', keys };
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

/** The object under a key; absent and null count as empty. */
function objectAt(parent: JsonObject, key: string): JsonObject {
  const value = ownValue(parent, key) ?? {};
  if (!isJsonObject(value)) throw invalid(`'${key}' must be a JSON object.`);
  return value;
}

function notSupported(what: string): HubError {
  return invalid(`${what} is not supported by this hub, see docs/compatibility.md.`);
}

function invalid(message: string): HubError {
  return new HubError('ArgumentInvalid', message);
}
