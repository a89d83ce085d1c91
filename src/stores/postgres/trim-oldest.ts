// Removes what is too old from the front of a table whose rows are in the order of their sequence.
import type { Writer } from './driver.ts';

/** Rows from before a time, ISO-8601 UTC, and how many to look at. */
export type AgeRange = { readonly before: string; readonly limit: number };

/**
 * Looks at the oldest `limit` rows only: a search for all that are old enough would read the whole table each time. The latest change stays, since
 * who follows the feed goes on after it. @returns how many went.
 */
export function trimOldest(writer: Writer, table: 'audit' | 'changes', range: AgeRange): Promise<number> {
  const spared = table === 'changes' ? 'and sequence < (select max(sequence) from changes)' : '';
  return writer.run(
    `with oldest as (
       select sequence, at
       from ${table}
       order by sequence
       limit $1
     )
     delete from ${table}
     where sequence in (
       select sequence
       from oldest
       where at < $2 ${spared}
     )`,
    range.limit,
    range.before,
  );
}
