// Searches among twins on PostgreSQL.
import type { DocumentQuery, TwinCollection, TwinDocumentPage, TwinPage } from '../../ports/query-store.ts';
import { DEVICE_COLUMNS, type DeviceRow } from '../sql/device-row.ts';
import { MODULE_COLUMNS, type ModuleRow } from '../sql/module-row.ts';
import { toIdentityTwin, toTwinJson, type TwinSectionsRow } from '../sql/twin-row.ts';
import type { Reader } from './driver.ts';
import { findDocuments, type ReadColumns } from './query-documents.ts';
import { CHUNK, readPage } from './query-page.ts';
import { TWIN_SECTIONS } from './twin-operations.ts';

/** The ids of a twin; those of devices have no second one. */
type FoundTwin = { readonly id0: string; readonly id1?: string };

type DocumentRow = (DeviceRow | ModuleRow) & TwinSectionsRow;

export async function queryTwins(reader: Reader, query: DocumentQuery): Promise<TwinPage> {
  const { items, ...page } = await searchTwins(reader, 'devices', query);
  return { twins: items.map((row) => toIdentityTwin({ identity: row, twin: row })), ...page };
}

export async function queryModuleTwins(reader: Reader, query: DocumentQuery): Promise<TwinPage> {
  const { items, ...page } = await searchTwins(reader, 'devices.modules', query);
  return { twins: items.map((row) => toIdentityTwin({ identity: row, twin: row })), ...page };
}

export async function queryTwinDocuments(reader: Reader, from: TwinCollection, query: DocumentQuery): Promise<TwinDocumentPage> {
  const { items, ...page } = await searchTwins(reader, from, query);
  return { documents: items.map((row) => toTwinJson({ identity: row, twin: row })), ...page };
}

type Page = Pick<TwinPage, 'next' | 'scanned'> & { readonly items: readonly DocumentRow[] };

/** What is on a page comes with the statement that finds it, where that is not more than may be in memory at once. */
async function searchTwins(reader: Reader, from: TwinCollection, query: DocumentQuery): Promise<Page> {
  if (query.limit <= CHUNK) {
    const { found, scanned } = await findDocuments<DocumentRow>(reader, { from, wanted: { read: DOCUMENTS[from] }, query });
    return { ...(await readPage({ found, limit: query.limit, read: (rows) => Promise.resolve(rows), sizeOf })), scanned };
  }
  const { found, scanned } = await findDocuments<FoundTwin>(reader, { from, wanted: {}, query });
  return { ...(await readPage({ found, limit: query.limit, read: (rows) => readTwins(reader, from, rows), sizeOf })), scanned };
}

/** Identity and twin of a document of `page`. `offset 0` keeps PostgreSQL from going through all twins for it, which it finds cheaper where it does not know how many there are. */
const DOCUMENTS: Readonly<Record<TwinCollection, ReadColumns>> = {
  devices: {
    columns: `${DEVICE_COLUMNS}, ${TWIN_SECTIONS}`,
    select: `select ${ofTable('d', DEVICE_COLUMNS)}, ${TWIN_SECTIONS}
      from twins as t
      join devices as d on d.device_id = t.device_id
      where t.device_id = page.id0
      and t.module_id = ''
      offset 0`,
  },
  'devices.modules': {
    columns: `${MODULE_COLUMNS}, ${TWIN_SECTIONS}`,
    select: `select ${ofTable('m', MODULE_COLUMNS)}, ${TWIN_SECTIONS}
      from twins as t
      join modules as m on m.device_id = t.device_id and m.module_id = t.module_id
      where t.device_id = page.id0
      and t.module_id = page.id1
      offset 0`,
  },
};

function ofTable(table: string, columns: string): string {
  return columns
    .split(',')
    .map((column) => `${table}.${column.trim()}`)
    .join(', ');
}

function readTwins(reader: Reader, from: TwinCollection, found: readonly FoundTwin[]): Promise<readonly DocumentRow[]> {
  const { columns, select } = DOCUMENTS[from];
  return reader.rows<DocumentRow>(
    `select ${columns}
     from unnest($1::text[], $2::text[]) with ordinality as page (id0, id1, place)
     cross join lateral (${select}) as document
     order by page.place`,
    found.map(({ id0 }) => id0),
    found.map(({ id1 = '' }) => id1),
  );
}

/** In characters of JSON, as `LIMITS.queryPageChars` counts them. */
function sizeOf({ tags, desired, desired_metadata, reported, reported_metadata }: TwinSectionsRow): number {
  return tags.length + desired.length + desired_metadata.length + reported.length + reported_metadata.length;
}
