// Which index a search of PostgreSQL goes through, if any.
import type { Collection, Expression, Path } from '../../domain/query/ast.ts';
import { indexableNarrowings } from '../../domain/query/index/indexable.ts';
import type { IndexedCollection } from '../../domain/query/index/twin-index.ts';
import { LIMITS } from '../../domain/limits.ts';
import { RANKS, isSamePath } from '../../domain/query/value-order.ts';
import { type AllowedKeys, keySearch } from '../sql/index-keys.ts';
import { indexTable, toPath } from '../sql/index-row.ts';
import { readsTwins } from '../sql/reads-twins.ts';
import type { DocumentQuery, GroupQuery } from '../../ports/query-store.ts';
import type { Reader } from './driver.ts';
import { Bindings } from './query-bindings.ts';
import { MISSING } from './query-operand.ts';
import { type Entries, IDENTITIES_ALONE, type Source, SOURCES } from './query-sources.ts';
import { readReadyIndexes } from './twin-index-operations.ts';

/** Without `groups` it wants documents. */
type Search = Pick<DocumentQuery, 'condition' | 'orderBy'> & {
  readonly from: Collection;
  readonly groups?: Pick<GroupQuery, 'groupBy' | 'columns'>;
};

export type Index = { readonly table: string; readonly path: Path };

/** `condition`: what is left to be looked at. `index`: the path by which the documents are found. `entries`: those of its index that lead to them. */
export type ChosenSource = {
  readonly source: Source;
  readonly condition: Expression;
  readonly index: Path | undefined;
  readonly entries?: Entries;
};

const EVERYTHING: Expression = { kind: 'constant', value: true };

/** The way with the least to look at, by what the entries of indexes say of the moment. */
export async function chooseSource(reader: Reader, search: Search): Promise<ChosenSource> {
  const { from, condition, orderBy, groups } = search;
  if (from === 'devices.jobs') return { source: SOURCES[from], condition, index: undefined };
  const whole: ChosenSource = {
    source: (readsTwins({ ...search, ...groups }) ? SOURCES : IDENTITIES_ALONE)[from],
    condition,
    index: undefined,
  };
  const narrowings = indexableNarrowings(condition);
  if (narrowings.length === 0) return whole;
  const indexes = await readIndexes(reader, from);
  const candidates = narrowings.flatMap(({ path, allowed, isWhole }): readonly Candidate[] => {
    const index = indexes.find((one) => isSamePath(one.path, path));
    const { keys, isExact } = keySearch(allowed);
    return index ? [{ entries: entriesOf(index, keys), isOneValue: keys.kind === 'one', saysAll: isWhole && isExact }] : [];
  });
  // A page of documents in the order of their ids and no more.
  const isByIds = !groups && orderBy.length === 0;
  const best = await bestOf(reader, candidates, isByIds);
  if (!best) return whole;
  const { entries } = best;
  const { path } = entries;
  if (isByIds && best.saysAll) return { source: entriesAlone(from, entries), condition: EVERYTHING, index: path, entries };
  const ids = from === 'devices' ? ['e.device_id'] : ['e.device_id', 'e.module_id'];
  return { source: { ...SOURCES[from], through: entries, ids }, condition, index: path, entries };
}

/** Entries stand in the place of the table that has the ids. */
function entriesAlone(from: IndexedCollection, { table, terms }: Entries): Source {
  const alias = from === 'devices' ? 't' : 'm';
  return {
    tables: (bindings) => `(select device_id, module_id from ${table} as e where ${terms(bindings)}) as ${alias} where true`,
    ids: SOURCES[from].ids,
    pathOperand: () => MISSING,
  };
}

export async function readIndexes(reader: Reader, collection: IndexedCollection): Promise<readonly Index[]> {
  const rows = await readReadyIndexes(reader, collection);
  return rows.map((row) => ({ table: indexTable(row.index_id), path: toPath(row.path) }));
}

export function entriesOf(index: Index, keys: AllowedKeys): Entries {
  return { ...index, terms: (bindings) => termsOf(keys, bindings) };
}

