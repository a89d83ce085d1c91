// Changes of twins that SQLite merges where they lie: neither section nor metadata is read, parsed and printed again.
import type { JsonObject } from '../../domain/json.ts';
import { LIMITS } from '../../domain/limits.ts';
import { metadataPatches } from '../../domain/twin/metadata-patches.ts';
import { sectionSize, sectionWeight } from '../../domain/twin/twin-section.ts';
import type { TwinChange } from '../../domain/twin/twin.ts';
import type { Writer } from './driver.ts';

type ServicePatch = Pick<Extract<TwinChange, { kind: 'patch' | 'replace' }>, 'tags' | 'desired'>;
type Report = Extract<TwinChange, { kind: 'report' }>;

/*
 * `applyTwinChange` is the rule, and a test compares the two. Here is only what may go by merging alone, which is a third of the work of the
 * rule; whoever gets `undefined` asks the rule, which also knows why a change is refused.
 */

/** @returns the new version of the reported properties; `undefined` when the rule has to be asked, and nothing has changed. */
export function reportInPlace(writer: Writer, { deviceId, moduleId = '', patch, baseVersion, at }: Report): number | undefined {
  const roomBytes = roomFor(patch, LIMITS.propertiesBytes.value);
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

type DevicesPatch = { readonly deviceIds: readonly string[]; readonly patch: ServicePatch; readonly at: string };

/**
 * The patch of a back end, on the twins of many devices in one statement.
 * @returns by device the version of its desired properties. Of a device that is missing there the rule has to be asked; nothing of it has changed.
 */
export function patchDevicesInPlace(writer: Writer, { deviceIds, patch, at }: DevicesPatch): ReadonlyMap<string, number> {
  const merges = [mergeOfTags(patch.tags), mergeOfDesired(patch.desired, at)];
  const parts = merges.filter((merge) => typeof merge === 'object');
  if (parts.length === 0 || merges.includes('byRule')) return new Map();
  const rows = writer.rows<{ readonly device_id: string; readonly desired_version: number }>(
    `update twins
     set etag_counter = etag_counter + 1, version = version + 1, ${parts.map(({ set }) => set).join(', ')}
     where device_id in (
       select value
       from json_each(?)
     )
     and module_id = ''
     ${parts.map(({ section }) => `and octet_length(${section}) <= ?`).join('\n')}
     returning device_id, desired_version`,
    ...parts.flatMap(({ values }) => values),
    JSON.stringify(deviceIds),
    ...parts.map(({ roomBytes }) => roomBytes),
  );
  return new Map(rows.map((row) => [row.device_id, row.desired_version]));
}

/** How the statement writes one section. */
type Merge = {
  readonly section: 'tags' | 'desired';
  readonly set: string;
  readonly values: readonly string[];
  readonly roomBytes: number;
};

/** `tags: null` changes nothing (behaviour 3.3). */
function mergeOfTags(tags: ServicePatch['tags']): Merge | 'nothing' | 'byRule' {
  if (!tags) return 'nothing';
  const roomBytes = roomFor(tags, LIMITS.tagsBytes.value);
  if (roomBytes === undefined) return 'byRule';
  return { section: 'tags', set: 'tags = jsonb_patch(tags, ?)', values: [JSON.stringify(tags)], roomBytes };
}

/** Stands for a version that only the row knows. No key of a property holds a `$`, so it is found nowhere else. */
const ANY_VERSION = '"$lastUpdatedVersion":0';

function mergeOfDesired(desired: ServicePatch['desired'], at: string): Merge | 'nothing' | 'byRule' {
  if (desired === undefined) return 'nothing';
  const roomBytes = desired === null ? undefined : roomFor(desired, LIMITS.propertiesBytes.value);
  if (desired === null || roomBytes === undefined) return 'byRule';
  const { cleared, stamped } = metadataPatches(desired, { $lastUpdated: at, $lastUpdatedVersion: 0 });
  return {
    section: 'desired',
    set: `desired = jsonb_patch(desired, ?),
      desired_metadata = jsonb_patch(
        jsonb_patch(desired_metadata, ?),
        replace(?, '${ANY_VERSION}', '"$lastUpdatedVersion":' || (desired_version + 1))
      ),
      desired_version = desired_version + 1`,
    values: [desired, cleared, stamped].map((part) => JSON.stringify(part)),
    roomBytes,
  };
}

/** SQLite looks for each key of a patch among all keys of the section, so larger patches are left to the rule. */
const PATCH_WEIGHT_MAX = 1024;

/** In JSONB a number takes two bytes where it counts as eight, and nothing else takes less. */
const SIZE_PER_BYTE = 4;

/**
 * Up to how many bytes of JSONB a section may have so that it is within its limits after the patch, whatever of the patch it has already;
 * `undefined` when the patch is too large to say so.
 */
function roomFor(patch: JsonObject, maxBytes: number): number | undefined {
  const weight = sectionWeight(patch);
  if (weight > PATCH_WEIGHT_MAX) return undefined;
  const bySize = Math.floor((maxBytes - sectionSize(patch)) / SIZE_PER_BYTE);
  return Math.min(bySize, LIMITS.twinSectionWeight.value - weight);
}
