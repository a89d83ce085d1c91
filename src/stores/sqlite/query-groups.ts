// Grouped queries on SQLite: it groups, counts, adds up and sorts, so that no more than a page of groups leaves it.
import type { JsonValue } from '../../domain/json.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { Aggregate, Path } from '../../domain/query/ast.ts';
import type { Cursor } from '../../domain/query/cursor.ts';
import { RANKS } from '../../domain/query/value-order.ts';
import { isSamePath } from '../../domain/query/value-order.ts';
import type { GroupPage, GroupQuery } from '../../ports/query-store.ts';
import type { CancelFlag, Reader, SqlValue } from './driver.ts';
import { doubleOf } from './query-comparison.ts';
import { filterIn } from './query-compiler.ts';
import { type ChosenSource, chooseSource } from './query-index.ts';
import { Bindings, type Operand } from './query-operand.ts';
import { isAfter, orderOf, type SortColumns, sortColumns, type SortKey, valueOfColumns } from './query-order.ts';
import { rowsIn, scanTerms, type Source } from './query-sources.ts';

type Row = Readonly<Record<string, SqlValue>>;

export function queryGroups(reader: Reader, { cancelled, ...query }: GroupQuery & { readonly cancelled: CancelFlag }): GroupPage {
  const { source, condition, index } = chooseGroupSource(reader, query);
  const statement = compileGroups({ ...query, condition }, source);
  const seen = new Map<string, number>();
  const scanned = (): number | undefined => (index || query.from === 'devices.jobs' ? undefined : rowsIn(seen));
  const found: { readonly row: Row; readonly cursor: Cursor }[] = [];
  let chars = 0;
  for (const row of reader.scan<Row>({ ...statement, cancelled, seen })) {
    const last = found.at(-1);
    const isFull = found.length === query.limit || chars >= LIMITS.queryPageChars.value;
    // This group proves that the page is not the last one.
    if (last && isFull) return { rows: found.map((one) => answerRow(query, statement, one.row)), next: last.cursor, scanned: scanned() };
    found.push({ row, cursor: statement.order.map((key) => valueIn(row, key)) });
    for (const value of Object.values(row)) chars += typeof value === 'string' ? value.length : 1;
  }
  return { rows: found.map((one) => answerRow(query, statement, one.row)), next: undefined, scanned: scanned() };
}

export function chooseGroupSource(reader: Reader, query: GroupQuery): ChosenSource {
  return chooseSource(reader, { ...query, groups: query });
}

type Statement = {
  readonly sql: string;
  readonly values: Bindings['values'];
  /** What rows are sorted by: the terms after ORDER BY, then the paths that they are grouped by. */
  readonly order: readonly SortKey[];
  readonly keyOf: (value: Path | Aggregate) => SortKey;
};

/**
 * Layers, because SQL groups and sorts by names: values of documents; those that are written the same, which are found in one look at each document and compared as texts; groups, in which 1 and 1.0
 * are one; and the page.
 * @param counts whether rows are counted.
 */
export function compileGroups(query: GroupQuery, source: Source, counts = false): Statement {
  const { condition, groupBy, columns, orderBy, after, limit } = query;
  const { tables, pathOperand } = source;
  const bindings = new Bindings();
  const keyColumns = groupBy.map((path, index) => keyColumnsOf(pathOperand(path, bindings), index));
  const keys = keyColumns.map(({ key }) => key);
  const aggregates = uniqueAggregates([...columns, ...orderBy].map(({ value }) => value).filter((value) => value.kind === 'aggregate'));
  const sqlOfAggregates = aggregates.map((aggregate, index) => aggregateSql(aggregate, index, (path) => pathOperand(path, bindings)));
  const aggregateKeys = aggregates.map(({ name }, index): SortKey => {
    const value = `result${index}`;
    const rank = `case typeof(${value}) when 'null' then ${RANKS.undefined} when 'text' then ${RANKS.string} else ${RANKS.number} end`;
    return { rank, value, descending: false, computed: ['SUM', 'AVG'].includes(name) };
  });
  const keyOf = (value: Path | Aggregate): SortKey => {
    const known = value.kind === 'path' ? groupBy.findIndex((path) => isSamePath(path, value)) : indexOfAggregate(aggregates, value);
    // The parser lets nothing else stand beside groups.
    return (value.kind === 'path' ? keys : aggregateKeys)[known] as SortKey;
  };
  const order = [...orderBy.map(({ value, descending }) => ({ ...keyOf(value), descending })), ...keys];
  const groupColumns = keys.flatMap(({ rank, value }) => [rank, value]);
  // Before the tables, which are those that it looks at.
  const where = filterIn(condition, { bindings, pathOperand });
  const writtenColumns = keyColumns.flatMap(({ written }) => written);
  const sql = `select ${[...groupColumns, ...aggregateKeys.map(({ value }) => value)].join(', ')}
    from (
      select ${[...groupColumns, ...sqlOfAggregates.map(({ result }, index) => `${result} as result${index}`)].join(', ')}
      from (
        select ${[...keyColumns.flatMap(({ ofWritten }) => ofWritten), ...sqlOfAggregates.flatMap(({ parts }) => parts.map(({ name }) => name))].join(', ')}
        from (
          select ${[...writtenColumns, ...sqlOfAggregates.flatMap(({ parts }) => parts.map(({ sql: part, name }) => `${part} as ${name}`))].join(', ')}
          from (
            select ${['1 as found', ...keyColumns.flatMap(({ ofDocuments }) => ofDocuments), ...sqlOfAggregates.flatMap(({ of }) => of)].join(', ')}
            from ${tables(bindings)}
            where ${scanTerms(source, bindings, counts)}
            and ${where}
          )
          ${groupedBy(writtenColumns)}
        )
      )
      ${groupedBy(groupColumns)}
    )
    where ${after === undefined || order.length === 0 ? 'true' : isAfter(after, { keys: order, ids: [] }, bindings)}
    ${order.length === 0 ? '' : `order by ${orderOf({ keys: order, ids: [] })}`}
    limit ${bindings.bind(limit + 1)}`;
  return { sql, values: bindings.values, order, keyOf };
}