/** `saysAll`: every twin that has such an entry passes. */
type Candidate = { readonly entries: Entries; readonly isOneValue: boolean; readonly saysAll: boolean };

/**
 * The one with the fewest entries, when they are few enough. Of many entries those of one value serve a page in the order of ids, which they have; and what goes through all
 * documents anyway is found faster through up to a quarter of them.
 */
async function bestOf(reader: Reader, candidates: readonly Candidate[], isByIds: boolean): Promise<Candidate | undefined> {
  const most = LIMITS.twinIndexSortEntries.value;
  // For a page there is nothing better than the only one.
  const [only, second] = candidates;
  if (only?.isOneValue && !second && isByIds) return only;
  const counted: { readonly candidate: Candidate; readonly entries: number }[] = [];
  for (const candidate of candidates) counted.push({ candidate, entries: await countEntries(reader, candidate, most + 1) });
  const least = counted.toSorted((one, other) => one.entries - other.entries)[0];
  if (!least || least.entries <= most) return least?.candidate;
  if (isByIds) return candidates.find(({ isOneValue }) => isOneValue);
  const known = await reader.row<{ readonly twins: number }>(
    `select greatest(reltuples, 0) as twins from pg_class where oid = 'twins'::regclass`,
  );
  const quarter = Math.floor((known?.twins ?? 0) / 4);
  for (const candidate of candidates) if ((await countEntries(reader, candidate, quarter + 1)) <= quarter) return candidate;
  return undefined;
}

/** @param most where it stops to count. */
async function countEntries(reader: Reader, { entries: { table, terms } }: Candidate, most: number): Promise<number> {
  const bindings = new Bindings();
  const { text, values } = bindings.statement(`
    select count(*) as entries
    from (
      select
      from ${table} as e
      where ${terms(bindings)}
      limit ${bindings.bind(most, 'integer')}
    ) as counted`);
  const [counted] = await reader.rowsOnce<{ readonly entries: number }>(text, values);
  return counted?.entries ?? 0;
}

/** A condition for the entries `e`. Every column of the key has a value, so that those of one key are in the order of ids. */
function termsOf(keys: AllowedKeys, bindings: Bindings): string {
  const numberOf = (value: number | string): number => (typeof value === 'string' ? 0 : value);
  const textOf = (value: number | string): string => (typeof value === 'string' ? value : '');
  switch (keys.kind) {
    case 'one': {
      const { rank, value } = keys.key;
      return `e.rank = ${rank} and e.number = ${bindings.bind(numberOf(value), 'double precision')} and e.text = ${bindings.bind(textOf(value), 'text')}`;
    }
    case 'some': {
      // Each kind has its list, which PostgreSQL looks up in the key.
      const kinds = Map.groupBy(keys.keys, ({ rank, value }) => `${rank} ${typeof value}`);
      const terms = Array.from(kinds.values(), (all) => {
        const values = all.map(({ value }) => value);
        const rank = `e.rank = ${all[0]?.rank ?? 0}`;
        return values.some((value) => typeof value === 'string')
          ? `(${rank} and e.number = 0 and e.text = any (${bindings.bind(values.map(textOf), 'text[]')}))`
          : `(${rank} and e.number = any (${bindings.bind(values.map(numberOf), 'double precision[]')}) and e.text = '')`;
      });
      return terms.length === 0 ? 'false' : `(${terms.join(' or ')})`;
    }
    case 'range': {
      const { ranks, from, to } = keys;
      const isOfNumbers = ranks.includes(RANKS.number);
      const column = isOfNumbers ? 'e.number' : 'e.number = 0 and e.text';
      const bound = (value: number | string): string =>
        isOfNumbers ? bindings.bind(numberOf(value), 'double precision') : bindings.bind(textOf(value), 'text');
      const ends = [
        ...(from ? [`${column} ${from.isOpen ? '>' : '>='} ${bound(from.value)}`] : []),
        ...(to ? [`${column} ${to.isOpen ? '<' : '<='} ${bound(to.value)}`] : []),
      ];
      return [`e.rank in (${ranks.join()})`, ...ends].join(' and ');
    }
  }
}
