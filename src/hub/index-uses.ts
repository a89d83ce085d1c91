// How often queries asked for paths that they need not scan for: an index on one of these is of use.
import { LIMITS } from '../domain/limits.ts';
import { formatIndexPlace, type IndexPlace } from '../domain/query/index/twin-index.ts';

export class IndexUses {
  #queries = new Map<string, number>();

  /** Counts a page that no scan was needed for, for each place that an index could have led by. Of more than `LIMITS.scannedPaths` the later ones are not counted. */
  record(places: readonly IndexPlace[]): void {
    for (const place of places) {
      const key = formatIndexPlace(place);
      const known = this.#queries.get(key);
      if (known !== undefined || this.#queries.size < LIMITS.scannedPaths.value) this.#queries.set(key, (known ?? 0) + 1);
    }
  }

  /** By the path as `formatIndexPlace` writes it; begins anew. */
  take(): ReadonlyMap<string, number> {
    const taken = this.#queries;
    this.#queries = new Map();
    return taken;
  }
}
