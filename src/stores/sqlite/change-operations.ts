// The change feed on SQLite.
import type { Change, ChangeKind } from '../../domain/change.ts';
import type { IdentityId } from '../../domain/identity/identity-id.ts';
import type { TwinSectionName } from '../../domain/twin/twin.ts';
import type { Reader, Writer } from './driver.ts';
import { joinNames, splitNames } from './name-list.ts';
import { type AgeRange, trimOldest } from './trim-oldest.ts';

type ChangeRow = {
  readonly sequence: number;
  readonly at: string;
  readonly kind: ChangeKind;
  readonly device_id: string;
  readonly module_id: string;
  readonly sections: string;
};

/** Belongs in the transaction of the write that it tells of. */
export function appendChange(writer: Writer, change: Omit<Change, 'sequence'>): void {
  writer.run(
    `insert into changes (at, kind, device_id, module_id, sections)
     values (?, ?, ?, ?, ?)`,
    change.at,
    change.kind,
    change.deviceId,
    change.moduleId ?? '',
    joinNames(change.sections),
  );
}

/** Changes of the same sections of twins, in their order. */
type TwinUpdates = { readonly sections: readonly TwinSectionName[]; readonly updates: readonly (IdentityId & { readonly at: string })[] };

/** Appends a change for each of the updates. Belongs in their transaction. */
export function appendTwinUpdates(writer: Writer, { sections, updates }: TwinUpdates): void {
  if (updates.length === 0) return;
  writer.run(
    `insert into changes (at, kind, device_id, module_id, sections)
     select value ->> 0, 'twinUpdated', value ->> 1, value ->> 2, ?
     from json_each(?)
     order by key`,
    joinNames(sections),
    JSON.stringify(updates.map(({ at, deviceId, moduleId = '' }) => [at, deviceId, moduleId])),
  );
}

export function readChanges(reader: Reader, page: { readonly afterSequence: number; readonly limit: number }): readonly Change[] {
  const rows = reader.rows<ChangeRow>(
    `select sequence, at, kind, device_id, module_id, sections
     from changes
     where sequence > ?
     order by sequence
     limit ?`,
    page.afterSequence,
    page.limit,
  );
  return rows.map(toChange);
}

export function trimChanges(writer: Writer, range: AgeRange): number {
  return trimOldest(writer, 'changes', range);
}

function toChange(row: ChangeRow): Change {
  return {
    sequence: row.sequence,
    at: row.at,
    kind: row.kind,
    deviceId: row.device_id,
    ...(row.module_id !== '' && { moduleId: row.module_id }),
    sections: splitNames(row.sections),
  };
}
