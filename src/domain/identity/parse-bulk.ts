// The body of a bulk call to the registry, turned into one request for each device or module (behaviour 1.6).
import { HubError, type Outcome, outcomeOf } from '../errors.ts';
import { isJsonObject, ownValue, type JsonObject, type JsonValue } from '../json.ts';
import { LIMITS } from '../limits.ts';
import { parsePrecondition, type Precondition } from '../precondition.ts';
import { parseTwinSections } from '../twin/parse-twin-change.ts';
import { checkDeviceId, checkModuleId } from './device-id.ts';
import type { DeviceSpec } from './device-write.ts';
import { type IdentityId, isModuleId } from './identity-id.ts';
import type { ModuleSpec } from './module-write.ts';
import { parseDeviceSpec } from './parse-device-spec.ts';
import { parseModuleSpec } from './parse-module-spec.ts';

/** What an item asks for, in the words of the service. `createOrUpdate` and its like are for imports from files alone (behaviour 1.6). */
const IMPORT_MODES = [
  'create',
  'update',
  'updateIfMatchETag',
  'delete',
  'deleteIfMatchETag',
  'updateTwin',
  'updateTwinIfMatchETag',
] as const;

type ImportMode = (typeof IMPORT_MODES)[number];

/** Who an item is about, as it was sent: the id may be one that no device can have. `operation` is absent where the item has no known mode. */
export type BulkTarget = { readonly deviceId: string; readonly moduleId: string | undefined; readonly operation: ImportMode | undefined };

/** A merge of tags and desired properties; an absent section stays as it is. */
export type TwinPatch = {
  readonly tags: JsonObject | undefined;
  readonly desired: JsonObject | undefined;
  readonly precondition: Precondition;
};

/** `twin` rides along: identity and twin are written both or neither. */
export type BulkRequest =
  | { readonly kind: 'put'; readonly spec: DeviceSpec; readonly precondition: Precondition; readonly twin: TwinPatch | undefined }
  | { readonly kind: 'putModule'; readonly spec: ModuleSpec; readonly precondition: Precondition; readonly twin: TwinPatch | undefined }
  | { readonly kind: 'delete'; readonly id: IdentityId; readonly precondition: Precondition }
  | { readonly kind: 'patchTwin'; readonly id: IdentityId; readonly twin: TwinPatch };

/** `request` is refused where the item breaks a rule that depends on nothing stored. */
export type BulkItem = { readonly target: BulkTarget; readonly request: Outcome<BulkRequest> };

/**
 * Reads the array of a bulk call, in its order. What cannot be named in an answer refuses the whole call; any other fault refuses its item.
 * @throws HubError ArgumentInvalid when it is no array of objects with an id, TooManyDevices, or DeviceDefinedMultipleTimes.
 */
export function parseBulk(body: JsonValue): readonly BulkItem[] {
  if (typeof body !== 'object' || body === null || isJsonObject(body)) throw invalid('The body must be a JSON array of devices.');
  const max = LIMITS.bulkDevices.value;
  if (body.length > max) throw new HubError('TooManyDevices', `A bulk call may name ${max} devices, not ${body.length}.`);
  const items = body.map(parseItem);
  checkNamedOnce(items);
  return items;
}

function parseItem(item: JsonValue, index: number): BulkItem {
  const target = isJsonObject(item) ? targetOf(item) : undefined;
  if (!isJsonObject(item) || !target) {
    throw invalid(`Item ${index + 1} of the array must be a JSON object with a device id as 'id', and with text as 'moduleId' if any.`);
  }
  return { target, request: outcomeOf(() => parseRequest(target, item)) };
}

/** `undefined` when nothing says which device it is. */
function targetOf(item: JsonObject): BulkTarget | undefined {
  const deviceId = ownValue(item, 'id');
  const moduleId = ownValue(item, 'moduleId') ?? '';
  if (typeof deviceId !== 'string' || deviceId === '' || typeof moduleId !== 'string') return undefined;
  return { deviceId, moduleId: moduleId === '' ? undefined : moduleId, operation: modeOf(ownValue(item, 'importMode')) };
}

