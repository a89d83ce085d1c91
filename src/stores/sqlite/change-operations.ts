// The change feed on SQLite.
import type { Change, ChangeKind } from '../../domain/change.ts';
import { joinNames, splitNames } from '../sql/name-list.ts';
import { logTable, type Reader, type Writer } from './driver.ts';
import { type AgeRange, trimOldest } from './trim-oldest.ts';

type ChangeRow = {
  readonly sequence: number;
  readonly at: string;
  readonly kind: ChangeKind;
  readonly device_id: string;
  readonly module_id: string;
  readonly sections: string;
};

const CHANGES = logTable('changes', ['at', 'kind', 'device_id', 'module_id', 'sections']);

/** Belongs in the transaction of the write that it tells of. */
export function appendChange(writer: Writer, change: Omit<Change, 'sequence'>): void {
  writer.append(CHANGES, [change.at, change.kind, change.deviceId, change.moduleId ?? '', joinNames(change.sections)]);
}

export function readPosition(reader: Reader): number {
  return reader.row<{ readonly position: number | null }>('select max(sequence) as position from changes')?.position ?? 0;
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
