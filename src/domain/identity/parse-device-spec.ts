// The body of a device PUT, turned into what the caller may set.
import { HubError } from '../errors.ts';
import { ownValue, type JsonObject, type JsonValue } from '../json.ts';
import { LIMITS } from '../limits.ts';
import { checkDeviceId } from './device-id.ts';
import type { EdgeSpec } from './device-scope.ts';
import type { DeviceSpec } from './device-write.ts';
import type { DeviceStatus } from './device.ts';
import { checkBodyId, identityBody, objectAt } from './identity-body.ts';
import { parseAuthentication } from './parse-authentication.ts';

/**
 * Reads a device body. Whole devices that are sent back are welcome: read-only and unknown fields are ignored, also `etag`, since conditions
 * come as If-Match. Absent or empty keys ask for new ones (contract 2.3).
 * @throws HubError ArgumentInvalid that names the field.
 */
export function parseDeviceSpec(deviceId: string, json: JsonValue): DeviceSpec {
  checkDeviceId(deviceId);
  const body = identityBody(json, 'device');
  checkBodyId(body, 'deviceId', deviceId);
  return {
    deviceId,
    status: parseStatus(body),
    statusReason: parseStatusReason(body),
    authentication: parseAuthentication(body, 'device'),
    edge: parseEdge(body),
  };
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

/** Of the wrong device they are dropped later; what they hold is looked at here whichever it is. */
function parseEdge(body: JsonObject): EdgeSpec {
  const iotEdge = ownValue(objectAt(body, 'capabilities'), 'iotEdge') ?? false;
  if (typeof iotEdge !== 'boolean') throw invalid("'capabilities.iotEdge' must be true or false.");
  const deviceScope = ownValue(body, 'deviceScope') ?? '';
  if (typeof deviceScope !== 'string') throw invalid("'deviceScope' must be a string.");
  return { iotEdge, deviceScope: deviceScope === '' ? null : deviceScope, parentScopes: parseParentScopes(body) };
}

function parseParentScopes(body: JsonObject): readonly string[] {
  const given = ownValue(body, 'parentScopes') ?? [];
  const scopes = Array.isArray(given) ? given.filter((scope) => scope !== '') : undefined;
  const max = LIMITS.parentScopes.value;
  if (!scopes?.every((scope) => typeof scope === 'string') || scopes.length > max) {
    throw invalid(`'parentScopes' must be a list of at most ${max} scope.`);
  }
  return scopes;
}

function invalid(message: string): HubError {
  return new HubError('ArgumentInvalid', message);
}
