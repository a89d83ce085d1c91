// The table of an index on a path of twins, and the triggers that keep it right with every write, whichever statement makes it.
import { LIMITS } from '../../domain/limits.ts';
import type { IndexPlace } from '../../domain/query/index/twin-index.ts';
import { indexedValue } from '../../domain/query/index/twin-index.ts';
import { invariant } from '../../domain/errors.ts';
import { RANKS } from '../../domain/query/value-order.ts';
import { LONG_STRING_RANK } from '../sql/index-keys.ts';
import { indexTable } from '../sql/index-row.ts';
import type { Writer } from './driver.ts';
import { jsonPath } from './query-operand.ts';

/** The key orders entries: by values, and those of one value by ids, which is the order of pages. */
export function createIndexTable(writer: Writer, indexId: number, place: IndexPlace): void {
  const table = indexTable(indexId);
  const { section, at } = placeInTwin(place);
  const isOfCollection = (row: string): string => `${row}.module_id ${place.collection === 'devices' ? '=' : '<>'} ''`;
  const add = `insert or ignore into ${table} values (${keySql(`new.${section}`, at)}, new.device_id, new.module_id)`;
  const remove = `delete from ${table} where (rank, value, device_id, module_id) = (${keySql(`old.${section}`, at)}, old.device_id, old.module_id)`;
  writer.runScript(`
    create table ${table} (
      rank integer not null,
      value any not null,
      device_id text not null,
      module_id text not null,
      primary key (rank, value, device_id, module_id)
    ) strict, without rowid;

    create trigger ${table}_insert
    after insert on twins
    when ${isOfCollection('new')}
    begin
      ${add};
    end;

    create trigger ${table}_update
    after update of ${section} on twins
    when ${isOfCollection('new')} and (new.${section} -> ${at}) is not (old.${section} -> ${at})
    begin
      ${remove};
      ${add};
    end;

    create trigger ${table}_delete
    after delete on twins
    when ${isOfCollection('old')}
    begin
      ${remove};
    end;
  `);
}

export function dropIndexTriggers(writer: Writer, indexId: number): void {
  const table = indexTable(indexId);
  writer.runScript(`
    drop trigger ${table}_insert;
    drop trigger ${table}_update;
    drop trigger ${table}_delete;
  `);
}

/** Twins that it takes up: those after the first id, up to the second one. */
export type TwinRange = { readonly after: TwinKey; readonly upTo: TwinKey };
export type TwinKey = readonly [deviceId: string, moduleId: string];

/** A twin that a trigger has met has its entry. @returns how many entries were added. */
export function addEntries(writer: Writer, { indexId, place, range }: { indexId: number; place: IndexPlace; range: TwinRange }): number {
  const { section, at } = placeInTwin(place);
  return writer.run(
    `insert or ignore into ${indexTable(indexId)}
     select ${keySql(section, at)}, device_id, module_id
     from twins
     where (device_id, module_id) > (?, ?)
     and (device_id, module_id) <= (?, ?)
     and module_id ${place.collection === 'devices' ? '=' : '<>'} ''`,
    ...range.after,
    ...range.upTo,
  );
}

/** `at`: the path as SQL. A trigger has no parameters, so its text is there as bytes, which end no string. */
function placeInTwin({ path }: IndexPlace): { readonly section: string; readonly at: string } {
  const value = indexedValue(path);
  invariant(value, 'an index is on a path that can have one');
  return { section: value.section, at: `cast(x'${Buffer.from(jsonPath(value.names)).toString('hex')}' as text)` };
}

/** Rank and value of a key. What NULL stands for has the rank alone. */
function keySql(section: string, at: string): string {
  const [type, value, chars] = [`json_type(${section}, ${at})`, `json_extract(${section}, ${at})`, LIMITS.twinIndexKeyChars.value];
  return `case ${type}
      when 'null' then ${RANKS.null}
      when 'true' then ${RANKS.boolean}
      when 'false' then ${RANKS.boolean}
      when 'integer' then ${RANKS.number}
      when 'real' then ${RANKS.number}
      when 'text' then iif(length(${value}) <= ${chars}, ${RANKS.string}, ${LONG_STRING_RANK})
      when 'object' then ${RANKS.object}
      when 'array' then ${RANKS.array}
      else ${RANKS.undefined}
    end,
    case ${type}
      when 'true' then 1
      when 'integer' then ${value}
      when 'real' then ${value}
      when 'text' then substr(${value}, 1, ${chars})
      else 0
    end`;
}
