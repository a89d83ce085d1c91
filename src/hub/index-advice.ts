// The use case of advice: which paths are worth an index, by what queries looked for.
import { isSamePlace } from '../domain/query/index/twin-index.ts';
import type { IndexStore } from '../ports/index-store.ts';
import type { ScannedPath, ScannedPaths } from './scanned-paths.ts';

type Dependencies = { readonly store: Pick<IndexStore, 'listIndexes'>; readonly scans: Pick<ScannedPaths, 'list'> };

export class IndexAdvice {
  readonly #store: Dependencies['store'];
  readonly #scans: Dependencies['scans'];

  constructor({ store, scans }: Dependencies) {
    this.#store = store;
    this.#scans = scans;
  }

  /** Paths that queries looked for since the hub was started, and that have no index, nor one that is being built; that of which an index would have saved most comes first. */
  async list(): Promise<readonly ScannedPath[]> {
    const known = await this.#store.listIndexes();
    return this.#scans.list().filter(({ place }) => !known.some((index) => isSamePlace(index, place)));
  }
}
