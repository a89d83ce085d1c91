// Where indexes on paths of twins live.
import type { Actor } from '../domain/audit/audit-entry.ts';
import type { IndexMaker, IndexPlace, TwinIndex } from '../domain/query/index/twin-index.ts';

export type NewIndex = IndexWrite & { readonly madeBy: IndexMaker };

export type IndexWrite = { readonly place: IndexPlace; readonly at: string; readonly by: Actor };

/**
 * `entries`: one for each twin of the collection, once it is built. `bytes`: what they take on the disk. `twins` of `totalTwins` are taken up; both are those of the store.
 * `entryMicroseconds`: what one entry took to write, on the average, while it was built; `undefined` before the first.
 */
export type IndexStatus = TwinIndex & {
  readonly entries: number;
  readonly bytes: number;
  readonly twins: number;
  readonly totalTwins: number;
  readonly entryMicroseconds: number | undefined;
};

/**
 * An index only says where to look: queries find the same with and without it, from the moment a write is acknowledged. A query uses an index that is `ready` when it begins.
 */
export interface IndexStore {
  /** Every index, also of what is being built, in the order of creation. */
  listIndexes(): Promise<readonly TwinIndex[]>;
  /** The same with what each takes, for which all its entries are counted. @param place Of this index alone; none where there is no such. */
  measureIndexes(place?: IndexPlace): Promise<readonly IndexStatus[]>;
  /**
   * Writes keep the index right from here on; `buildIndexes` takes up what is there. With its entry in the audit in one transaction.
   * @throws HubError GenericConflict where the path has one, and with one more than `LIMITS.twinIndexes`.
   */
  createIndex(index: NewIndex): Promise<TwinIndex>;
  /**
   * Writes keep it no longer, no query that begins later uses it, and another one can be made; `trimIndexes` gives its room back. With its entry in the audit in
   * one transaction. @throws HubError GenericNotFound.
   */
  dropIndex(write: IndexWrite): Promise<TwinIndex>;
  /**
   * Takes at most `limit` twins up into the index that is to be built next, in one transaction, which goes on where the one before ended; after the last ones the index is
   * `ready`. Several callers may do so at once. @returns whether there is more to build.
   */
  buildIndexes(limit: number): Promise<boolean>;
  /**
   * Gives back the room of an index that was dropped before `before`: of at most `limit` entries where that takes the longer the more there are, and of all where the database gives a
   * table back at once. @returns whether there is more to remove.
   */
  trimIndexes(before: string, limit: number): Promise<boolean>;
}
