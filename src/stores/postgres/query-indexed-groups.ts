// Documents that are counted by the entries of an index alone, without a look at a twin.
import type { Aggregate, Path } from '../../domain/query/ast.ts';
import { type Narrowing, narrowingsOf } from '../../domain/query/index/narrowing.ts';
import { indexedValue } from '../../domain/query/index/twin-index.ts';
import { isSamePath, RANKS } from '../../domain/query/value-order.ts';
import type { GroupQuery } from '../../ports/query-store.ts';
import { FIRST_VAGUE_RANK, keySearch } from '../sql/index-keys.ts';
import type { Reader } from './driver.ts';
import { Bindings, type CompiledStatement } from './query-bindings.ts';
import { entriesOf, type Index, readIndexes } from './query-index.ts';
import { isAfter, orderOf, type SortKey } from './query-order.ts';
import type { Entries } from './query-sources.ts';

/** A statement for groups, whether of documents or of entries. `index`: the path by which documents are found, or counted. */
export type CompiledGroups = CompiledStatement & {
  readonly index: Path | undefined;
  /** What rows are sorted by: the terms after ORDER BY, then the paths that they are grouped by. */
  readonly order: readonly SortKey[];
  readonly keyOf: (value: Path | Aggregate) => SortKey;
};

/** `undefined` where entries do not say all that condition and groups want to know. */
export async function indexedGroups(reader: Reader, query: GroupQuery): Promise<CompiledGroups | undefined> {
  if (query.from === 'devices.jobs') return undefined;
  const counted = countedBy(query);
  if (!counted) return undefined;
  const indexes = await readIndexes(reader, query.from);
  const index = indexes.find(({ path }) => isSamePath(path, counted.path));
  if (!index || (query.groupBy.length > 0 && (await hasVagueKeys(reader, index)))) return undefined;
  const search = counted.narrowing && keySearch(counted.narrowing.allowed);
  if (search && !search.isExact) return undefined;
  return compileCounts(query, search ? entriesOf(index, search.keys) : { ...index, terms: () => 'true' });
}

/** The one path by which documents are counted: by its values, by those that a condition lets through, or by both. */
function countedBy({
  condition,
  groupBy,
  columns,
  orderBy,
}: GroupQuery): { readonly path: Path; readonly narrowing: Narrowing | undefined } | undefined {
  const [group, second] = groupBy;
  if (second || (group && !indexedValue(group))) return undefined;
  if (![...columns, ...orderBy].every(({ value }) => isCount(value) || value.kind === 'path')) return undefined;
  if (condition.kind === 'constant' && condition.value === true) return group && { path: group, narrowing: undefined };
  const [narrowing] = narrowingsOf(condition);
  if (!narrowing?.isWhole || !indexedValue(narrowing.path)) return undefined;
  return group && !isSamePath(group, narrowing.path) ? undefined : { path: narrowing.path, narrowing };
}

function isCount(value: Path | Aggregate): boolean {
  return value.kind === 'aggregate' && value.name === 'COUNT' && value.path === undefined;
}

async function hasVagueKeys(reader: Reader, { table }: Index): Promise<boolean> {
  const found = await reader.rowsOnce(`select 1 from ${table} where rank >= ${FIRST_VAGUE_RANK} limit 1`, []);
  return found.length > 0;
}

const GROUP: SortKey = {
  rank: 'group_rank',
  number: 'group_number',
  text: 'group_text',
  descending: false,
  numberType: 'double precision',
};
const COUNT: SortKey = { rank: 'count_rank', number: 'count_number', text: 'count_text', descending: false, numberType: 'numeric' };

function compileCounts({ groupBy, orderBy, after, limit }: GroupQuery, { table, path, terms }: Entries): CompiledGroups {
  const bindings = new Bindings();
  const isGrouped = groupBy.length > 0;
  const keyOf = (value: Path | Aggregate): SortKey => (value.kind === 'path' ? GROUP : COUNT);
  const order = [...orderBy.map(({ value, descending }) => ({ ...keyOf(value), descending })), ...(isGrouped ? [GROUP] : [])];
  const statement = bindings.statement(`
    select ${[...(isGrouped ? [GROUP] : []), COUNT].flatMap(({ rank, number, text }) => [rank, number, text]).join(', ')}
    from (
      select ${isGrouped ? 'e.rank as group_rank, e.number as group_number, e.text as group_text,' : ''}
        ${RANKS.number} as count_rank, count(*)::numeric as count_number, null::text as count_text
      from ${table} as e
      where ${terms(bindings)}
      ${isGrouped ? 'group by e.rank, e.number, e.text' : ''}
    ) as groups
    where ${after === undefined || order.length === 0 ? 'true' : isAfter(after, { keys: order, ids: [] }, bindings)}
    ${order.length === 0 ? '' : `order by ${orderOf({ keys: order, ids: [] })}`}
    limit ${bindings.bind(limit + 1, 'integer')}`);
  return { ...statement, order, keyOf, index: path };
}
