// A row of the table of indexes, and what it stands for.
import { type IndexedCollection, type IndexPlace, isSamePlace, type TwinIndex } from '../../domain/query/index/twin-index.ts';
import type { Path, PathSteps } from '../../domain/query/ast.ts';
import type { IndexStatus } from '../../ports/index-store.ts';

/** `path`: its names as JSON. Dropped indexes are no indexes. */
export type IndexRow = {
  readonly index_id: number;
  readonly collection: IndexedCollection;
  readonly path: string;
  readonly state: TwinIndex['state'];
  readonly created_time: string;
  readonly made_by: TwinIndex['madeBy'];
  readonly built_device: string;
  readonly built_module: string;
  readonly built_twins: number;
  readonly built_entries: number;
  readonly built_seconds: number;
};

export const INDEX_COLUMNS =
  'index_id, collection, path, state, created_time, made_by, built_device, built_module, built_twins, built_entries, built_seconds';

/** The table with the entries of an index. */
export function indexTable(indexId: number): string {
  return `twin_index_${indexId}`;
}

/** Those of this place, or all. */
export function rowsAt(rows: readonly IndexRow[], place: IndexPlace | undefined): readonly IndexRow[] {
  return place ? rows.filter((row) => isSamePlace(toTwinIndex(row), place)) : rows;
}

export function namesText({ path }: IndexPlace): string {
  return JSON.stringify(path.steps);
}

export function toTwinIndex({ collection, path, state, created_time: createdTime, made_by: madeBy }: IndexRow): TwinIndex {
  return { collection, path: toPath(path), state, createdTime, madeBy };
}

export function toPath(steps: string): Path {
  // The column holds nothing but what `namesText` gave.
  return { kind: 'path', steps: JSON.parse(steps) as PathSteps };
}

/** `totalTwins`: `undefined` where all are taken up. */
type IndexSize = { readonly bytes: number; readonly entries: number; readonly totalTwins: number | undefined };

export function indexStatus(row: IndexRow, { bytes, entries, totalTwins }: IndexSize): IndexStatus {
  const { built_twins: twins, built_entries: builtEntries, built_seconds: seconds, state } = row;
  return {
    ...toTwinIndex(row),
    entries,
    bytes,
    twins,
    // Some may have been deleted since they were taken up.
    totalTwins: state === 'ready' ? twins : Math.max(twins, totalTwins ?? 0),
    entryMicroseconds: builtEntries === 0 ? undefined : Math.round((seconds * 1e7) / builtEntries) / 10,
  };
}
