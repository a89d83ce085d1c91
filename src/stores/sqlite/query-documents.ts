// Statements that find documents in the order of a query, page by page.
import type { Collection } from '../../domain/query/ast.ts';
import type { Cursor } from '../../domain/query/cursor.ts';
import type { DocumentQuery } from '../../ports/query-store.ts';
import type { CancelFlag, NamedValues, Reader, SqlValue } from './driver.ts';
import { filterIn } from './query-compiler.ts';
import { type ChosenSource, chooseSource } from './query-index.ts';
import { Bindings } from './query-operand.ts';
import { isAfter, orderOf, sortColumns, type SortKey, valueOfColumns } from './query-order.ts';
import { scanTerms } from './query-sources.ts';

type Search = {
  readonly from: Collection;
  readonly wanted: WantedColumns;
  readonly query: DocumentQuery;
  readonly cancelled: CancelFlag;
  /** Counts rows that no index led to; see `rowsIn`. */
  readonly seen?: Map<string, number>;
};

/**
 * What the caller wants of each document. `found`: columns of the tables that are searched, by the names that they get. `read`: of those that are on the page alone, which are joined to `page`, in which
 * `id0` and so on stand for the ids. SQLite sorts and passes over documents without them.
 */
export type WantedColumns = {
  readonly found?: Readonly<Record<string, string>>;
  readonly read?: { readonly columns: string; readonly joins: string };
};

/** A row, and where a page that ends with it ends. */
type FoundDocument<Row> = { readonly row: Row; readonly cursor: Cursor };

type KeyRow = Readonly<Record<string, SqlValue>>;

/** Gives one more than the limit, which proves that the page is not the last one. */
export function* findDocuments<Row extends object>(
  reader: Reader,
  { from, wanted, query, cancelled, seen }: Search,
): Generator<FoundDocument<Row>> {
  const chosen = chooseSearchSource(reader, from, query);
  const { sql, values, keys, idNames } = compileSearch({ wanted, query }, chosen);
  const counted = seen && !chosen.index && { seen };
  for (const row of reader.scan<Row & KeyRow>({ sql, values, cancelled, ...counted })) {
    const sorted = keys.map(({ rank, value }) => valueOfColumns(row[rank] ?? null, row[value] ?? null));
    yield { row, cursor: [...sorted, ...idNames.map((name) => row[name] ?? '')] };
  }
}

export function chooseSearchSource(reader: Reader, from: Collection, { condition, orderBy }: DocumentQuery): ChosenSource {
  return chooseSource(reader, { from, condition, orderBy });
}

type CompiledSearch = {
  readonly sql: string;
  readonly values: NamedValues;
  readonly keys: readonly SortKey[];
  readonly idNames: readonly string[];
};

type Compiled = Pick<Search, 'wanted' | 'query'>;
type Way = Pick<ChosenSource, 'source' | 'condition'> & {
  /** Whether rows are counted; not unless given. */
  readonly counts?: boolean;
};

/**
 * Goes through the documents by their ids, through an index, or straight to those that the condition names; with ORDER BY SQLite looks at all of them and keeps those
 * that come first.
 */
export function compileSearch(
  { wanted: { found = {}, read }, query }: Compiled,
  { source, condition, counts = false }: Way,
): CompiledSearch {
  const { tables, ids, pathOperand } = source;
  const bindings = new Bindings();
  const where = filterIn(condition, { bindings, pathOperand });
  const selected = [
    ...Object.entries(found).map(([name, column]) => `${column} as ${name}`),
    ...ids.map((id, index) => `${id} as id${index}`),
  ];
  const keys = query.orderBy.map(({ value, descending }, index): SortKey => {
    const key = sortColumns(value.kind === 'path' ? pathOperand(value, bindings) : { form: 'missing' }, 'beginnings');
    selected.push(`${key.rank} as rank${index}`, `${key.value} as value${index}`);
    return { rank: `rank${index}`, value: `value${index}`, descending, computed: false };
  });
  const idNames = ids.map((_, index) => `id${index}`);
  const names = [...Object.keys(found), ...idNames, ...keys.flatMap(({ rank, value }) => [rank, value])];
  // No id is empty, so that everything is after the empty ones.
  const after = query.after ?? (keys.length === 0 ? ids.map(() => '') : undefined);
  const page = `select ${names.join(', ')}
    from (
      select ${selected.join(', ')}
      from ${tables(bindings)}
      where ${scanTerms(source, bindings, counts)}
      and ${where}
    )
    where ${after === undefined ? 'true' : isAfter(after, { keys, ids: idNames }, bindings)}
    order by ${orderOf({ keys, ids: idNames })}
    limit ${bindings.bind(query.limit + 1)}`;
  // SQLite goes through a table that is made of a limited number of rows in their order, and a cross join leaves it in front of the others.
  const sql = read
    ? `select ${[...names.map((name) => `page.${name}`), read.columns].join(', ')}
      from (${page}) as page
      ${read.joins}`
    : page;
  return { sql, values: bindings.values, keys, idNames };
}
