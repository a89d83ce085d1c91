// Searches among twins on SQLite.
import { LIMITS } from '../../domain/limits.ts';
import type { Cursor } from '../../domain/query/cursor.ts';
import type { DocumentQuery } from '../../ports/query-store.ts';
import type { CancelFlag, Reader } from './driver.ts';
import { findDocuments } from './query-documents.ts';
import { readTwin } from './twin-operations.ts';
import type { IdentityTwinRow } from '../sql/twin-row.ts';

type TwinSearch = DocumentQuery & { readonly cancelled: CancelFlag };

type TwinRows = { readonly rows: readonly IdentityTwinRow[]; readonly next: Cursor | undefined };

export function queryTwins(reader: Reader, search: TwinSearch): TwinRows {
  return searchTwins(reader, 'devices', search);
}

export function queryModuleTwins(reader: Reader, search: TwinSearch): TwinRows {
  return searchTwins(reader, 'devices.modules', search);
}

/** The module is empty for the twin of a device. */
type FoundTwin = { readonly device: string; readonly module: string };

function searchTwins(reader: Reader, from: 'devices' | 'devices.modules', { cancelled, ...query }: TwinSearch): TwinRows {
  const rows: IdentityTwinRow[] = [];
  let chars = 0;
  let last: Cursor | undefined;
  const columns = { device: 't.device_id', module: 't.module_id' };
  for (const { row, cursor } of findDocuments<FoundTwin>(reader, { from, columns, query, cancelled })) {
    // This twin proves that the page is not the last one.
    if (rows.length === query.limit || chars >= LIMITS.queryPageChars.value) return { rows, next: last };
    const twin = readTwin(reader, row.module === '' ? { deviceId: row.device } : { deviceId: row.device, moduleId: row.module });
    if (!twin) continue;
    rows.push(twin);
    last = cursor;
    const { tags, desired, desired_metadata, reported, reported_metadata } = twin.twin;
    chars += tags.length + desired.length + desired_metadata.length + reported.length + reported_metadata.length;
  }
  return { rows, next: undefined };
}
