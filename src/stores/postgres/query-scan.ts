// How many twins a search looks at that goes through no index, as PostgreSQL counts them.
import type { Collection, Expression } from '../../domain/query/ast.ts';
import { indexablePlaces } from '../../domain/query/index/indexable.ts';
import type { Reader } from './driver.ts';

type Scan<Row> = { readonly rows: readonly Row[]; readonly scanned: number | undefined };
type Search = { readonly from: Collection; readonly condition: Expression; readonly isIndexed: boolean };

/** Counts where an index could have helped: twins that other processes of the server looked at for it are missing. */
export async function counted<Row>(reader: Reader, search: Search, run: () => Promise<readonly Row[]>): Promise<Scan<Row>> {
  const { from, condition, isIndexed } = search;
  if (isIndexed || indexablePlaces(from, condition).length === 0) return { rows: await run(), scanned: undefined };
  const before = await countLooks(reader);
  const rows = await run();
  const scanned = (await countLooks(reader)) - before;
  return { rows, scanned: scanned === 0 ? undefined : scanned };
}

/** Since some moment: what the connection has told nobody yet. */
async function countLooks(reader: Reader): Promise<number> {
  const row = await reader.row<{ readonly looks: number }>(
    `select pg_stat_get_xact_tuples_returned('twins'::regclass) + pg_stat_get_xact_tuples_fetched('twins'::regclass)
       + coalesce(sum(pg_stat_get_xact_tuples_fetched(indexrelid)), 0)::bigint as looks
     from pg_index
     where indrelid = 'twins'::regclass`,
  );
  return row?.looks ?? 0;
}
