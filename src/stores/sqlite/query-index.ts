// Which index a search of SQLite goes through, if any, and what that makes of its SQL.
import type { Aggregate, Collection, Expression, Path } from '../../domain/query/ast.ts';
import { indexableNarrowings } from '../../domain/query/index/indexable.ts';
import type { Narrowing } from '../../domain/query/index/narrowing.ts';
import { indexedValue } from '../../domain/query/index/twin-index.ts';
import { LIMITS } from '../../domain/limits.ts';
import { isSamePath, RANKS } from '../../domain/query/value-order.ts';
import type { DocumentQuery, GroupQuery, TwinCollection } from '../../ports/query-store.ts';
import { type AllowedKeys, FIRST_VAGUE_RANK, keySearch, type KeySearch } from '../sql/index-keys.ts';
import { indexTable, toPath } from '../sql/index-row.ts';
import { readsTwins } from '../sql/reads-twins.ts';
import type { Reader, SqlValue } from './driver.ts';
import { type Bindings, type JsonOperand, MISSING } from './query-operand.ts';
import { IDENTITIES_ALONE, type Source, SOURCES } from './query-sources.ts';
import { readReadyIndexes } from './twin-index-operations.ts';

/** Without `groups` it wants documents. */
type Search = Pick<DocumentQuery, 'condition' | 'orderBy'> & {
  readonly from: Collection;
  readonly groups?: Pick<GroupQuery, 'groupBy' | 'columns'>;
};

/** `condition`: what is left to be looked at. `index`: the path by which the documents are found. `entries`: those of its index that lead to them, as `e`. */
export type ChosenSource = {
  readonly source: Source;
  readonly condition: Expression;
  readonly index: Path | undefined;
  readonly entries?: Entries;
};

/** `terms`: a condition for the entries. */
type Entries = { readonly table: string; readonly terms: (bindings: Bindings) => string };

type Index = { readonly table: string; readonly path: Path };

/** The way with the least to look at, by what the entries of indexes say of the moment. */
export function chooseSource(reader: Reader, search: Search): ChosenSource {
  const { from, condition } = search;
  if (from === 'devices.jobs') return { source: SOURCES[from], condition, index: undefined };
  const whole: ChosenSource = {
    source: (readsTwins({ ...search, ...search.groups }) ? SOURCES : IDENTITIES_ALONE)[from],
    condition,
    index: undefined,
  };
  const narrowings = indexableNarrowings(condition);
  const grouped = onlyPathOf(search);
  if (narrowings.length === 0 && (grouped === undefined || grouped === 'none')) return whole;
  const indexes = readReadyIndexes(reader, from).map((row): Index => ({ table: indexTable(row.index_id), path: toPath(row.path) }));
  if (indexes.length === 0) return whole;
  const alone = grouped === undefined ? undefined : indexAlone(reader, { from, indexes, narrowings, condition, grouped });
  if (alone && search.groups) return alone;
  const found = bestIndex(reader, { indexes, narrowings, search });
  if (!found) return whole;
  const { index, keys } = found;
  const entries: Entries = { table: index.table, terms: (bindings) => termsOf('e', keys, (value) => bindings.bind(value)) };
  return { ...(alone ?? { source: sourceThrough(from, entries), condition, index: index.path }), entries };
}

/** The one path that stands in groups and aggregates; `none` where only ids or numbers of documents are wanted, and `undefined` for several, and for one that has no index. */
function onlyPathOf(search: Search): Path | 'none' | undefined {
  const { groups, orderBy } = search;
  if (!groups) return isByIds(search) ? 'none' : undefined;
  const { groupBy, columns } = groups;
  const values: readonly (Path | Aggregate)[] = [...columns, ...orderBy].map(({ value }) => value);
  const paths = [...groupBy, ...values.flatMap((value) => (value.kind === 'path' ? [value] : (value.path ?? [])))];
  const [first] = paths;
  if (!first) return 'none';
  return indexedValue(first) && paths.every((path) => isSamePath(path, first)) ? first : undefined;
}

/** Whether it wants no more than a page of documents in the order of their ids. */
function isByIds({ groups, orderBy }: Search): boolean {
  return !groups && orderBy.length === 0;
}

type Alone = {
  readonly from: TwinCollection;
  readonly indexes: readonly Index[];
  readonly narrowings: readonly Narrowing[];
  readonly condition: Expression;
  readonly grouped: Path | 'none';
};

const EVERYTHING: Expression = { kind: 'constant', value: true };

/** Where entries say all that condition and groups want to know, no twin has to be looked at. They stand in its place, `t`, and have its ids. */
function indexAlone(reader: Reader, { from, indexes, narrowings, condition, grouped }: Alone): ChosenSource | undefined {
  const [narrowing] = narrowings;
  const search = narrowing?.isWhole ? keySearch(narrowing.allowed) : undefined;
  const isUnconditional = condition.kind === 'constant' && condition.value === true;
  if (!isUnconditional && !search?.isExact) return undefined;
  const path = grouped === 'none' ? narrowing?.path : grouped;
  if (!path || (narrowing && !isSamePath(narrowing.path, path))) return undefined;
  const index = indexes.find((one) => isSamePath(one.path, path));
  if (!index || (grouped !== 'none' && hasVagueKeys(reader, index))) return undefined;
  const source: Source = {
    tables: () => `${index.table} as t`,
    scanned: undefined,
    counted: { t: 't.device_id' },
    ids: from === 'devices' ? ['t.device_id'] : ['t.device_id', 't.module_id'],
    pathOperand: (asked) => (isSamePath(asked, path) ? ENTRY : MISSING),
    terms: (bindings) => (search ? termsOf('t', search.keys, (value) => bindings.bind(value)) : 'true'),
  };
  return { source, condition: EVERYTHING, index: path };
}

