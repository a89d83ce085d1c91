// What the bodies of devices and modules have in common.
import { HubError } from '../errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, ownValue } from '../json.ts';

/** @throws HubError ArgumentInvalid when it is no object. @param what of which identity it is, such as `device`. */
export function identityBody(body: JsonValue, what: string): JsonObject {
  if (isJsonObject(body)) return body;
  throw new HubError('ArgumentInvalid', `The body must be a JSON object that describes a ${what}.`);
}

/** A body may leave out ids, since the path has them. @throws HubError ArgumentInvalid when it has another one. */
export function checkBodyId(body: JsonObject, name: 'deviceId' | 'moduleId', id: string): void {
  if ((ownValue(body, name) ?? id) === id) return;
  throw new HubError('ArgumentInvalid', `The ${name} in the body must equal the one in the path.`);
}

/** The object under a key; absent and null count as empty. @throws HubError ArgumentInvalid when it is something else. */
export function objectAt(parent: JsonObject, key: string): JsonObject {
  const value = ownValue(parent, key) ?? {};
  if (!isJsonObject(value)) throw new HubError('ArgumentInvalid', `'${key}' must be a JSON object.`);
  return value;
}
