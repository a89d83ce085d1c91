// Indexes on paths of twins on PostgreSQL: made, built in chunks, dropped, and told of.
import { indexAudit } from '../../domain/audit/audit-records.ts';
import { invariant } from '../../domain/errors.ts';
import { LIMITS } from '../../domain/limits.ts';
import { indexExists, indexNotFound, tooManyIndexes } from '../../domain/query/index/index-refusals.ts';
import {
  type IndexedCollection,
  type IndexedValue,
  indexedValue,
  type IndexPlace,
  type TwinIndex,
} from '../../domain/query/index/twin-index.ts';
import type { IndexStatus, IndexWrite, NewIndex } from '../../ports/index-store.ts';
import { INDEX_COLUMNS, type IndexRow, indexStatus, indexTable, namesText, rowsAt, toTwinIndex } from '../sql/index-row.ts';
import { appendAudit } from './audit-operations.ts';
import type { Reader, Writer } from './driver.ts';

export async function listIndexes(reader: Reader): Promise<readonly TwinIndex[]> {
  return (await readIndexRows(reader)).map(toTwinIndex);
}

export async function measureIndexes(reader: Reader, place: IndexPlace | undefined): Promise<readonly IndexStatus[]> {
  const rows = rowsAt(await readIndexRows(reader), place);
  const isBuilding = rows.some(({ state }) => state === 'building');
  const counted = isBuilding ? await reader.row<{ readonly twins: number }>('select count(*) as twins from twins') : undefined;
  const statuses: IndexStatus[] = [];
  for (const row of rows) {
    const table = indexTable(row.index_id);
    const [size] = await reader.rowsOnce<{ readonly bytes: number; readonly entries: number }>(
      `select pg_total_relation_size('${table}') as bytes, (select count(*) from ${table}) as entries`,
      [],
    );
    invariant(size, 'a select of counts has a row');
    statuses.push(indexStatus(row, { ...size, totalTwins: counted?.twins }));
  }
  return statuses;
}

function readIndexRows(reader: Reader): Promise<readonly IndexRow[]> {
  return reader.rows<IndexRow>(`select ${INDEX_COLUMNS} from twin_indexes where state <> 'dropped' order by index_id`);
}

/** Those that a search may use, of one collection. */
export function readReadyIndexes(
  reader: Reader,
  collection: IndexedCollection,
): Promise<readonly { readonly index_id: number; readonly path: string }[]> {
  return reader.rows(
    `select index_id, path
     from twin_indexes
     where collection = $1
     and state = 'ready'`,
    collection,
  );
}

/** Waits for the writes under way, which do not know of the index, and lets others wait for so long. */
export async function createIndex(writer: Writer, { place, at, by, madeBy }: NewIndex): Promise<TwinIndex> {
  await lockIndexes(writer);
  if (await readIndexRow(writer, place)) throw indexExists(place);
  const counted = await writer.row<{ readonly indexes: number }>(`select count(*) as indexes from twin_indexes where state <> 'dropped'`);
  if (counted && counted.indexes >= LIMITS.twinIndexes.value) throw tooManyIndexes();
  const row = await writer.row<IndexRow>(
    `insert into twin_indexes (
       collection, path, state, created_time, made_by, built_device, built_module, built_twins, built_entries, built_seconds
     )
     values ($1, $2, 'building', $3, $4, '', '', 0, 0, 0)
     returning ${INDEX_COLUMNS}`,
    place.collection,
    namesText(place),
    at,
    madeBy,
  );
  invariant(row, 'an insert of a row returns it');
  const { section, names } = valueOf(place);
  await writer.rows('select make_twin_index($1, $2, $3, $4)', row.index_id, section, names, place.collection === 'devices.modules');
  appendAudit(writer, [indexAudit({ action: 'index.create', place, at, by })]);
  return toTwinIndex(row);
}

/**
 * Its triggers go when the index is trimmed: to drop one waits for all readers, and to disable it only for writes under way.
 */
export async function dropIndex(writer: Writer, { place, at, by }: IndexWrite): Promise<TwinIndex> {
  await lockIndexes(writer);
  const row = await readIndexRow(writer, place);
  if (!row) throw indexNotFound(place);
  for (const event of TRIGGERS) await writer.runScript(`alter table twins disable trigger ${indexTable(row.index_id)}_${event}`);
  await writer.run(
    `update twin_indexes
     set state = 'dropped', dropped_time = $1
     where index_id = $2`,
    at,
    row.index_id,
  );
  appendAudit(writer, [indexAudit({ action: 'index.drop', place, at, by })]);
  return toTwinIndex(row);
}

const TRIGGERS = ['insert', 'update', 'delete'] as const;

