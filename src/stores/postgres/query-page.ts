// Cuts what was found to a page of bounded size.
import { LIMITS } from '../../domain/limits.ts';
import type { Cursor } from '../../domain/query/cursor.ts';
import type { FoundDocument } from './query-documents.ts';

/** `found`: one more than the limit where there are more. `read`: the documents of these, in their order. */
type PageOf<Row, Item> = {
  readonly found: readonly FoundDocument<Row>[];
  readonly limit: number;
  readonly read: (rows: readonly Row[]) => Promise<readonly Item[]>;
  readonly sizeOf: (item: Item) => number;
};

/** Documents that are read at once: no more than these are in memory beyond the size of a page. */
export const CHUNK = 100;

/** The page ends with the limit, or with the document that reaches `LIMITS.queryPageChars`. */
export async function readPage<Row, Item>({
  found,
  limit,
  read,
  sizeOf,
}: PageOf<Row, Item>): Promise<{ readonly items: readonly Item[]; readonly next: Cursor | undefined }> {
  const wanted = found.slice(0, limit);
  const items: Item[] = [];
  let chars = 0;
  for (let start = 0; start < wanted.length && chars < LIMITS.queryPageChars.value; start += CHUNK) {
    for (const item of await read(wanted.slice(start, start + CHUNK).map(({ row }) => row))) {
      if (chars >= LIMITS.queryPageChars.value) break;
      items.push(item);
      chars += sizeOf(item);
    }
  }
  return { items, next: items.length < found.length ? found[items.length - 1]?.cursor : undefined };
}
