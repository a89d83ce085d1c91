// Grouped queries on PostgreSQL: it groups, counts, adds up and sorts, so that no more than a page of groups leaves it.
import type { JsonValue } from '../../domain/json.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { Aggregate, Path } from '../../domain/query/ast.ts';
import type { Cursor } from '../../domain/query/cursor.ts';
import { isSamePath, RANKS } from '../../domain/query/value-order.ts';
import type { GroupPage, GroupQuery } from '../../ports/query-store.ts';
import type { Reader } from './driver.ts';
import { Bindings } from './query-bindings.ts';
import { filterIn } from './query-compiler.ts';
import { sortValuesIn } from './query-documents.ts';
import { type ChosenSource, chooseSource } from './query-index.ts';
import { type CompiledGroups, indexedGroups } from './query-indexed-groups.ts';
import { jsonColumn, type Operand } from './query-operand.ts';
import { isAfter, orderOf, type SortColumns, sortColumns, type SortKey, valueOfColumns } from './query-order.ts';
import { counted } from './query-scan.ts';
import { selectDocuments } from './query-sources.ts';

type Row = Readonly<Record<string, string | number | null>>;

export async function queryGroups(reader: Reader, query: GroupQuery): Promise<GroupPage> {
  const { text, values, order, keyOf, index } = await chooseGroups(reader, query);
  const { rows, scanned } = await counted(reader, { ...query, isIndexed: index !== undefined }, () => reader.rowsOnce<Row>(text, values));
  const found: { readonly row: Row; readonly cursor: Cursor }[] = [];
  let chars = 0;
  let next: Cursor | undefined;
  for (const row of rows) {
    // This group proves that the page is not the last one.
    if (found.length === query.limit || (found.length > 0 && chars >= LIMITS.queryPageChars.value)) {
      next = found.at(-1)?.cursor;
      break;
    }
    found.push({ row, cursor: order.map((key) => valueIn(row, key)) });
    for (const value of Object.values(row)) chars += typeof value === 'string' ? value.length : 1;
  }
  const answerRow = (row: Row): GroupPage['rows'][number] =>
    Object.fromEntries(
      query.columns.flatMap(({ value, name }) => {
        const shown = valueIn(row, keyOf(value));
        return shown === undefined ? [] : [[name, shown]];
      }),
    );
  return { rows: found.map(({ row }) => answerRow(row)), next, scanned };
}

function valueIn(row: Row, key: SortKey): JsonValue | undefined {
  return valueOfColumns(sortValuesIn(row, key));
}

export async function chooseGroups(reader: Reader, query: GroupQuery): Promise<CompiledGroups> {
  return (await indexedGroups(reader, query)) ?? compileGroups(query, await chooseSource(reader, { ...query, groups: query }));
}

/**
 * Layers, because SQL groups and sorts by names: values of documents; those that are written the same, since texts are compared much faster than JSONB; groups, in which 1 and 1.0 are one; what
 * orders groups; and the page.
 */
function compileGroups(
  { groupBy, columns, orderBy, after, limit }: GroupQuery,
  { source, condition, index: indexed }: ChosenSource,
): CompiledGroups {
  const { pathOperand } = source;
  const bindings = new Bindings();
  const layers = {
    documents: ['1 as found'],
    parts: [] as string[],
    written: [] as string[],
    groups: [] as string[],
    keys: [] as string[],
  };
  const addKey = (name: string, key: SortColumns): SortColumns => {
    layers.keys.push(`${key.rank} as ${name}_rank`, `${key.number} as ${name}_number`, `${key.text} as ${name}_text`);
    return { rank: `${name}_rank`, number: `${name}_number`, text: `${name}_text` };
  };
  const keys = groupBy.map((path, index): SortKey => {
    const name = `group${index}`;
    const { text, value, operand } = named(pathOperand(path, bindings), name);
    layers.documents.push(`${text} as ${name}`);
    layers.written.push(`${value} as ${name}`);
    return { ...addKey(name, sortColumns(operand, 'whole')), descending: false, numberType: 'numeric' };
  });
  const groupNames = groupBy.map((_, index) => `group${index}`);
  const aggregates = uniqueAggregates([...columns, ...orderBy].map(({ value }) => value).filter((value) => value.kind === 'aggregate'));
  const aggregateKeys = aggregates.map((aggregate, index): SortKey => {
    const name = `result${index}`;
    const { of, parts, number, text } = aggregateSql(aggregate, index, (path) => pathOperand(path, bindings));
    layers.documents.push(...of);
    for (const part of parts) {
      layers.parts.push(`${part.sql} as ${part.name}`);
      layers.written.push(part.name);
    }
    layers.groups.push(`${number} as ${name}_n`, `${text} as ${name}_t`);
    const rank = `case when ${name}_n is not null then ${RANKS.number} when ${name}_t is not null then ${RANKS.string} else ${RANKS.undefined} end`;
    const key = addKey(name, { rank, number: `${name}_n`, text: `${name}_t` });
    return { ...key, descending: false, numberType: ['SUM', 'AVG'].includes(aggregate.name) ? 'double precision' : 'numeric' };
  });
  const keyOf = (value: Path | Aggregate): SortKey => {
    const known = value.kind === 'path' ? groupBy.findIndex((path) => isSamePath(path, value)) : indexOfAggregate(aggregates, value);
    // The parser lets nothing else stand beside groups.
    return (value.kind === 'path' ? keys : aggregateKeys)[known] as SortKey;
  };
  const order = [...orderBy.map(({ value, descending }) => ({ ...keyOf(value), descending })), ...keys];
  const where = filterIn(condition, bindings, pathOperand);
  const statement = bindings.statement(`
    select ${[...keys, ...aggregateKeys].flatMap(({ rank, number, text }) => [rank, number, text]).join(', ')}
    from (
      select ${layers.keys.join(', ')}
      from (
        select ${[...groupNames, ...layers.groups].join(', ')}
        from (
          select ${layers.written.join(', ')}
          from (
            select ${[...groupNames, ...layers.parts].join(', ')}
            from (
              ${selectDocuments({ source, condition: where, columns: layers.documents, ids: [], bindings })}
            ) as documents
            ${groupedBy(groupNames)}
          ) as parts
        ) as written
        ${groupedBy(groupNames)}
      ) as groups
    ) as keys
    where ${after === undefined || order.length === 0 ? 'true' : isAfter(after, { keys: order, ids: [] }, bindings)}
    ${order.length === 0 ? '' : `order by ${orderOf({ keys: order, ids: [] })}`}
    limit ${bindings.bind(limit + 1, 'integer')}`);
  return { ...statement, order, keyOf, index: indexed };
}

