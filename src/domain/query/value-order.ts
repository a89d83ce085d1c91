// The order of values, by which rows are sorted, grouped and paged. README.md beside this file has the rules in words.
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';
import { LIMITS } from '../limits.ts';
import type { Path } from './ast.ts';

type Value = JsonValue | undefined;

/** Values of a lower rank stand before those of a higher one. */
export const RANKS = { undefined: 0, null: 1, boolean: 2, number: 3, string: 4, object: 5, array: 6 } as const;

export function rankOf(value: Value): number {
  if (value === undefined) return RANKS.undefined;
  if (value === null) return RANKS.null;
  if (typeof value === 'boolean') return RANKS.boolean;
  if (typeof value === 'number') return RANKS.number;
  if (typeof value === 'string') return RANKS.string;
  return isJsonObject(value) ? RANKS.object : RANKS.array;
}

/** What ORDER BY looks at in a document: the beginning of long strings, and of objects and arrays nothing but that they are some. */
export function sortValue(value: Value): Value {
  if (typeof value === 'string') return beginningOf(value, LIMITS.querySortChars.value);
  if (typeof value !== 'object' || value === null) return value;
  return isJsonObject(value) ? {} : [];
}

function beginningOf(text: string, codePoints: number): string {
  // No code point has more than two units.
  return Array.from(text.slice(0, 2 * codePoints))
    .slice(0, codePoints)
    .join('');
}

/** Negative, 0 or positive. 0 means that both are one value, for whoever groups by it. */
export function compareValues(one: Value, other: Value): number {
  const ranks = rankOf(one) - rankOf(other);
  if (ranks !== 0 || one === undefined || other === undefined || one === null || other === null) return ranks;
  if (typeof one === 'object' || typeof other === 'object') return compareByCodePoint(canonicalJson(one), canonicalJson(other));
  if (typeof one === 'string' && typeof other === 'string') return compareByCodePoint(one, other);
  return Number(one) - Number(other);
}

/** JSON in which the order of keys makes no difference. */
export function canonicalJson(value: JsonValue): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (!isJsonObject(value)) return `[${value.map(canonicalJson).join()}]`;
  return `{${entriesInOrder(value)
    .map(([key, child]) => `${JSON.stringify(key)}:${canonicalJson(child)}`)
    .join()}}`;
}

function entriesInOrder(object: JsonObject): readonly (readonly [string, JsonValue])[] {
  return Object.entries(object).toSorted(([one], [other]) => compareByCodePoint(one, other));
}

/** JavaScript's own order is that of UTF-16 units, where U+1F600 stands before U+FFFD. */
export function compareByCodePoint(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const difference = rankOfUnit(left.charCodeAt(index)) - rankOfUnit(right.charCodeAt(index));
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Surrogates stand for code points above all others. */
function rankOfUnit(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

export function isSamePath(one: Path, other: Path): boolean {
  return one.steps.length === other.steps.length && one.steps.every((step, index) => step === other.steps[index]);
}
