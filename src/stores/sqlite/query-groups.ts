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
import { conditionIn } from './query-compiler.ts';
import { chooseSource } from './query-index.ts';
import { Bindings, type Operand } from './query-operand.ts';
import { isAfter, orderOf, sortColumns, type SortKey, valueOfColumns } from './query-order.ts';
import { scanTerm, type Source } from './query-sources.ts';

type Row = Readonly<Record<string, SqlValue>>;

export function queryGroups(reader: Reader, { cancelled, ...query }: GroupQuery & { readonly cancelled: CancelFlag }): GroupPage {
  const { source, condition } = chooseSource(reader, { ...query, isByIds: false, groups: query });
  const statement = compileGroups({ ...query, condition }, source);
  const found: { readonly row: Row; readonly cursor: Cursor }[] = [];
  let chars = 0;
  for (const row of reader.scan<Row>({ ...statement, cancelled })) {
    const last = found.at(-1);
    const isFull = found.length === query.limit || chars >= LIMITS.queryPageChars.value;
    // This group proves that the page is not the last one.
    if (last && isFull) return { rows: found.map((one) => answerRow(query, statement, one.row)), next: last.cursor };
    found.push({ row, cursor: statement.order.map((key) => valueIn(row, key)) });
    for (const value of Object.values(row)) chars += typeof value === 'string' ? value.length : 1;
  }
  return { rows: found.map((one) => answerRow(query, statement, one.row)), next: undefined };
}

type Statement = {
  readonly sql: string;
  readonly values: Bindings['values'];
  /** What rows are sorted by: the terms after ORDER BY, then the paths that they are grouped by. */
  readonly order: readonly SortKey[];
  readonly keyOf: (value: Path | Aggregate) => SortKey;
};

/** Three layers, because SQL groups and sorts by names: values of documents, groups, and the page. */
function compileGroups({ condition, groupBy, columns, orderBy, after, limit }: GroupQuery, source: Source): Statement {
  const { tables, pathOperand, terms } = source;
  const bindings = new Bindings();
  const ofDocuments: string[] = ['1 as found'];
  const ofGroups: string[] = [];
  const keys = groupBy.map((path, index): SortKey => {
    const { rank, value } = sortColumns(pathOperand(path, bindings), 'whole');
    ofDocuments.push(`${rank} as rank${index}`, `${value} as value${index}`);
    return { rank: `rank${index}`, value: `value${index}`, descending: false, computed: false };
  });
  const aggregates = uniqueAggregates([...columns, ...orderBy].map(({ value }) => value).filter((value) => value.kind === 'aggregate'));
  const aggregateKeys = aggregates.map((aggregate, index): SortKey => {
    const input = `input${index}`;
    const { of, result } = aggregateSql(aggregate, input, (path) => pathOperand(path, bindings));
    ofDocuments.push(`${of} as ${input}`);
    const value = `result${index}`;
    ofGroups.push(`${result} as ${value}`);
    const rank = `case typeof(${value}) when 'null' then ${RANKS.undefined} when 'text' then ${RANKS.string} else ${RANKS.number} end`;
    return { rank, value, descending: false, computed: ['SUM', 'AVG'].includes(aggregate.name) };
  });
  const keyOf = (value: Path | Aggregate): SortKey => {
    const known = value.kind === 'path' ? groupBy.findIndex((path) => isSamePath(path, value)) : indexOfAggregate(aggregates, value);
    // The parser lets nothing else stand beside groups.
    return (value.kind === 'path' ? keys : aggregateKeys)[known] as SortKey;
  };
  const order = [...orderBy.map(({ value, descending }) => ({ ...keyOf(value), descending })), ...keys];
  const groupColumns = keys.flatMap(({ rank, value }) => [rank, value]);
  const selected = [...groupColumns, ...aggregateKeys.map(({ value }) => value)].join(', ');
  const sql = `select ${selected}
    from (
      select ${[...groupColumns, ...ofGroups].join(', ')}
      from (
        select ${ofDocuments.join(', ')}
        from ${tables}
        where ${scanTerm(source)}
        and ${terms?.(bindings) ?? 'true'}
        and ${conditionIn(condition, { bindings, pathOperand })}
      )
      ${groupColumns.length === 0 ? '' : `group by ${groupColumns.join(', ')}`}
    )
    where ${after === undefined || order.length === 0 ? 'true' : isAfter(after, { keys: order, ids: [] }, bindings)}
    ${order.length === 0 ? '' : `order by ${orderOf({ keys: order, ids: [] })}`}
    limit ${bindings.bind(limit + 1)}`;
  return { sql, values: bindings.values, order, keyOf };
}

function uniqueAggregates(aggregates: readonly Aggregate[]): readonly Aggregate[] {
  return aggregates.filter((aggregate, index) => indexOfAggregate(aggregates, aggregate) === index);
}

function indexOfAggregate(aggregates: readonly Aggregate[], { name, path }: Aggregate): number {
  return aggregates.findIndex((one) => one.name === name && (one.path === path || (one.path && path && isSamePath(one.path, path))));
}

type AggregateSql = { readonly of: string; readonly result: string };

/** SQL for what it takes of each document, NULL for what it passes over, and for what it makes of those values. */
function aggregateSql({ name, path }: Aggregate, input: string, operandOf: (path: Path) => Operand): AggregateSql {
  if (path === undefined) return { of: '1', result: `count(${input})` };
  const operand = operandOf(path);
  switch (name) {
    case 'COUNT':
      return { of: presenceOf(operand), result: `count(${input})` };
    case 'SUM':
    case 'AVG':
      return { of: doubleOf(operand), result: `nullif(nullif(${name.toLowerCase()}(${input}), 9e999), -9e999)` };
    case 'MIN':
    case 'MAX':
      // Numbers stand before strings in SQLite too.
      return { of: orderedValueOf(operand), result: `${name.toLowerCase()}(${input})` };
  }
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