/** The value of an entry whose key is not vague. */
const ENTRY: JsonOperand = {
  form: 'json',
  type: `case t.rank
    when ${RANKS.null} then 'null'
    when ${RANKS.boolean} then iif(t.value, 'true', 'false')
    when ${RANKS.number} then 'real'
    when ${RANKS.string} then 'text'
  end`,
  value: 't.value',
  place: `'null'`,
  text: 'null',
  columns: { rank: 't.rank', value: 't.value' },
};

function hasVagueKeys(reader: Reader, { table }: Index): boolean {
  return reader.row(`select 1 from ${table} where rank >= ${FIRST_VAGUE_RANK} limit 1`) !== undefined;
}

type Candidates = { readonly indexes: readonly Index[]; readonly narrowings: readonly Narrowing[]; readonly search: Search };
type Candidate = { readonly index: Index; readonly keys: KeySearch['keys'] };

/**
 * The one with the fewest entries, when they are few enough. Of many entries those of one value serve a page in the order of ids, which they have; and what goes through all
 * documents anyway is found faster through up to a quarter of them.
 */
function bestIndex(reader: Reader, { indexes, narrowings, search }: Candidates): Candidate | undefined {
  const candidates = narrowings.flatMap(({ path, allowed }): readonly Candidate[] => {
    const index = indexes.find((one) => isSamePath(one.path, path));
    return index ? [{ index, keys: keySearch(allowed).keys }] : [];
  });
  // For a page there is nothing better than the only one.
  const [only, second] = candidates;
  if (only?.keys.kind === 'one' && !second && isByIds(search)) return only;
  const most = LIMITS.twinIndexSortEntries.value;
  const counted = candidates.map((candidate) => ({ candidate, entries: countEntries(reader, candidate, most + 1) }));
  const least = counted.toSorted((one, other) => one.entries - other.entries)[0];
  if (!least || least.entries <= most) return least?.candidate;
  if (isByIds(search)) return candidates.find(({ keys }) => keys.kind === 'one');
  const quarter = Math.floor((reader.row<{ readonly twins: number }>('select max(rowid) as twins from twins')?.twins ?? 0) / 4);
  return candidates.find((candidate) => countEntries(reader, candidate, quarter + 1) <= quarter);
}

/** @param most where it stops to count. */
function countEntries(reader: Reader, { index, keys }: Candidate, most: number): number {
  const values: SqlValue[] = [];
  const bind = (value: SqlValue): string => {
    values.push(value);
    return '?';
  };
  const terms = termsOf('e', keys, bind);
  const counted = reader.row<{ readonly entries: number }>(
    `select count(*) as entries
     from (
       select 1
       from ${index.table} as e
       where ${terms}
       limit ?
     )`,
    ...values,
    most,
  );
  return counted?.entries ?? 0;
}

/** A condition for entries. Numbers are bound as JSON, like those of conditions. */
function termsOf(entries: 'e' | 't', keys: AllowedKeys, bind: (value: SqlValue) => string): string {
  const bound = (value: number | string): string =>
    typeof value === 'string' ? bind(value) : `json_extract(${bind(JSON.stringify(value))}, '$')`;
  switch (keys.kind) {
    case 'one':
      return `${entries}.rank = ${keys.key.rank} and ${entries}.value = ${bound(keys.key.value)}`;
    case 'some': {
      const listed = bind(JSON.stringify(keys.keys.map(({ rank, value }) => [rank, value])));
      return `(${entries}.rank, ${entries}.value) in (select value ->> 0, value ->> 1 from json_each(${listed}))`;
    }
    case 'range': {
      const { ranks, from, to } = keys;
      const ends = [
        ...(from ? [`${entries}.value ${from.isOpen ? '>' : '>='} ${bound(from.value)}`] : []),
        ...(to ? [`${entries}.value ${to.isOpen ? '<' : '<='} ${bound(to.value)}`] : []),
      ];
      return [`${entries}.rank in (${ranks.join()})`, ...ends].join(' and ');
    }
  }
}

/** Entries first, then the twin of each. */
function sourceThrough(from: TwinCollection, { table, terms }: Entries): Source {
  const twins = 'cross join twins as t on t.device_id = e.device_id and t.module_id = e.module_id';
  const identities = {
    devices: (bindings: Bindings) => (bindings.touches('d') ? 'cross join devices as d on d.device_id = e.device_id' : ''),
    'devices.modules': () => 'cross join modules as m on m.device_id = e.device_id and m.module_id = e.module_id',
  };
  return {
    ...SOURCES[from],
    tables: (bindings) => `${table} as e ${twins} ${identities[from](bindings)}`,
    scanned: 'e.device_id',
    counted: { e: 'e.device_id', ...SOURCES[from].counted },
    ids: from === 'devices' ? ['e.device_id'] : ['e.device_id', 'e.module_id'],
    terms,
  };
}