/** A device and each of its modules are things of their own. */
function checkNamedOnce(items: readonly BulkItem[]): void {
  const seen = new Set<string>();
  for (const { target } of items) {
    const key = JSON.stringify([target.deviceId, target.moduleId]);
    if (seen.has(key)) throw new HubError('DeviceDefinedMultipleTimes', `The device '${target.deviceId}' is named twice in one call.`);
    seen.add(key);
  }
}

/** SDKs write modes with and without a capital letter (contract 2.3). */
function modeOf(text: JsonValue | undefined): ImportMode | undefined {
  if (typeof text !== 'string') return undefined;
  return IMPORT_MODES.find((mode) => mode.toLowerCase() === text.toLowerCase());
}

function parseRequest({ deviceId, moduleId, operation }: BulkTarget, item: JsonObject): BulkRequest {
  checkDeviceId(deviceId);
  if (moduleId !== undefined) checkModuleId(moduleId);
  const id = { deviceId, moduleId };
  switch (operation) {
    case 'create':
      return putOf(id, item, { precondition: { kind: 'none' }, twin: twinBeside(item, undefined) });
    case 'update':
      return putOf(id, item, { precondition: { kind: 'any' }, twin: twinBeside(item, undefined) });
    case 'updateIfMatchETag':
      return putOf(id, item, { precondition: neededEtag(item, DEVICE_ETAG), twin: twinBeside(item, etagAt(item, TWIN_ETAG)) });
    case 'delete':
      return { kind: 'delete', id, precondition: { kind: 'any' } };
    case 'deleteIfMatchETag':
      return { kind: 'delete', id, precondition: neededEtag(item, DEVICE_ETAG) };
    case 'updateTwin':
      return { kind: 'patchTwin', id, twin: { ...sectionsOf(item), precondition: { kind: 'any' } } };
    case 'updateTwinIfMatchETag':
      return { kind: 'patchTwin', id, twin: { ...sectionsOf(item), precondition: neededEtag(item, TWIN_ETAG) } };
    case undefined:
      throw invalid(`'importMode' must be one of ${IMPORT_MODES.join(', ')}.`);
  }
}

type PutConditions = { readonly precondition: Precondition; readonly twin: TwinPatch | undefined };

function putOf(id: IdentityId, item: JsonObject, conditions: PutConditions): BulkRequest {
  return isModuleId(id)
    ? { kind: 'putModule', spec: parseModuleSpec(id, item), ...conditions }
    : { kind: 'put', spec: parseDeviceSpec(id.deviceId, item), ...conditions };
}

/** The twin data that rides along with an identity. Etags are looked at in the modes with IfMatch alone (behaviour 1.6). */
function twinBeside(item: JsonObject, etag: string | undefined): TwinPatch | undefined {
  const { tags, desired } = sectionsOf(item);
  return tags || desired ? { tags, desired, precondition: parsePrecondition(etag) } : undefined;
}

/** SDKs with typed models write null for what was not set, so null is no wish to clear desired properties, as it is in a twin PATCH. */
function sectionsOf(item: JsonObject): Pick<TwinPatch, 'tags' | 'desired'> {
  const { tags, desired } = parseTwinSections(item);
  return { tags: tags ?? undefined, desired: desired ?? undefined };
}

/** The names that SDKs use: the Node SDK sends devices as it read them, with `etag`. */
const DEVICE_ETAG = ['eTag', 'etag'] as const;
const TWIN_ETAG = ['twinETag', 'twinEtag'] as const;

type EtagNames = typeof DEVICE_ETAG | typeof TWIN_ETAG;

function etagAt(item: JsonObject, names: EtagNames): string | undefined {
  return textAt(item, names[0]) ?? textAt(item, names[1]);
}

function neededEtag(item: JsonObject, names: EtagNames): Precondition {
  const precondition = parsePrecondition(etagAt(item, names));
  if (precondition.kind !== 'none') return precondition;
  throw new HubError('PreconditionFailed', `Etag missing. Give '${names[0]}', or choose the mode without IfMatchETag.`);
}

/** A text that is there and not empty. */
function textAt(item: JsonObject, name: string): string | undefined {
  const value = ownValue(item, name) ?? '';
  if (typeof value !== 'string') throw invalid(`'${name}' must be a string.`);
  return value === '' ? undefined : value;
}

function invalid(message: string): HubError {
  return new HubError('ArgumentInvalid', message);
}
