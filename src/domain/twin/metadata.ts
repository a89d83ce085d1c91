// When each property of a twin was last written: a tree beside the properties (behaviour 3.1).
import { isJsonObject, ownValue, type JsonObject, type JsonValue } from '../json.ts';
import type { TwinMetadata } from './twin.ts';

/** What a write leaves at every level it touches. Desired properties also carry the `$version` that the write led to. */
export type MetadataStamp = { readonly $lastUpdated: string; readonly $lastUpdatedVersion?: number };

/**
 * The metadata after `patch` was merged into the properties it mirrors: each object and leaf on a touched path carries the stamp, a removed
 * key loses its entry and stamps its parents. Metadata of a whole section starts from `{}`. No property key begins with `$`, so stamps and properties never meet.
 */
export function mergeMetadata(metadata: TwinMetadata, patch: JsonObject, stamp: MetadataStamp): TwinMetadata {
  const merged = new Map<string, JsonValue>(Object.entries(metadata));
  for (const [key, value] of Object.entries(stamp)) merged.set(key, value);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, isJsonObject(value) ? mergeMetadata(entryAt(metadata, key), value, stamp) : { ...stamp });
  }
  return Object.fromEntries(merged);
}

function entryAt(metadata: TwinMetadata, key: string): TwinMetadata {
  const entry = ownValue(metadata, key);
  return isJsonObject(entry) ? entry : {};
}
