// The change feed on SQLite.
import type { Change } from '../../domain/change.ts';
import { CHANGE_COLUMNS, type ChangeRow, toChange, toChangeRow } from '../sql/change-row.ts';
import { logTable, type Reader, type Writer } from './driver.ts';
import { type AgeRange, trimOldest } from './trim-oldest.ts';

const CHANGES = logTable('changes', ['at', 'kind', 'device_id', 'module_id', 'sections']);

/** Belongs in the transaction of the write that it tells of. */
export function appendChange(writer: Writer, change: Omit<Change, 'sequence'>): void {
  const row = toChangeRow(change);
  writer.append(CHANGES, [row.at, row.kind, row.device_id, row.module_id, row.sections]);
}

export function readPosition(reader: Reader): number {
  return reader.row<{ readonly position: number | null }>('select max(sequence) as position from changes')?.position ?? 0;
}

export function readChanges(reader: Reader, page: { readonly afterSequence: number; readonly limit: number }): readonly Change[] {
  const rows = reader.rows<ChangeRow>(
    `select ${CHANGE_COLUMNS}
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