function groupedBy(names: readonly string[]): string {
  return names.length === 0 ? '' : `group by ${names.join(', ')}`;
}

/** `text`: SQL for how the value of a document is written. `value`: what that becomes, which is equal where the language says that two values are one. `operand`: that as a column. */
type Named = { readonly text: string; readonly value: string; readonly operand: Operand };

function named(operand: Operand, name: string): Named {
  switch (operand.form) {
    case 'missing':
      return { text: 'null::text', value: name, operand };
    case 'json':
      return { text: `(${operand.value})::text`, value: `${name}::jsonb`, operand: jsonColumn(name) };
    case 'fixed': {
      if (operand.kind === 'string') return { text: operand.value, value: name, operand: { ...operand, value: name } };
      return { text: `(${operand.json ?? `to_jsonb(${operand.value})`})::text`, value: `${name}::jsonb`, operand: jsonColumn(name) };
    }
  }
}

function uniqueAggregates(aggregates: readonly Aggregate[]): readonly Aggregate[] {
  return aggregates.filter((aggregate, index) => indexOfAggregate(aggregates, aggregate) === index);
}

function indexOfAggregate(aggregates: readonly Aggregate[], { name, path }: Aggregate): number {
  return aggregates.findIndex((one) => one.name === name && (one.path === path || (one.path && path && isSamePath(one.path, path))));
}

/**
 * `of`: what is taken of each document, NULL for what is passed over, with its name. `parts`: what is made of those values. `number` and `text`: what is made of the parts; at most one of them is
 * there.
 */
type AggregateSql = {
  readonly of: readonly string[];
  readonly parts: readonly { readonly name: string; readonly sql: string }[];
  readonly number: string;
  readonly text: string;
};

/** Numbers are added up by their digits, which needs no order of adding, and the sum becomes a double. */
function aggregateSql({ name, path }: Aggregate, index: number, operandOf: (path: Path) => Operand): AggregateSql {
  const noText = 'null::text';
  const [input, count, number, text] = [`input${index}`, `count${index}`, `number${index}`, `text${index}`];
  if (path === undefined) return { of: [], parts: [{ name: count, sql: 'count(*)' }], number: `sum(${count})`, text: noText };
  const operand = operandOf(path);
  const numbers = `${digitsOf(operand)} as ${number}`;
  const texts = `${stringOf(operand)} as ${text}`;
  const partsOf = (aggregate: 'min' | 'max'): AggregateSql['parts'] => [
    { name: number, sql: `${aggregate}(${number})` },
    { name: text, sql: `${aggregate}(${text} collate "C")` },
  ];
  const sum = { name: number, sql: `sum(${number})` };
  switch (name) {
    case 'COUNT':
      return {
        of: [`${presenceOf(operand)} as ${input}`],
        parts: [{ name: count, sql: `count(${input})` }],
        number: `sum(${count})`,
        text: noText,
      };
    case 'SUM':
      return { of: [numbers], parts: [sum], number: `query_double(sum(${number}))`, text: noText };
    case 'AVG': {
      const counts = { name: count, sql: `count(${number})` };
      return { of: [numbers], parts: [sum, counts], number: `query_average(sum(${number}), sum(${count})::bigint)`, text: noText };
    }
    case 'MIN':
      // Numbers stand before strings.
      return {
        of: [numbers, texts],
        parts: partsOf('min'),
        number: `min(${number})`,
        text: `case when min(${number}) is null then min(${text} collate "C") end`,
      };
    case 'MAX':
      return {
        of: [numbers, texts],
        parts: partsOf('max'),
        number: `case when max(${text} collate "C") is null then max(${number}) end`,
        text: `max(${text} collate "C")`,
      };
  }
}

function presenceOf(operand: Operand): string {
  return operand.form === 'missing' ? 'null' : operand.value;
}

function digitsOf(operand: Operand): string {
  if (operand.form === 'json') return `case when jsonb_typeof(${operand.value}) = 'number' then (${operand.value})::numeric end`;
  return operand.form === 'fixed' && operand.kind === 'number' ? `(${operand.json ?? operand.value})::numeric` : 'null::numeric';
}

function stringOf(operand: Operand): string {
  if (operand.form === 'json') return `case when jsonb_typeof(${operand.value}) = 'string' then ${operand.text} end`;
  return operand.form === 'fixed' && operand.kind === 'string' ? operand.value : 'null::text';
}
