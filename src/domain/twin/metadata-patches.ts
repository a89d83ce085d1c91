// The rule of metadata as merge patches, for stores that merge JSON where it lies.
import { isJsonObject, type JsonObject } from '../json.ts';
import type { MetadataStamp } from './metadata.ts';

/** `cleared` is merged first: it removes the entries of all that `patch` removes or replaces. `stamped` then makes those anew. */
export type MetadataPatches = { readonly cleared: JsonObject; readonly stamped: JsonObject };

/** What leads from any metadata to what `mergeMetadata` makes of it with the same patch and stamp. */
export function metadataPatches(patch: JsonObject, stamp: MetadataStamp): MetadataPatches {
  const cleared: [key: string, value: JsonObject | null][] = [];
  const stamped: [key: string, value: JsonObject][] = [];
  for (const [key, value] of Object.entries(patch)) {
    if (isJsonObject(value)) {
      const below = metadataPatches(value, stamp);
      cleared.push([key, below.cleared]);
      stamped.push([key, below.stamped]);
    } else {
      cleared.push([key, null]);
      if (value !== null) stamped.push([key, stamp]);
    }
  }
  // No key of a property begins with `$`. Made by fromEntries, to which even `__proto__` is an ordinary key.
  return { cleared: Object.fromEntries(cleared), stamped: { ...stamp, ...Object.fromEntries(stamped) } };
}