/** Whoever makes, builds or drops indexes does so alone; searches read beside it. */
async function lockIndexes(writer: Writer): Promise<void> {
  await writer.runScript('lock table twin_indexes in share row exclusive mode');
}

function readIndexRow(reader: Reader, place: IndexPlace): Promise<IndexRow | undefined> {
  return reader.row<IndexRow>(
    `select ${INDEX_COLUMNS}
     from twin_indexes
     where collection = $1
     and path = $2
     and state <> 'dropped'`,
    place.collection,
    namesText(place),
  );
}

function valueOf({ path }: IndexPlace): IndexedValue {
  const value = indexedValue(path);
  invariant(value, 'an index is on a path that can have one');
  return value;
}

/** What a chunk came to. */
type Chunk = { readonly twins: number; readonly entries: number; readonly device: string | null; readonly module: string | null };

/** `built`: the table of an index that the step has finished. */
type BuildStep = { readonly isLeft: boolean; readonly built: string | undefined };

export async function buildIndexes(writer: Writer, limit: number): Promise<BuildStep> {
  await lockIndexes(writer);
  const row = await writer.row<IndexRow>(`select ${INDEX_COLUMNS} from twin_indexes where state = 'building' order by index_id limit 1`);
  if (!row) return { isLeft: false, built: undefined };
  const beganAt = await readSeconds(writer);
  const chunk = await addEntries(writer, row, limit);
  const isWhole = chunk.twins < limit;
  await writer.run(
    `update twin_indexes
     set state = $1, built_device = $2, built_module = $3, built_twins = built_twins + $4, built_entries = built_entries + $5,
       built_seconds = built_seconds + $6
     where index_id = $7`,
    isWhole ? 'ready' : 'building',
    chunk.device ?? row.built_device,
    chunk.module ?? row.built_module,
    chunk.twins,
    chunk.entries,
    (await readSeconds(writer)) - beganAt,
    row.index_id,
  );
  const table = indexTable(row.index_id);
  // So that searches are planned by what it holds.
  if (isWhole) await writer.runScript(`analyze ${table}`);
  const isLeft = !isWhole || (await writer.row(`select 1 from twin_indexes where state = 'building' limit 1`)) !== undefined;
  return { isLeft, built: isWhole ? table : undefined };
}

/** Locks the twins for a moment: a value that is just being changed would leave its entry behind. A twin that a trigger has met has its entry. */
async function addEntries(writer: Writer, row: IndexRow, limit: number): Promise<Chunk> {
  const { section, names } = valueOf(toTwinIndex(row));
  const value = `twins.${section}${names.map((_, index) => ` -> $${index + 4}::text`).join('')}`;
  const [chunk] = await writer.rowsOnce<Chunk>(
    `with looked as (
       select device_id, module_id, ${value} as value
       from twins
       where (device_id, module_id) > ($1::text, $2::text)
       order by device_id, module_id
       limit $3
       for share
     ), added as (
       insert into ${indexTable(row.index_id)} (rank, number, text, device_id, module_id)
       select twin_index_rank(value), twin_index_number(value), twin_index_text(value), device_id, module_id
       from looked
       where module_id ${row.collection === 'devices' ? '=' : '<>'} ''
       on conflict do nothing
       returning 1
     )
     select
       (select count(*) from looked) as twins,
       (select count(*) from added) as entries,
       (select device_id from looked order by device_id desc limit 1) as device,
       (select module_id from looked order by device_id desc, module_id desc limit 1) as module`,
    [row.built_device, row.built_module, limit, ...names],
  );
  invariant(chunk, 'a select of counts has a row');
  return chunk;
}

/** By the clock of the database, which only tells how long a statement took. */
async function readSeconds(reader: Reader): Promise<number> {
  const row = await reader.row<{ readonly seconds: number }>(`select extract(epoch from clock_timestamp())::double precision as seconds`);
  return row?.seconds ?? 0;
}

/** The room of a table is given back at once, whatever its size. Triggers stay for another time while the store is searched without a pause. */
export async function trimIndexes(writer: Writer, before: string): Promise<boolean> {
  await lockIndexes(writer);
  const row = await writer.row<{ readonly index_id: number }>(
    `select index_id
     from twin_indexes
     where state = 'dropped'
     and dropped_time < $1
     order by index_id
     limit 1`,
    before,
  );
  if (!row) return false;
  await writer.runScript(`drop table if exists ${indexTable(row.index_id)}`);
  const removal = await writer.row<{ readonly done: boolean }>('select remove_twin_index_triggers($1) as done', row.index_id);
  if (removal?.done !== true) return false;
  await writer.run('delete from twin_indexes where index_id = $1', row.index_id);
  return true;
}
