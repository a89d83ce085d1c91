// Changes of twins that SQLite merges where they lie: neither section nor metadata is read, parsed and printed again.
import type { JsonObject } from '../../domain/json.ts';
import { LIMITS } from '../../domain/limits.ts';
import { metadataPatches } from '../../domain/twin/metadata-patches.ts';
import { sectionSize, sectionWeight } from '../../domain/twin/twin-section.ts';
import type { TwinChange } from '../../domain/twin/twin.ts';
import type { Writer } from './driver.ts';

type Report = Extract<TwinChange, { kind: 'report' }>;

/*
 * `applyTwinChange` is the rule, and a test compares the two. Here is only what may go by merging alone, which is a third of the work of the
 * rule; whoever gets `undefined` asks the rule, which also knows why a change is refused.
 */

/** @returns the new version of the reported properties; `undefined` when the rule has to be asked, and nothing has changed. */
export function reportInPlace(writer: Writer, { deviceId, moduleId = '', patch, baseVersion, at }: Report): number | undefined {
  const roomBytes = roomFor(patch);
  if (roomBytes === undefined) return undefined;
  const { cleared, stamped } = metadataPatches(patch, { $lastUpdated: at });
  const row = writer.row<{ readonly reported_version: number }>(
    `update twins
     set reported = jsonb_patch(reported, ?),
       reported_metadata = jsonb_patch(jsonb_patch(reported_metadata, ?), ?),
       reported_version = reported_version + 1
     where device_id = ?
     and module_id = ?
     and reported_version = coalesce(?, reported_version)
     and octet_length(reported) <= ?
     returning reported_version`,
    JSON.stringify(patch),
    JSON.stringify(cleared),
    JSON.stringify(stamped),
    deviceId,
    moduleId,
    baseVersion ?? null,
    roomBytes,
  );
  return row?.reported_version;
}

/** SQLite looks for each key of a patch among all keys of the section, so larger patches are left to the rule. */
const PATCH_WEIGHT_MAX = 1024;

/** In JSONB a number takes two bytes where it counts as eight, and nothing else takes less. */
const SIZE_PER_BYTE = 4;

/**
 * Up to how many bytes of JSONB a section of properties may have so that it is within its limits after the patch, whatever of the patch it
 * has already; `undefined` when the patch is too large to say so.
 */
function roomFor(patch: JsonObject): number | undefined {
  const weight = sectionWeight(patch);
  if (weight > PATCH_WEIGHT_MAX) return undefined;
  const bySize = Math.floor((LIMITS.propertiesBytes.value - sectionSize(patch)) / SIZE_PER_BYTE);
  return Math.min(bySize, LIMITS.twinSectionWeight.value - weight);
}
