// Indexes on paths of twins on SQLite: made, built in chunks, dropped, and told of.
import { indexAudit } from '../../domain/audit/audit-records.ts';
import { invariant } from '../../domain/errors.ts';
import { indexExists, indexNotFound, tooManyIndexes } from '../../domain/query/index/index-refusals.ts';
import type { IndexedCollection, IndexPlace, TwinIndex } from '../../domain/query/index/twin-index.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { IndexStatus, IndexWrite, NewIndex } from '../../ports/index-store.ts';
import { INDEX_COLUMNS, type IndexRow, indexStatus, indexTable, namesText, rowsAt, toTwinIndex } from '../sql/index-row.ts';
import { appendAudit } from './audit-operations.ts';
import type { Reader, Writer } from './driver.ts';
import { addEntries, createIndexTable, dropIndexTriggers, type TwinKey } from './twin-index-tables.ts';

export function listIndexes(reader: Reader): readonly TwinIndex[] {
  return readIndexRows(reader).map(toTwinIndex);
}

export function measureIndexes(reader: Reader, place: IndexPlace | undefined): readonly IndexStatus[] {
  const rows = rowsAt(readIndexRows(reader), place);
  const isBuilding = rows.some(({ state }) => state === 'building');
  const counted = isBuilding ? reader.row<{ readonly twins: number }>('select count(*) as twins from twins') : undefined;
  return rows.map((row) => {
    const size = reader.row<{ readonly bytes: number; readonly entries: number }>(
      `select coalesce(sum(pgsize), 0) as bytes, coalesce(sum(ncell), 0) as entries
       from dbstat
       where name = ?`,
      indexTable(row.index_id),
    );
    invariant(size, 'a sum has a row');
    return indexStatus(row, { ...size, totalTwins: counted?.twins });
  });
}

function readIndexRows(reader: Reader): readonly IndexRow[] {
  return reader.rows<IndexRow>(`select ${INDEX_COLUMNS} from twin_indexes where state <> 'dropped' order by index_id`);
}

/** Those that a search may use, of one collection. */
export function readReadyIndexes(
  reader: Reader,
  collection: IndexedCollection,
): readonly { readonly index_id: number; readonly path: string }[] {
  return reader.rows(
    `select index_id, path
     from twin_indexes
     where collection = ?
     and state = 'ready'`,
    collection,
  );
}

export function createIndex(writer: Writer, { place, at, by, madeBy }: NewIndex): TwinIndex {
  const counted = writer.row<{ readonly indexes: number }>(`select count(*) as indexes from twin_indexes where state <> 'dropped'`);
  if (readIndexRow(writer, place)) throw indexExists(place);
  if (counted && counted.indexes >= LIMITS.twinIndexes.value) throw tooManyIndexes();
  const row = writer.row<IndexRow>(
    `insert into twin_indexes (
       collection, path, state, created_time, made_by, built_device, built_module, built_twins, built_entries, built_seconds
     )
     values (?, ?, 'building', ?, ?, '', '', 0, 0, 0)
     returning ${INDEX_COLUMNS}`,
    place.collection,
    namesText(place),
    at,
    madeBy,
  );
  invariant(row, 'an insert of a row returns it');
  createIndexTable(writer, row.index_id, place);
  appendAudit(writer, indexAudit({ action: 'index.create', place, at, by }));
  return toTwinIndex(row);
}

export function dropIndex(writer: Writer, { place, at, by }: IndexWrite): TwinIndex {
  const row = readIndexRow(writer, place);
  if (!row) throw indexNotFound(place);
  dropIndexTriggers(writer, row.index_id);
  writer.run(
    `update twin_indexes
     set state = 'dropped', dropped_time = ?
     where index_id = ?`,
    at,
    row.index_id,
  );
  appendAudit(writer, indexAudit({ action: 'index.drop', place, at, by }));
  return toTwinIndex(row);
}

function readIndexRow(reader: Reader, place: IndexWrite['place']): IndexRow | undefined {
  return reader.row<IndexRow>(
    `select ${INDEX_COLUMNS}
     from twin_indexes
     where collection = ?
     and path = ?
     and state <> 'dropped'`,
    place.collection,
    namesText(place),
  );
}

/** @returns whether there is more to build. */
export function buildIndexes(writer: Writer, limit: number): boolean {
  const row = writer.row<IndexRow>(`select ${INDEX_COLUMNS} from twin_indexes where state = 'building' order by index_id limit 1`);
  if (!row) return false;
  const after: TwinKey = [row.built_device, row.built_module];
  const looked = writer.rows<{ readonly device_id: string; readonly module_id: string }>(
    `select device_id, module_id
     from twins
     where (device_id, module_id) > (?, ?)
     order by device_id, module_id
     limit ?`,
    ...after,
    limit,
  );
  const last = looked.at(-1);
  const upTo: TwinKey = last ? [last.device_id, last.module_id] : after;
  const beganAt = readSeconds(writer);
  const added = addEntries(writer, { indexId: row.index_id, place: toTwinIndex(row), range: { after, upTo } });
  writer.run(
    `update twin_indexes
     set state = ?, built_device = ?, built_module = ?, built_twins = built_twins + ?, built_entries = built_entries + ?,
       built_seconds = built_seconds + ?
     where index_id = ?`,
    looked.length < limit ? 'ready' : 'building',
    ...upTo,
    looked.length,
    added,
    readSeconds(writer) - beganAt,
    row.index_id,
  );
  return looked.length === limit || hasBuilding(writer);
}

function hasBuilding(writer: Writer): boolean {
  return writer.row(`select 1 from twin_indexes where state = 'building' limit 1`) !== undefined;
}

/** By the clock of the database, which only tells how long a statement took. */
function readSeconds(writer: Writer): number {
  return writer.row<{ readonly seconds: number }>(`select unixepoch('subsec') as seconds`)?.seconds ?? 0;
}

export function trimIndexes(writer: Writer, { before, limit }: { readonly before: string; readonly limit: number }): boolean {
  const indexId = writer.row<{ readonly index_id: number }>(
    `select index_id
     from twin_indexes
     where state = 'dropped'
     and dropped_time < ?
     order by index_id
     limit 1`,
    before,
  )?.index_id;
  if (indexId === undefined) return false;
  const table = indexTable(indexId);
  const removed = writer.run(
    `delete from ${table}
     where (rank, value, device_id, module_id) in (
       select rank, value, device_id, module_id
       from ${table}
       limit ?
     )`,
    limit,
  );
  if (removed < limit) {
    writer.runScript(`drop table ${table}`);
    writer.run('delete from twin_indexes where index_id = ?', indexId);
  }
  return true;
}
