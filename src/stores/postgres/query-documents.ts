// Statements that find documents in the order of a query, page by page.
import type { Collection, Path } from '../../domain/query/ast.ts';
import type { Cursor } from '../../domain/query/cursor.ts';
import type { DocumentQuery } from '../../ports/query-store.ts';
import type { Reader } from './driver.ts';
import { Bindings, type CompiledStatement } from './query-bindings.ts';
import { filterIn } from './query-compiler.ts';
import { isAfter, orderOf, sortColumns, type SortKey, type SortValues, valueOfColumns } from './query-order.ts';
import { type ChosenSource, chooseSource } from './query-index.ts';
import { counted } from './query-scan.ts';
import { selectDocuments } from './query-sources.ts';

type Search = { readonly from: Collection; readonly wanted: WantedColumns; readonly query: DocumentQuery };

/** What the caller wants of each document. `found`: columns of the tables that are searched, by the names that they get. `read`: of documents that are on the page alone. */
type WantedColumns = { readonly found?: Readonly<Record<string, string>>; readonly read?: ReadColumns };

/** `select`: of what belongs to a row of `page`, in which `id0` and so on stand for the ids. `columns`: the names that it gives. */
export type ReadColumns = { readonly columns: string; readonly select: string };

/** A row, and where a page that ends with it ends. */
export type FoundDocument<Row> = { readonly row: Row; readonly cursor: Cursor };

type KeyRow = Readonly<Record<string, string | number | null>>;

type Found<Row> = { readonly found: readonly FoundDocument<Row>[]; readonly scanned: number | undefined };

/** Finds one more than the limit, which proves that the page is not the last one. */
export async function findDocuments<Row extends object>(reader: Reader, search: Search): Promise<Found<Row>> {
  const { text, values, keys, idNames, index } = await chooseSearch(reader, search);
  const { from, query } = search;
  const { rows, scanned } = await counted(reader, { from, condition: query.condition, isIndexed: index !== undefined }, () =>
    reader.rowsOnce<Row & KeyRow>(text, values),
  );
  const found = rows.map((row) => ({
    row,
    cursor: [...keys.map((key) => valueOfColumns(sortValuesIn(row, key))), ...idNames.map((name) => row[name] ?? '')],
  }));
  return { found, scanned };
}

/** `index`: the path by which documents are found. */
type CompiledSearch = CompiledStatement & {
  readonly keys: readonly SortKey[];
  readonly idNames: readonly string[];
  readonly index: Path | undefined;
};

export async function chooseSearch(reader: Reader, search: Search): Promise<CompiledSearch> {
  const { from, query } = search;
  const chosen = await chooseSource(reader, { ...query, from });
  return compileSearch(search, chosen);
}

/**
 * Without ORDER BY the ids order documents, and an index goes through them in that order from where the page before ended; with it, PostgreSQL
 * looks at all documents and keeps those that come first.
 */
function compileSearch(
  { wanted: { found = {}, read }, query }: Search,
  { source, condition: left, index: path }: ChosenSource,
): CompiledSearch {
  const { ids, pathOperand } = source;
  const bindings = new Bindings();
  const condition = filterIn(left, bindings, pathOperand);
  const selected = Object.entries(found).map(([name, column]) => `${column} as ${name}`);
  const keys = query.orderBy.map(({ value, descending }, index): SortKey => {
    const key = sortColumns(value.kind === 'path' ? pathOperand(value, bindings) : { form: 'missing' }, 'beginnings');
    selected.push(`${key.rank} as rank${index}`, `${key.number} as number${index}`, `${key.text} as text${index}`);
    return { rank: `rank${index}`, number: `number${index}`, text: `text${index}`, descending, numberType: 'numeric' };
  });
  const idNames = ids.map((_, index) => `id${index}`);
  const names = [...Object.keys(found), ...idNames, ...keys.flatMap(({ rank, number, text }) => [rank, number, text])];
  const order = { keys, ids: idNames };
  const page = `
    select ${names.join(', ')}
    from (
      ${selectDocuments({ source, condition, columns: selected, ids: ids.map((id, index) => `${id} as id${index}`), bindings })}
    ) as found
    where ${query.after === undefined ? 'true' : isAfter(query.after, order, bindings)}
    order by ${orderOf(order)}
    limit ${bindings.bind(query.limit + 1, 'integer')}`;
  const sql = read
    ? `select ${[...names.map((name) => `page.${name}`), read.columns].join(', ')}
      from (${page}) as page
      cross join lateral (${read.select}) as document
      order by ${orderOf(order)}`
    : page;
  return { ...bindings.statement(sql), keys, idNames, index: path };
}

export function sortValuesIn(row: KeyRow, { rank, number, text }: SortKey): SortValues {
  return { rank: Number(row[rank]), number: row[number] ?? null, text: textIn(row, text) };
}

function textIn(row: KeyRow, name: string): string | null {
  const text = row[name] ?? null;
  return text === null ? null : String(text);
}
