// The body of a module PUT, turned into what the caller may set.
import { HubError } from '../errors.ts';
import { type JsonObject, type JsonValue, ownValue } from '../json.ts';
import { LIMITS } from '../limits.ts';
import { checkDeviceId, checkModuleId } from './device-id.ts';
import { checkBodyId, identityBody } from './identity-body.ts';
import type { ModuleId } from './identity-id.ts';
import type { ModuleSpec } from './module-write.ts';
import { parseAuthentication } from './parse-authentication.ts';

/**
 * Reads a module body. Whole modules that are sent back are welcome: read-only and unknown fields are ignored, also `etag`, since conditions
 * come as If-Match. Absent or empty keys ask for new ones.
 * @throws HubError ArgumentInvalid that names the field.
 */
export function parseModuleSpec({ deviceId, moduleId }: ModuleId, json: JsonValue): ModuleSpec {
  checkDeviceId(deviceId);
  checkModuleId(moduleId);
  const body = identityBody(json, 'module');
  checkBodyId(body, 'deviceId', deviceId);
  checkBodyId(body, 'moduleId', moduleId);
  return { deviceId, moduleId, managedBy: parseManagedBy(body), authentication: parseAuthentication(body, 'module') };
}

function parseManagedBy(body: JsonObject): string | null {
  const managedBy = ownValue(body, 'managedBy') ?? '';
  const maxChars = LIMITS.managedByChars.value;
  if (typeof managedBy !== 'string' || managedBy.length > maxChars) {
    throw new HubError('ArgumentInvalid', `'managedBy' must be a string of at most ${maxChars} characters.`);
  }
  return managedBy === '' ? null : managedBy;
}
