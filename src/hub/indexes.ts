// The use cases of indexes on paths of twins: made, dropped and told of at once, and built beside all other work.
import type { Actor } from '../domain/audit/audit-entry.ts';
import { LIMITS } from '../domain/limits.ts';
import { indexNotFound } from '../domain/query/index/index-refusals.ts';
import { type IndexMaker, parseIndexPlace, type TwinIndex } from '../domain/query/index/twin-index.ts';
import { toIsoTime } from '../domain/time.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { IndexStatus, IndexStore, IndexWrite } from '../ports/index-store.ts';
import type { Log } from '../ports/log.ts';
import type { OtherWriters } from './other-writers.ts';

type Dependencies = {
  readonly store: IndexStore;
  /** Whoever writes twins: building gives way to them. */
  readonly others: OtherWriters;
  readonly clock: Clock;
  readonly log: Log;
};

export class Indexes {
  readonly #store: IndexStore;
  readonly #othersWrite: () => boolean;
  readonly #clock: Clock;
  readonly #log: Log;
  #building: Promise<void> = Promise.resolve();
  #isBuilding = false;
  /** An index was made that the last step may have come too early for. */
  #hasMore = false;
  #nextLook: Timer | undefined;
  #stopped = false;

  constructor({ store, others, clock, log }: Dependencies) {
    this.#store = store;
    this.#othersWrite = others.watch();
    this.#clock = clock;
    this.#log = log;
  }

  /**
   * Goes on with what a hub before this one left half-built, and every `LIMITS.housekeepingSeconds` looks for what another one on the same store did
   * not build on.
   */
  start(): void {
    this.#lookLater();
    this.#build();
  }

  /** In the order of creation. */
  known(): Promise<readonly TwinIndex[]> {
    return this.#store.listIndexes();
  }

  /** The same with what each takes: counts their entries. */
  list(): Promise<readonly IndexStatus[]> {
    return this.#store.measureIndexes();
  }

  /** @param path as queries write it; see `parseIndexPlace`. @throws HubError ArgumentInvalid, GenericNotFound. */
  async get(path: string): Promise<IndexStatus> {
    const place = parseIndexPlace(path);
    const [found] = await this.#store.measureIndexes(place);
    if (!found) throw indexNotFound(place);
    return found;
  }

  /** Resolves when it is being built. @throws HubError ArgumentInvalid; GenericConflict where the path has an index, or there are as many as may be. */
  async create(path: string, by: Actor, madeBy: IndexMaker = 'person'): Promise<IndexStatus> {
    await this.#store.createIndex({ ...this.#writeOf(path, by), madeBy });
    this.#build();
    return this.get(path);
  }

  /** No query that begins later uses it. @throws HubError ArgumentInvalid, GenericNotFound. */
  drop(path: string, by: Actor): Promise<TwinIndex> {
    return this.#store.dropIndex(this.#writeOf(path, by));
  }

  /** Resolves when nothing is built; the next start goes on with it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#nextLook?.cancel();
    await this.#building;
  }

  #writeOf(path: string, by: Actor): IndexWrite {
    return { place: parseIndexPlace(path), at: toIsoTime(this.#clock.nowMs()), by };
  }

  #build(): void {
    this.#hasMore = true;
    if (this.#isBuilding) return;
    this.#isBuilding = true;
    this.#building = this.#buildAll();
  }

  async #buildAll(): Promise<void> {
    try {
      while (this.#hasMore && !this.#stopped) {
        this.#hasMore = false;
        const isLeft = await this.#store.buildIndexes(this.#chunk());
        this.#hasMore ||= isLeft;
      }
    } catch (error) {
      this.#log.error({ error: error instanceof Error ? error : undefined }, 'An index could not be built on and will be tried again.');
    } finally {
      this.#isBuilding = false;
      this.#lookLater();
    }
  }

  #lookLater(): void {
    this.#nextLook?.cancel();
    if (!this.#stopped) this.#nextLook = this.#clock.after(LIMITS.housekeepingSeconds.value * 1000, () => this.#build());
  }

  #chunk(): number {
    return this.#othersWrite() ? LIMITS.twinIndexChunkTwinsBesideWrites.value : LIMITS.twinIndexChunkTwins.value;
  }
}
