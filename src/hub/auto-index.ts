// Makes indexes on the paths that queries scan for, and drops those of its own that are used least, as far as the operator lets it.
import { OWN_PROCESS } from '../domain/audit/audit-entry.ts';
import { HubError } from '../domain/errors.ts';
import { LIMITS } from '../domain/limits.ts';
import { autoIndexStep, type AutoIndexStep, type OwnIndex, type WantedIndex } from '../domain/query/index/auto-index.ts';
import { formatIndexPlace, type IndexPlace, isSamePlace, type TwinIndex } from '../domain/query/index/twin-index.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { IndexUses } from './index-uses.ts';
import type { Indexes } from './indexes.ts';
import type { ScannedPath, ScannedPaths } from './scanned-paths.ts';

type Dependencies = {
  readonly indexes: Indexes;
  readonly scans: Pick<ScannedPaths, 'list'>;
  readonly uses: IndexUses;
  readonly clock: Clock;
  readonly log: Log;
  /** How many indexes it may have; 0: it does nothing. */
  readonly most: number;
};

/** Since the last look; `uses` by the path as `formatIndexPlace` writes it. */
type Seen = { readonly scanned: readonly Scanned[]; readonly uses: ReadonlyMap<string, number> };

/** `scans`: the queries that are known to have scanned, and not to have waited for others until they were ended. */
type Scanned = WantedIndex & { readonly scans: number };

export class AutoIndex {
  readonly #indexes: Indexes;
  readonly #scans: Dependencies['scans'];
  readonly #uses: IndexUses;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #most: number;
  /** By path: what was scanned up to the last look. */
  #scannedBefore = new Map<string, ScannedPath>();
  /** Paths on which an index was of no use, as long as scans for them are remembered. */
  #useless: ReadonlySet<string> = new Set();
  #lookedAtMs = 0;
  #timer: Timer | undefined;
  #looking: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor({ indexes, scans, uses, clock, log, most }: Dependencies) {
    this.#indexes = indexes;
    this.#scans = scans;
    this.#uses = uses;
    this.#clock = clock;
    this.#log = log;
    this.#most = most;
  }

  start(): void {
    if (this.#most > 0) this.#wait();
  }

  /** Resolves when it does nothing any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#looking;
  }

  #wait(): void {
    this.#lookedAtMs = this.#clock.nowMs();
    this.#timer = this.#clock.after(LIMITS.autoIndexSeconds.value * 1000, () => {
      this.#looking = this.#lookAndWait();
    });
  }

  async #lookAndWait(): Promise<void> {
    try {
      await this.#look();
    } catch (error) {
      this.#log.error(
        { error: error instanceof Error ? error : undefined },
        'The hub could not look after its own indexes and will try again.',
      );
    }
    if (!this.#stopped) this.#wait();
  }

  async #look(): Promise<void> {
    const scanned = this.#takeScans();
    const uses = this.#uses.take();
    const known = await this.#indexes.known();
    const own = known.filter(({ madeBy }) => madeBy === 'hub').map((index) => this.#ownIndex(index, { scanned, uses }));
    const wanted = scanned.filter(
      ({ place }) => !known.some((index) => isSamePlace(index, place)) && !this.#useless.has(formatIndexPlace(place)),
    );
    const { drop, create } = autoIndexStep({ wanted, own, most: this.#most });
    if (drop) await this.#drop(drop);
    if (create) await this.#create(create);
  }

  #ownIndex({ collection, path, state, createdTime }: TwinIndex, { scanned, uses }: Seen): OwnIndex {
    const place = { collection, path };
    return {
      place,
      uses: uses.get(formatIndexPlace(place)) ?? 0,
      scans: scanned.find((each) => isSamePlace(each.place, place))?.scans ?? 0,
      isSettled: state === 'ready' && Date.parse(createdTime) <= this.#lookedAtMs,
    };
  }

  /** What was scanned since the last time. */
  #takeScans(): readonly Scanned[] {
    const before = this.#scannedBefore;
    const all = this.#scans.list();
    this.#scannedBefore = new Map(all.map((scanned) => [formatIndexPlace(scanned.place), scanned]));
    this.#useless = new Set([...this.#useless].filter((path) => this.#scannedBefore.has(path)));
    return all.map((scanned) => {
      const known = before.get(formatIndexPlace(scanned.place));
      // Fewer than before: it had been forgotten in between.
      const earlier = known && known.queries <= scanned.queries ? known : undefined;
      const queries = scanned.queries - (earlier?.queries ?? 0);
      return {
        place: scanned.place,
        queries,
        scans: queries - (scanned.ended - (earlier?.ended ?? 0)),
        savedSeconds: scanned.savedSeconds - (earlier?.savedSeconds ?? 0),
      };
    });
  }

  async #create(place: IndexPlace): Promise<void> {
    const path = formatIndexPlace(place);
    try {
      await this.#indexes.create(path, OWN_PROCESS, 'hub');
      this.#log.info({ path }, 'Queries scan for this path: the hub makes an index on it.');
    } catch (error) {
      // A person or another hub made one meanwhile, or there are as many as may be.
      if (!(error instanceof HubError) || error.code !== 'GenericConflict') throw error;
      this.#log.info({ path }, 'Queries scan for this path, but the hub can make no index on it.');
    }
  }

  async #drop({ place, isUseless }: NonNullable<AutoIndexStep['drop']>): Promise<void> {
    const path = formatIndexPlace(place);
    if (isUseless) this.#useless = new Set([...this.#useless, path]);
    try {
      await this.#indexes.drop(path, OWN_PROCESS);
      const reason = isUseless ? 'Queries for this path find too many twins' : 'Queries seldom ask for this path';
      this.#log.info({ path }, `${reason}: the hub drops the index that it made on it.`);
    } catch (error) {
      // Somebody did it meanwhile.
      if (!(error instanceof HubError) || error.code !== 'GenericNotFound') throw error;
    }
  }
}
