// Searches among twins on SQLite.
import { LIMITS } from '../../domain/limits.ts';
import type { Cursor } from '../../domain/query/cursor.ts';
import type { DocumentQuery } from '../../ports/query-store.ts';
import type { CancelFlag, Reader } from './driver.ts';
import { findDocuments } from './query-documents.ts';
import { readTwin } from './twin-operations.ts';
import type { IdentityTwinRow } from './twin-row.ts';

type TwinSearch = DocumentQuery & { readonly cancelled: CancelFlag };

export function queryTwins(
  reader: Reader,
  { cancelled, ...query }: TwinSearch,
): { readonly rows: readonly IdentityTwinRow[]; readonly next: Cursor | undefined } {
  const rows: IdentityTwinRow[] = [];
  let chars = 0;
  let last: Cursor | undefined;
  const found = findDocuments<{ readonly device: string }>(reader, {
    from: 'devices',
    columns: { device: 't.device_id' },
    query,
    cancelled,
  });
  for (const { row, cursor } of found) {
    // This device proves that the page is not the last one.
    if (rows.length === query.limit || chars >= LIMITS.queryPageChars.value) return { rows, next: last };
    const twin = readTwin(reader, { deviceId: row.device });
    if (!twin) continue;
    rows.push(twin);
    last = cursor;
    const { tags, desired, desired_metadata, reported, reported_metadata } = twin.twin;
    chars += tags.length + desired.length + desired_metadata.length + reported.length + reported_metadata.length;
  }
  return { rows, next: undefined };
}
