// Builds the indexes of a store, and asks it for groups, which it may count by an index.
import type { JsonObject } from '../../src/domain/json.ts';
import { parseQuery } from '../../src/domain/query/parser.ts';
import type { Stores } from '../../src/ports/stores.ts';

export async function buildAll(stores: Stores): Promise<void> {
  while (await stores.indexes.buildIndexes(5)) continue;
}

export async function rowsOf(stores: Stores, text: string): Promise<readonly JsonObject[]> {
  const { from, where: condition, groupBy = [], select, orderBy } = parseQuery(text);
  if (select === 'all') throw new Error('The query has no columns.');
  const { rows } = await stores.queries.queryGroups(
    { from, condition, groupBy, columns: select, orderBy, after: undefined, limit: 100 },
    new AbortController().signal,
  );
  return rows;
}
