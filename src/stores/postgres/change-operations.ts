// The change feed on PostgreSQL.
import type { Change } from '../../domain/change.ts';
import { CHANGE_COLUMNS, type ChangeRow, toChange, toChangeRow } from '../sql/change-row.ts';
import type { Reader, Writer } from './driver.ts';
import { type AgeRange, trimOldest } from './trim-oldest.ts';

/**
 * Sequences are given out before their transactions commit. A reader that has passed one would never see an earlier one that comes after, so a
 * transaction takes its own only when each that had some has ended: they come in the order of the commits. The lock ends with the transaction, so
 * changes are appended last.
 */
const FEED_LOCK = `select pg_advisory_xact_lock(hashtextextended('twinhub feed ' || current_schema(), 0))`;

/** Belongs at the end of the transaction of the writes that they tell of, and is not waited for. */
export function appendChanges(writer: Writer, changes: readonly Omit<Change, 'sequence'>[]): void {
  if (changes.length === 0) return;
  writer.send(FEED_LOCK);
  writer.send(
    `insert into changes (device_id, module_id, at, kind, sections)
     select device_id, module_id, at, kind, sections
     from jsonb_populate_recordset(null::changes, $1::jsonb) with ordinality
     order by ordinality`,
    JSON.stringify(changes.map(toChangeRow)),
  );
}

export async function readChanges(reader: Reader, afterSequence: number, limit: number): Promise<readonly Change[]> {
  const rows = await reader.rows<ChangeRow>(
    `select ${CHANGE_COLUMNS}
     from changes
     where sequence > $1
     order by sequence
     limit $2`,
    afterSequence,
    limit,
  );
  return rows.map(toChange);
}

/** The last one that `readChanges` gives. */
export async function readPosition(reader: Reader): Promise<number> {
  const [row] = await reader.rows<{ readonly sequence: number }>(
    `select sequence
     from changes
     order by sequence desc
     limit 1`,
  );
  return row?.sequence ?? 0;
}

export function trimChanges(writer: Writer, range: AgeRange): Promise<number> {
  return trimOldest(writer, 'changes', range);
}
