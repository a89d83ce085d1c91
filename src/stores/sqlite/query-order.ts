// The order of rows in SQL: what they are sorted and grouped by, and where a page goes on.
import { type JsonValue, parseOwnJson } from '../../domain/json.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { Cursor } from '../../domain/query/cursor.ts';
import { canonicalJson, rankOf, RANKS } from '../../domain/query/value-order.ts';
import type { SqlValue } from './driver.ts';
import type { Bindings, Kind, Operand } from './query-operand.ts';

/** SQL for the rank of a value and for what orders values of that rank. As two columns of a subquery they have names that SQL can sort and group by. */
export type SortColumns = { readonly rank: string; readonly value: string };

/** `beginnings`: of long strings their beginning, and of objects and arrays nothing (`sortValue`). `whole`: all that tells two values apart. */
type Precision = 'beginnings' | 'whole';

/** The columns for what a path leads to. */
export function sortColumns(operand: Operand, precision: Precision): SortColumns {
  if (operand.form === 'missing') return { rank: String(RANKS.undefined), value: 'null' };
  if (operand.form === 'fixed') {
    const { kind, value, json = 'null' } = operand;
    const valueOf: Readonly<Record<Kind, string>> = {
      null: 'null',
      boolean: value,
      number: value,
      string: textOf(value, precision),
      object: precision === 'whole' ? `iif(${value} is null, null, canonical_json(${json}))` : `'{}'`,
    };
    return { rank: `iif(${value} is null, ${RANKS.undefined}, ${RANKS[kind]})`, value: valueOf[kind] };
  }
  if (operand.columns) return operand.columns;
  const { type, value } = operand;
  const ranks = Object.entries(TYPES_BY_RANK).map(([rank, types]) => types.map((word) => `when '${word}' then ${rank}`).join(' '));
  const [object, array] = precision === 'whole' ? [`canonical_json(${value})`, `canonical_json(${value})`] : [`'{}'`, `'[]'`];
  const scalars = ['true', 'false', 'integer', 'real'].map((word) => `when '${word}' then ${value}`).join(' ');
  return {
    rank: `case ${type} ${ranks.join(' ')} else ${RANKS.undefined} end`,
    value: `case ${type} ${scalars} when 'text' then ${textOf(value, precision)} when 'object' then ${object} when 'array' then ${array} end`,
  };
}

const TYPES_BY_RANK: Readonly<Record<number, readonly string[]>> = {
  [RANKS.null]: ['null'],
  [RANKS.boolean]: ['true', 'false'],
  [RANKS.number]: ['integer', 'real'],
  [RANKS.string]: ['text'],
  [RANKS.object]: ['object'],
  [RANKS.array]: ['array'],
};

function textOf(value: string, precision: Precision): string {
  return precision === 'whole' ? value : `substr(${value}, 1, ${LIMITS.querySortChars.value})`;
}

/** The value that two columns of a row stand for. */
export function valueOfColumns(rank: SqlValue, value: SqlValue): JsonValue | undefined {
  if (rank === RANKS.undefined) return undefined;
  if (rank === RANKS.null) return null;
  if (rank === RANKS.boolean) return value === 1;
  return rank === RANKS.object || rank === RANKS.array ? parseOwnJson(String(value)) : value;
}

/** Two columns of rows, by their names, and the direction in which they order them. `computed`: numbers in it are doubles, not what their digits say. */
export type SortKey = SortColumns & { readonly descending: boolean; readonly computed: boolean };

/** `ids`: names of columns that no two rows have alike, by which they are sorted last. */
export type RowOrder = { readonly keys: readonly SortKey[]; readonly ids: readonly string[] };

export function orderOf({ keys, ids }: RowOrder): string {
  const terms = keys.flatMap(({ rank, value, descending }) => [rank, value].map((column) => (descending ? `${column} desc` : column)));
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
  // As one row of values, which lets SQLite begin in the middle of an index.
  const values = cursor.map((id) => bindings.bind(typeof id === 'string' ? id : ''));
  return `(${ids.join()}) > (${values.join()})`;
}

type Places = { readonly after: string; readonly same: string };

function placesOf({ rank, value, descending, computed }: SortKey, at: Cursor[number], bindings: Bindings): Places {
  const beyond = descending ? '<' : '>';
  const bound = boundValue(at, computed, bindings);
  const sameRank = `${rank} = ${rankOf(at)}`;
  if (bound === undefined) return { after: `${rank} ${beyond} ${rankOf(at)}`, same: sameRank };
  return {
    after: `(${rank} ${beyond} ${rankOf(at)} or (${sameRank} and ${value} ${beyond} ${bound}))`,
    same: `(${sameRank} and ${value} = ${bound})`,
  };
}

/** `undefined` for what has no order among its kind. */
function boundValue(value: Cursor[number], computed: boolean, bindings: Bindings): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return bindings.bind(value);
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value === 'number') {
    // As in conditions: SQLite reads the digits that documents have.
    const number = `json_extract(${bindings.bind(JSON.stringify(value))}, '$')`;
    return computed ? `cast(${number} as real)` : number;
  }
  return bindings.bind(canonicalJson(value));
}
