// Points in time as the wire shows them; the clock itself is a port.

/** What the service shows for a time that never came (behaviour 1.1). */
export const NEVER = '0001-01-01T00:00:00Z';

/** @param epochMs milliseconds since 1970 UTC. The result orders as text like the times it stands for. */
export function toIsoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

/** ISO-8601; without an offset the time is UTC. The service shows seven digits of a second. */
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?$/i;

/** @returns milliseconds since 1970 UTC; `undefined` when the text is no ISO-8601 time with a date, or names a day that is none. */
export function parseIsoTime(text: string): number | undefined {
  const match = ISO_TIME.exec(text);
  const epochMs = match ? Date.parse(match[1] === undefined ? `${text}Z` : text) : Number.NaN;
  return Number.isNaN(epochMs) ? undefined : epochMs;
}

/** As in the header `Date` [RFC 9110, section 5.6.7], to the second. @param epochMs milliseconds since 1970 UTC. */
export function toHttpDate(epochMs: number): string {
  return new Date(epochMs).toUTCString();
}
