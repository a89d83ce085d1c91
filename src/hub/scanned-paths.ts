// Which paths queries looked for without an index, and what that cost: kept in memory, for a bounded number of paths, since the hub was started.
import { LIMITS } from '../domain/limits.ts';
import { formatIndexPlace, type IndexPlace } from '../domain/query/index/twin-index.ts';
import { toIsoTime } from '../domain/time.ts';
import type { Clock } from '../ports/clock.ts';

/**
 * `queries`: pages that were looked for. `ended`: those of them that took too long, of which nobody knows whether they scanned or waited for others. `rows`: twins that were looked at, about, without
 * those of searches that were ended. `seconds`: that the store took. `savedSeconds`: about how many of these an index would have saved at most, if it takes as long to look at a twin that it leads to.
 */
export type ScannedPath = {
  readonly place: IndexPlace;
  readonly queries: number;
  readonly ended: number;
  readonly rows: number;
  readonly seconds: number;
  readonly savedSeconds: number;
  readonly lastTime: string;
};

type Scan = { readonly rows: number; readonly returned: number; readonly seconds: number };

export class ScannedPaths {
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #paths = new Map<string, ScannedPath>();

  constructor(clock: Pick<Clock, 'nowMs'>) {
    this.#clock = clock;
  }

  /** Counts for each of the places, any of which would have done. Scans of fewer than `LIMITS.scanRows` twins are not worth an index. */
  record(places: readonly IndexPlace[], { rows, returned, seconds }: Scan): void {
    if (rows < LIMITS.scanRows.value) return;
    this.#add(places, { ended: 0, rows, seconds, savedSeconds: seconds * Math.max(0, 1 - returned / rows) });
  }

  /** Counts a search that was ended since it took too long: at how many twins it looked nobody knows, and an index might have saved all of its time. */
  recordEnded(places: readonly IndexPlace[], seconds: number): void {
    this.#add(places, { ended: 1, rows: 0, seconds, savedSeconds: seconds });
  }

  /** Where an index would have saved most comes first. */
  list(): readonly ScannedPath[] {
    return [...this.#paths.values()].toSorted((one, other) => other.savedSeconds - one.savedSeconds);
  }

  /** The same with the paths as texts. */
  totals(): readonly (Omit<ScannedPath, 'place'> & { readonly path: string })[] {
    return this.list().map(({ place, ...scanned }) => ({ ...scanned, path: formatIndexPlace(place) }));
  }

  #add(places: readonly IndexPlace[], { ended, rows, seconds, savedSeconds }: Omit<ScannedPath, 'place' | 'queries' | 'lastTime'>): void {
    for (const place of places) {
      const key = formatIndexPlace(place);
      const known = this.#paths.get(key);
      if (!known) this.#makeRoom();
      this.#paths.set(key, {
        place,
        queries: (known?.queries ?? 0) + 1,
        ended: (known?.ended ?? 0) + ended,
        rows: (known?.rows ?? 0) + rows,
        seconds: (known?.seconds ?? 0) + seconds,
        savedSeconds: (known?.savedSeconds ?? 0) + savedSeconds,
        lastTime: toIsoTime(this.#clock.nowMs()),
      });
    }
  }

  /** The path with the least to save makes room for a new one. */
  #makeRoom(): void {
    if (this.#paths.size < LIMITS.scannedPaths.value) return;
    const least = this.list().at(-1);
    if (least) this.#paths.delete(formatIndexPlace(least.place));
  }
}
