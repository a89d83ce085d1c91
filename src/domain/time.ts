// Points in time as the wire shows them; the clock itself is a port.

/** What the service shows for a time that never came (behaviour 1.1). */
export const NEVER = '0001-01-01T00:00:00Z';

/** @param epochMs milliseconds since 1970 UTC. The result orders as text like the times it stands for. */
export function toIsoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
