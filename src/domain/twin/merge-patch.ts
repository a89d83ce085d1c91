// JSON merge patch as twins mean it: objects merge, null removes, anything else replaces (behaviour 3.3).
import { isJsonObject, ownValue, type JsonObject, type JsonValue } from '../json.ts';

/**
 * The target after the patch; neither is changed, and what the patch does not touch is shared. Arrays are replaced whole. Nulls below a
 * parent that is absent, or no object, leave that parent as `{}`. The result holds no null that the target did not hold.
 */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  // Built through a Map and fromEntries, which make even `__proto__` an ordinary key.
  const merged = new Map<string, JsonValue>(Object.entries(target));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, isJsonObject(value) ? mergePatch(objectAt(target, key), value) : value);
  }
  return Object.fromEntries(merged);
}

/**
 * The merge patch that leads from one section to another that holds no null: all of `after`, and null for each key that it lacks, at every
 * level where both are objects. A client that merges what it is sent arrives at `after`.
 */
export function replacingPatch(before: JsonObject, after: JsonObject): JsonObject {
  const patch = new Map<string, JsonValue>();
  for (const key of Object.keys(before)) {
    if (!Object.hasOwn(after, key)) patch.set(key, null);
  }
  for (const [key, value] of Object.entries(after)) {
    patch.set(key, isJsonObject(value) ? replacingPatch(objectAt(before, key), value) : value);
  }
  return Object.fromEntries(patch);
}

function objectAt(parent: JsonObject, key: string): JsonObject {
  const value = ownValue(parent, key);
  return isJsonObject(value) ? value : {};
}
