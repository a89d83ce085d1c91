// Searches among twins on PostgreSQL.
import type { DocumentQuery, TwinCollection, TwinDocumentPage, TwinPage } from '../../ports/query-store.ts';
import { DEVICE_COLUMNS, type DeviceRow } from '../sql/device-row.ts';
import { MODULE_COLUMNS, type ModuleRow } from '../sql/module-row.ts';
import { toIdentityTwin, toTwinJson, type TwinSectionsRow } from '../sql/twin-row.ts';
import type { Reader } from './driver.ts';
import { findDocuments } from './query-documents.ts';
import { readPage } from './query-page.ts';
import { TWIN_SECTIONS } from './twin-operations.ts';

/** What a search finds of a twin; its document is read when it is on the page. */
type FoundTwin = { readonly id0: string; readonly id1: string };

export async function queryTwins(reader: Reader, query: DocumentQuery): Promise<TwinPage> {
  const { items, ...page } = await searchDeviceTwins(reader, query);
  return { twins: items.map((row) => toIdentityTwin({ identity: row, twin: row })), ...page };
}

export async function queryModuleTwins(reader: Reader, query: DocumentQuery): Promise<TwinPage> {
  const { items, ...page } = await searchModuleTwins(reader, query);
  return { twins: items.map((row) => toIdentityTwin({ identity: row, twin: row })), ...page };
}

export async function queryTwinDocuments(reader: Reader, from: TwinCollection, query: DocumentQuery): Promise<TwinDocumentPage> {
  if (from === 'devices') {
    const { items, ...page } = await searchDeviceTwins(reader, query);
    return { documents: items.map((row) => toTwinJson({ identity: row, twin: row })), ...page };
  }
  const { items, ...page } = await searchModuleTwins(reader, query);
  return { documents: items.map((row) => toTwinJson({ identity: row, twin: row })), ...page };
}

type Page<Row> = Pick<TwinPage, 'next' | 'scanned'> & { readonly items: readonly Row[] };

async function searchDeviceTwins(reader: Reader, query: DocumentQuery): Promise<Page<DeviceRow & TwinSectionsRow>> {
  const { found, scanned } = await findDocuments<FoundTwin>(reader, { from: 'devices', columns: {}, query });
  return { ...(await readPage({ found, limit: query.limit, read: (rows) => readDeviceTwins(reader, rows), sizeOf })), scanned };
}

async function searchModuleTwins(reader: Reader, query: DocumentQuery): Promise<Page<ModuleRow & TwinSectionsRow>> {
  const { found, scanned } = await findDocuments<FoundTwin>(reader, { from: 'devices.modules', columns: {}, query });
  return { ...(await readPage({ found, limit: query.limit, read: (rows) => readModuleTwins(reader, rows), sizeOf })), scanned };
}

function readDeviceTwins(reader: Reader, found: readonly FoundTwin[]): Promise<readonly (DeviceRow & TwinSectionsRow)[]> {
  return reader.rows<DeviceRow & TwinSectionsRow>(
    `select ${DEVICE_COLUMNS}, ${TWIN_SECTIONS}
     from unnest($1::text[]) with ordinality as found (device_id, place)
     join devices using (device_id)
     join twins using (device_id)
     where module_id = ''
     order by place`,
    found.map(({ id0 }) => id0),
  );
}

function readModuleTwins(reader: Reader, found: readonly FoundTwin[]): Promise<readonly (ModuleRow & TwinSectionsRow)[]> {
  return reader.rows<ModuleRow & TwinSectionsRow>(
    `select ${MODULE_COLUMNS}, ${TWIN_SECTIONS}
     from unnest($1::text[], $2::text[]) with ordinality as found (device_id, module_id, place)
     join modules using (device_id, module_id)
     join twins using (device_id, module_id)
     order by place`,
    found.map(({ id0 }) => id0),
    found.map(({ id1 }) => id1),
  );
}

/** In characters of JSON, as `LIMITS.queryPageChars` counts them. */
function sizeOf({ tags, desired, desired_metadata, reported, reported_metadata }: TwinSectionsRow): number {
  return tags.length + desired.length + desired_metadata.length + reported.length + reported_metadata.length;
}
