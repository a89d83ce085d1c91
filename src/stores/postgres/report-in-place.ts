// Reports that PostgreSQL merges where they lie: neither the section nor its metadata is sent, parsed, merged and sent back.
import { addressOf, type IdentityId } from '../../domain/identity/identity-id.ts';
import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import { LIMITS } from '../../domain/limits.ts';
import { sectionSize, sectionWeight } from '../../domain/twin/twin-section.ts';
import type { TwinChange } from '../../domain/twin/twin.ts';
import type { Writer } from './driver.ts';

type Report = Extract<TwinChange, { kind: 'report' }>;

type VersionRow = { readonly device_id: string; readonly module_id: string; readonly reported_version: number };

/*
 * `applyTwinChange` is the rule, and a test compares the two. Here is only what may go by merging alone; whoever finds no version asks the rule,
 * which also knows why a change is refused.
 */

/** What may go by merging: a report without objects in it, of a twin that no other change of the batch is about. `||` merges one level. */
export function mergeableOf(changes: readonly TwinChange[]): readonly Report[] {
  const counts = new Map<string, number>();
  for (const change of changes) counts.set(addressOf(change), (counts.get(addressOf(change)) ?? 0) + 1);
  return changes.flatMap((change) => {
    const isAlone = counts.get(addressOf(change)) === 1;
    return change.kind === 'report' && isAlone && isFlat(change.patch) ? [change] : [];
  });
}

function isFlat(patch: JsonObject): boolean {
  return !Object.values(patch).some(isJsonObject);
}

/**
 * Of twins that are locked. @returns by address the new version of the reported properties. Of a twin that is missing there the rule has to be
 * asked; nothing of it has changed.
 */
export async function reportInPlace(writer: Writer, reports: readonly Report[]): Promise<ReadonlyMap<string, number>> {
  if (reports.length === 0) return new Map();
  const rows = await writer.rows<VersionRow>(
    `update twins
     set reported = (reported || patch) - removed,
       reported_metadata = (reported_metadata || stamped) - removed,
       reported_version = reported_version + 1
     from jsonb_to_recordset($1::jsonb) as changed (
       device_id text, module_id text, patch jsonb, stamped jsonb, removed text[], base_version bigint, room_bytes integer
     )
     where twins.device_id = changed.device_id
     and twins.module_id = changed.module_id
     and reported_version = coalesce(base_version, reported_version)
     and octet_length(reported::text) <= room_bytes
     returning twins.device_id, twins.module_id, reported_version`,
    JSON.stringify(reports.map(mergeOf)),
  );
  return new Map(rows.map((row) => [addressOf(idOf(row)), row.reported_version]));
}

function idOf({ device_id: deviceId, module_id: moduleId }: VersionRow): IdentityId {
  return moduleId === '' ? { deviceId } : { deviceId, moduleId };
}

function mergeOf({ deviceId, moduleId = '', patch, baseVersion, at }: Report): object {
  const stamp = { $lastUpdated: at };
  const kept = Object.entries(patch).filter(([, value]) => value !== null);
  return {
    device_id: deviceId,
    module_id: moduleId,
    patch: Object.fromEntries(kept),
    stamped: { ...Object.fromEntries(kept.map(([key]) => [key, stamp])), ...stamp },
    removed: Object.entries(patch).flatMap(([key, value]) => (value === null ? [key] : [])),
    base_version: baseVersion ?? null,
    room_bytes: roomFor(patch),
  };
}

/** As text a number takes three bytes at least, with what separates it from the next, and counts as eight; nothing else counts for more than twice its bytes. */
const SIZE_PER_BYTE = 4;

/** Up to how many bytes of text the section may have so that it is within its limits after the patch, whatever of the patch it has already. */
function roomFor(patch: JsonObject): number {
  const bySize = Math.floor((LIMITS.propertiesBytes.value - sectionSize(patch)) / SIZE_PER_BYTE);
  return Math.min(bySize, LIMITS.twinSectionWeight.value - sectionWeight(patch));
}
