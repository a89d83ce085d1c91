// Searches among twins on SQLite.
import { LIMITS } from '../../domain/limits.ts';
import type { Cursor } from '../../domain/query/cursor.ts';
import type { DocumentQuery, TwinCollection, TwinDocumentPage } from '../../ports/query-store.ts';
import { DEVICE_COLUMNS, type DeviceRow } from '../sql/device-row.ts';
import { MODULE_COLUMNS, type ModuleRow } from '../sql/module-row.ts';
import { type IdentityTwinRow, toTwinJson, type TwinSectionsRow } from '../sql/twin-row.ts';
import type { CancelFlag, Reader } from './driver.ts';
import { findDocuments, type WantedColumns } from './query-documents.ts';
import { rowsIn } from './query-sources.ts';
import { SECTION_COLUMNS } from './stored-rows.ts';

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

type Found<Item> = Scanned & { readonly items: readonly Item[]; readonly next: Cursor | undefined };

function searchTwins<Item>(
  reader: Reader,
  { cancelled, from, ...query }: TwinSearch & { readonly from: TwinCollection },
  toItem: (row: IdentityTwinRow) => Item,
): Found<Item> {
  const items: Item[] = [];
  let chars = 0;
  let last: Cursor | undefined;
  const seen = new Map<string, number>();
  const search = { from, wanted: { read: DOCUMENTS[from] }, query, cancelled, seen };
  for (const { row, cursor } of findDocuments<(DeviceRow | ModuleRow) & TwinSectionsRow>(reader, search)) {
    // This twin proves that the page is not the last one.
    if (items.length === query.limit || chars >= LIMITS.queryPageChars.value) return { items, next: last, scanned: rowsIn(seen) };
    items.push(toItem({ identity: row, twin: row }));
    last = cursor;
    const { tags, desired, desired_metadata, reported, reported_metadata } = row;
    chars += tags.length + desired.length + desired_metadata.length + reported.length + reported_metadata.length;
  }
  return { items, next: undefined, scanned: rowsIn(seen) };
}

/** Identity and twin of each document, in the statement that finds it: to read them one by one took twice as long as all else. */
const DOCUMENTS: Readonly<Record<TwinCollection, NonNullable<WantedColumns['read']>>> = {
  devices: {
    columns: `${ofTable('d', DEVICE_COLUMNS)}, ${SECTION_COLUMNS}`,
    joins: `cross join twins as t on t.device_id = page.id0 and t.module_id = ''
      cross join devices as d on d.device_id = page.id0`,
  },
  'devices.modules': {
    columns: `${ofTable('m', MODULE_COLUMNS)}, ${SECTION_COLUMNS}`,
    joins: `cross join twins as t on t.device_id = page.id0 and t.module_id = page.id1
      cross join modules as m on m.device_id = page.id0 and m.module_id = page.id1`,
  },
};

function ofTable(table: string, columns: string): string {
  return columns
    .split(',')
    .map((column) => `${table}.${column.trim()}`)
    .join(', ');
}
