// What the databases keep of a value in an index, and which of these keys a condition allows.
import { LIMITS } from '../../domain/limits.ts';
import type { Primitive } from '../../domain/query/ast.ts';
import type { Allowed, RangeEnd } from '../../domain/query/index/narrowing.ts';
import { rankOf, RANKS } from '../../domain/query/value-order.ts';

/** Ranks of keys are those of values. Of a string that is too long for an index its beginning is kept, under a rank of its own. */
export const LONG_STRING_RANK = 7;

/** From this rank on a key does not say what the value is. */
export const FIRST_VAGUE_RANK = RANKS.object;

/** What a key has beside its rank: 0 where the rank says all, and for booleans 0 or 1. */
type IndexKey = { readonly rank: number; readonly value: number | string };

/** `ranks`: the range is one of each of these. */
type KeyRange = {
  readonly kind: 'range';
  readonly ranks: readonly number[];
  readonly from: RangeEnd | undefined;
  readonly to: RangeEnd | undefined;
};

export type AllowedKeys =
  | { readonly kind: 'one'; readonly key: IndexKey }
  | { readonly kind: 'some'; readonly keys: readonly IndexKey[] }
  | KeyRange;

/** `isExact`: a value is allowed wherever its key is. */
export type KeySearch = { readonly keys: AllowedKeys; readonly isExact: boolean };

/** The keys of all values that are allowed. */
export function keySearch(allowed: Allowed): KeySearch {
  if (allowed.kind === 'range') return rangeSearch(allowed);
  const keys = allowed.values.map(keyOf);
  const [key, second] = keys;
  return {
    keys: key && !second ? { kind: 'one', key } : { kind: 'some', keys },
    isExact: keys.every(({ rank }) => rank !== LONG_STRING_RANK),
  };
}

function keyOf(value: Primitive): IndexKey {
  if (typeof value !== 'string') return { rank: rankOf(value), value: Number(value) };
  const beginning = beginningOf(value);
  return { rank: beginning === value ? RANKS.string : LONG_STRING_RANK, value: beginning };
}

function beginningOf(text: string): string {
  const chars = LIMITS.twinIndexKeyChars.value;
  // No code point has more than two units.
  return text.length <= chars
    ? text
    : Array.from(text.slice(0, 2 * chars))
        .slice(0, chars)
        .join('');
}

function rangeSearch({ of, from, to }: Extract<Allowed, { kind: 'range' }>): KeySearch {
  if (of === 'number') return { keys: { kind: 'range', ranks: [RANKS.number], from, to }, isExact: true };
  const ends = [from, to].map((end) => end && endOfStrings(end));
  return {
    keys: { kind: 'range', ranks: [RANKS.string, LONG_STRING_RANK], from: ends[0], to: ends[1] },
    isExact: ends[0] === from && ends[1] === to,
  };
}

/** What a long string has in common with the end of a range says nothing of what follows. */
function endOfStrings(end: RangeEnd): RangeEnd {
  const beginning = beginningOf(String(end.value));
  const isShort = Array.from(beginning).length < LIMITS.twinIndexKeyChars.value;
  return isShort ? end : { value: beginning, isOpen: false };
}