function groupedBy(names: readonly string[]): string {
  return names.length === 0 ? '' : `group by ${names.join(', ')}`;
}

/** Columns for a path of GROUP BY: of documents, by their names in the next layer, and what they become in the one after it; and the key that they are then. */
type KeyColumns = {
  readonly ofDocuments: readonly string[];
  readonly written: readonly string[];
  readonly ofWritten: readonly string[];
  readonly key: SortKey;
};

function keyColumnsOf(operand: Operand, index: number): KeyColumns {
  const key: SortKey = { rank: `rank${index}`, value: `value${index}`, descending: false, computed: false };
  const named = ({ rank, value }: SortColumns): readonly string[] => [`${rank} as ${key.rank}`, `${value} as ${key.value}`];
  if (operand.form !== 'json' || operand.columns) {
    const names = [key.rank, key.value];
    return { ofDocuments: named(sortColumns(operand, 'whole')), written: names, ofWritten: names, key };
  }
  const name = `json${index}`;
  const place = `${name}, '$'`;
  const written = { form: 'json', type: `json_type(${place})`, value: `json_extract(${place})`, place, text: name } as const;
  return { ofDocuments: [`${operand.text} as ${name}`], written: [name], ofWritten: named(sortColumns(written, 'whole')), key };
}

function uniqueAggregates(aggregates: readonly Aggregate[]): readonly Aggregate[] {
  return aggregates.filter((aggregate, index) => indexOfAggregate(aggregates, aggregate) === index);
}

function indexOfAggregate(aggregates: readonly Aggregate[], { name, path }: Aggregate): number {
  return aggregates.findIndex((one) => one.name === name && (one.path === path || (one.path && path && isSamePath(one.path, path))));
}

/** `of`: what is taken of each document, NULL for what is passed over, with its name. `parts`: what is made of those values. `result`: what is made of the parts. */
type AggregateSql = {
  readonly of: readonly string[];
  readonly parts: readonly { readonly name: string; readonly sql: string }[];
  readonly result: string;
};

function aggregateSql({ name, path }: Aggregate, index: number, operandOf: (path: Path) => Operand): AggregateSql {
  const [input, part, documents] = [`input${index}`, `part${index}`, `documents${index}`];
  if (path === undefined) return { of: [], parts: [{ name: part, sql: 'count(*)' }], result: `sum(${part})` };
  const operand = operandOf(path);
  switch (name) {
    case 'COUNT':
      return { of: [`${presenceOf(operand)} as ${input}`], parts: [{ name: part, sql: `count(${input})` }], result: `sum(${part})` };
    case 'SUM':
      return { of: [`${doubleOf(operand)} as ${input}`], parts: [{ name: part, sql: `sum(${input})` }], result: finite(`sum(${part})`) };
    case 'AVG':
      return {
        of: [`${doubleOf(operand)} as ${input}`],
        parts: [
          { name: part, sql: `sum(${input})` },
          { name: documents, sql: `count(${input})` },
        ],
        result: finite(`(sum(${part}) / sum(${documents}))`),
      };
    case 'MIN':
    case 'MAX': {
      // Numbers stand before strings in SQLite too.
      const ofAll = name.toLowerCase();
      return {
        of: [`${orderedValueOf(operand)} as ${input}`],
        parts: [{ name: part, sql: `${ofAll}(${input})` }],
        result: `${ofAll}(${part})`,
      };
    }
  }
}

function finite(value: string): string {
  return `nullif(nullif(${value}, 9e999), -9e999)`;
}

function presenceOf(operand: Operand): string {
  if (operand.form === 'missing') return 'null';
  return operand.form === 'json' ? operand.type : operand.value;
}

function orderedValueOf(operand: Operand): string {
  if (operand.form === 'json') return `case when ${operand.type} in ('integer', 'real', 'text') then ${operand.value} end`;
  return operand.form === 'fixed' && ['number', 'string'].includes(operand.kind) ? operand.value : 'null';
}

function answerRow({ columns }: Pick<GroupQuery, 'columns'>, { keyOf }: Statement, row: Row): GroupPage['rows'][number] {
  return Object.fromEntries(
    columns.flatMap(({ value, name }) => {
      const found = valueIn(row, keyOf(value));
      return found === undefined ? [] : [[name, found]];
    }),
  );
}

/** A number and a string say themselves what they are; a group's value has its rank beside it. */
function valueIn(row: Row, { rank, value }: SortKey): JsonValue | undefined {
  const found = row[value] ?? null;
  return rank in row ? valueOfColumns(row[rank] ?? null, found) : (found ?? undefined);
}
