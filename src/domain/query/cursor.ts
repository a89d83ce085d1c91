// Where a page of a query ends, and the text in which a token keeps it.
import { HubError, invariant } from '../errors.ts';
import { isJsonObject, type JsonValue, ownValue, parseOwnJson } from '../json.ts';
import { LIMITS } from '../limits.ts';

/**
 * What the last row of a page has in each term after ORDER BY (of documents only what `sortValue` leaves of it), and then its ids, or the values by which it is grouped.
 */
export type Cursor = readonly (JsonValue | undefined)[];

/** `left`: how many rows may still come, of a query with TOP. */
export type Position = { readonly after: Cursor; readonly left: number | undefined };

/** @throws HubError ArgumentInvalid when the values are too long. */
export function formatPosition({ after, left }: Position): string {
  // A list of none or one, since JSON has no undefined.
  const text = JSON.stringify({ after: after.map((value) => (value === undefined ? [] : [value])), ...(left !== undefined && { left }) });
  const maxBytes = LIMITS.queryCursorBytes.value;
  if (new TextEncoder().encode(text).length > maxBytes) {
    throw new HubError(
      'ArgumentInvalid',
      `A page ends with values that are longer than ${maxBytes} bytes. Group by properties that are shorter.`,
    );
  }
  return text;
}

/** @param text what `formatPosition` made. */
export function parsePosition(text: string): Position {
  const value = parseOwnJson(text);
  invariant(isJsonObject(value), 'a position is an object');
  const after = ownValue(value, 'after');
  const left = ownValue(value, 'left');
  // Array.isArray takes the elements of a readonly array for `any`.
  const slots = Array.isArray(after) ? (after as readonly (readonly JsonValue[])[]) : [];
  return { after: slots.map(([slot]) => slot), left: typeof left === 'number' ? left : undefined };
}
