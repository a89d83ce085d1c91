// Searches among twins on SQLite.
import { LIMITS } from '../../domain/limits.ts';
import type { Cursor } from '../../domain/query/cursor.ts';
import type { DocumentQuery, TwinCollection, TwinDocumentPage } from '../../ports/query-store.ts';
import type { CancelFlag, Reader } from './driver.ts';
import { findDocuments } from './query-documents.ts';
import { rowsIn } from './query-sources.ts';
import { readTwin } from './twin-operations.ts';
import { type IdentityTwinRow, toTwinJson } from '../sql/twin-row.ts';

type TwinSearch = DocumentQuery & { readonly cancelled: CancelFlag };

type TwinRows = Scanned & { readonly rows: readonly IdentityTwinRow[]; readonly next: Cursor | undefined };

export function queryTwins(reader: Reader, search: TwinSearch): TwinRows {
  const { items: rows, ...page } = searchTwins(reader, { ...search, from: 'devices' }, (row) => row);
  return { rows, ...page };
}

export function queryModuleTwins(reader: Reader, search: TwinSearch): TwinRows {
  const { items: rows, ...page } = searchTwins(reader, { ...search, from: 'devices.modules' }, (row) => row);
  return { rows, ...page };
}

/** Made here, the documents cost the main thread nothing. */
export function queryTwinDocuments(reader: Reader, search: TwinSearch & { readonly from: TwinCollection }): TwinDocumentPage {
  const { items: documents, ...page } = searchTwins(reader, search, toTwinJson);
  return { documents, ...page };
}

type Scanned = Pick<TwinDocumentPage, 'scanned'>;

/** The module is empty for the twin of a device. */
type FoundTwin = { readonly device: string; readonly module: string };

type Found<Item> = Scanned & { readonly items: readonly Item[]; readonly next: Cursor | undefined };

function searchTwins<Item>(
  reader: Reader,
  { cancelled, from, ...query }: TwinSearch & { readonly from: TwinCollection },
  toItem: (row: IdentityTwinRow) => Item,
): Found<Item> {
  const items: Item[] = [];
  let chars = 0;
  let last: Cursor | undefined;
  const columns = { device: 't.device_id', module: 't.module_id' };
  const seen = new Map<string, number>();
  for (const { row, cursor } of findDocuments<FoundTwin>(reader, { from, columns, query, cancelled, seen })) {
    // This twin proves that the page is not the last one.
    if (items.length === query.limit || chars >= LIMITS.queryPageChars.value) return { items, next: last, scanned: rowsIn(seen) };
    const twin = readTwin(reader, row.module === '' ? { deviceId: row.device } : { deviceId: row.device, moduleId: row.module });
    if (!twin) continue;
    items.push(toItem(twin));
    last = cursor;
    const { tags, desired, desired_metadata, reported, reported_metadata } = twin.twin;
    chars += tags.length + desired.length + desired_metadata.length + reported.length + reported_metadata.length;
  }
  return { items, next: undefined, scanned: rowsIn(seen) };
}
