// The order of rows in PostgreSQL's SQL: what they are sorted and grouped by, and where a page goes on.
import { type JsonValue, parseOwnJson } from '../../domain/json.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { Cursor } from '../../domain/query/cursor.ts';
import { canonicalJson, rankOf, RANKS } from '../../domain/query/value-order.ts';
import type { Bindings } from './query-bindings.ts';
import type { Operand } from './query-operand.ts';

/**
 * SQL for the rank of a value, and for what orders values of that rank: booleans as 0 and 1, and numbers, by `number`; strings, objects and arrays by `text`. As columns of
 * a subquery they have names that SQL can sort by.
 */
export type SortColumns = { readonly rank: string; readonly number: string; readonly text: string };

/** `beginnings`: of long strings their beginning, and of objects and arrays nothing (`sortValue`). `whole`: all that tells two values apart. */
type Precision = 'beginnings' | 'whole';

const NO_NUMBER = 'null::numeric';
const NO_TEXT = 'null::text';

/** The columns for what a path leads to. */
export function sortColumns(operand: Operand, precision: Precision): SortColumns {
  if (operand.form === 'missing') return { rank: `${RANKS.undefined}`, number: NO_NUMBER, text: NO_TEXT };
  if (operand.form === 'fixed') {
    const { kind, value, json = '' } = operand;
    const rank = `case when ${value} is null then ${RANKS.undefined} else ${RANKS[kind]} end`;
    switch (kind) {
      case 'null':
        return { rank, number: NO_NUMBER, text: NO_TEXT };
      case 'boolean':
        return { rank, number: `${value}::integer::numeric`, text: NO_TEXT };
      case 'number':
        return { rank, number: `(${json})::numeric`, text: NO_TEXT };
      case 'string':
        return { rank, number: NO_NUMBER, text: beginning(value, precision) };
      case 'object':
        return { rank, number: NO_NUMBER, text: precision === 'whole' ? `query_canonical(${json})` : `'{}'` };
    }
  }
  const { value } = operand;
  const ranks = Object.entries(RANKS).flatMap(([kind, rank]) => (kind === 'undefined' ? [] : [`when '${kind}' then ${rank}`]));
  const [object, array] = precision === 'whole' ? [`query_canonical(${value})`, `query_canonical(${value})`] : [`'{}'`, `'[]'`];
  return {
    rank: `case jsonb_typeof(${value}) ${ranks.join(' ')} else ${RANKS.undefined} end`,
    number: `case jsonb_typeof(${value}) when 'number' then (${value})::numeric when 'boolean' then (${value})::boolean::integer::numeric end`,
    text: `case jsonb_typeof(${value}) when 'string' then ${beginning(operand.text, precision)} when 'object' then ${object} when 'array' then ${array} end`,
  };
}

function beginning(value: string, precision: Precision): string {
  return precision === 'whole' ? value : `left(${value}, ${LIMITS.querySortChars.value})`;
}

/** What a row has in three such columns. */
export type SortValues = { readonly rank: number; readonly number: string | number | null; readonly text: string | null };

/** The value that the columns stand for. */
export function valueOfColumns({ rank, number, text }: SortValues): JsonValue | undefined {
  switch (rank) {
    case RANKS.undefined:
      return undefined;
    case RANKS.null:
      return null;
    case RANKS.boolean:
      return Number(number) === 1;
    case RANKS.number:
      return Number(number);
    case RANKS.string:
      return text;
    default:
      return parseOwnJson(text ?? '');
  }
}

/** Columns of rows, by their names, and the direction in which they order them. `numberType`: of the column of numbers; sums are doubles. */
export type SortKey = SortColumns & { readonly descending: boolean; readonly numberType: 'numeric' | 'double precision' };

/** `ids`: names of columns that no two rows have alike, by which they are sorted last. */
export type RowOrder = { readonly keys: readonly SortKey[]; readonly ids: readonly string[] };

/** Among values of one rank none is NULL, or all are. */
export function orderOf({ keys, ids }: RowOrder): string {
  const terms = keys.flatMap(({ rank, number, text, descending }) =>
    [rank, number, `${text} collate "C"`].map((column) => (descending ? `${column} desc` : column)),
  );
  return [...terms, ...ids].join(', ');
}

/** A condition for the rows after the cursor, which has a value for each key and then one for each id. */
export function isAfter(cursor: Cursor, { keys, ids }: RowOrder, bindings: Bindings): string {
  const [key, ...rest] = keys;
  if (key) {
    const [value, ...others] = cursor;
    const isLast = rest.length === 0 && ids.length === 0;
    const { after, same } = placesOf(key, value, bindings);
    return isLast ? after : `(${after} or (${same} and ${isAfter(others, { keys: rest, ids }, bindings)}))`;
  }
  // As one row of values, which lets PostgreSQL begin in the middle of an index.
  const values = cursor.map((id) => bindings.bind(typeof id === 'string' ? id : '', 'text'));
  return `(${ids.join()}) > (${values.join()})`;
}

type Places = { readonly after: string; readonly same: string };

function placesOf({ rank, number, text, descending, numberType }: SortKey, at: Cursor[number], bindings: Bindings): Places {
  const beyond = descending ? '<' : '>';
  const sameRank = `${rank} = ${rankOf(at)}`;
  if (at === undefined || at === null) return { after: `${rank} ${beyond} ${rankOf(at)}`, same: sameRank };
  const isNumeric = typeof at === 'number' || typeof at === 'boolean';
  const value = isNumeric ? number : `${text} collate "C"`;
  const bound = isNumeric
    ? `${bindings.bind(String(Number(at)), 'text')}::${numberType}`
    : bindings.bind(typeof at === 'string' ? at : canonicalJson(at), 'text');
  return {
    after: `(${rank} ${beyond} ${rankOf(at)} or (${sameRank} and ${value} ${beyond} ${bound}))`,
    same: `(${sameRank} and ${value} = ${bound})`,
  };
}
