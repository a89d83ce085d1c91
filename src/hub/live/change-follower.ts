// Follows the change feed for all live queries of the hub together: each changed twin is read once and shown to the queries that it concerns.
import type { Change } from '../../domain/change.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { LiveCollection } from '../../domain/query/live/live-plan.ts';
import { LiveIndex } from '../../domain/query/live/live-index.ts';
import type { LiveMembers } from '../../domain/query/live/live-members.ts';
import type { ChangeFeed } from '../../ports/change-feed.ts';
import type { Clock } from '../../ports/clock.ts';
import type { TwinStore } from '../../ports/twin-store.ts';
import { Doorbell } from '../doorbell.ts';
import { readChanged, type TouchedTwin, touchedTwins } from './changed-twins.ts';
import type { ChangedTwin, LiveQuery } from './live-query.ts';

type Dependencies = {
  readonly changes: Pick<ChangeFeed, 'readChanges'>;
  readonly twins: Pick<TwinStore, 'readTwins'>;
  readonly members: LiveMembers<LiveQuery>;
  readonly clock: Clock;
  readonly pause: (ms: number) => Promise<void>;
  /** The loop has ended, and every query in it must go. */
  readonly onFailure: (error: unknown) => void;
};

type Joiner = { readonly query: LiveQuery; readonly resolve: (joined: boolean) => void };

/** Asleep as long as it has no query, and between writes. */
export class ChangeFollower {
  readonly #dependencies: Dependencies;
  readonly #doorbell: Doorbell;
  readonly #indexes: Readonly<Record<LiveCollection, LiveIndex<LiveQuery>>> = {
    devices: new LiveIndex(),
    'devices.modules': new LiveIndex(),
  };
  readonly #queries = new Set<LiveQuery>();
  readonly #joiners: Joiner[] = [];
  #position = 0;
  #running: Promise<void> | undefined;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
    this.#doorbell = new Doorbell(dependencies.clock);
  }

  /** Something may have been written. */
  ring(): void {
    if (this.#running) this.#doorbell.ring();
  }

  /**
   * Takes in a query that has handled everything up to its position. Resolves between two looks at the feed, so that nothing is shown to it that
   * was read before it began. @returns false when the feed was followed beyond its position meanwhile; it then has to catch up and ask again.
   */
  join(query: LiveQuery): Promise<boolean> {
    return new Promise((resolve) => {
      this.#joiners.push({ query, resolve });
      this.#start();
      this.#doorbell.ring();
    });
  }

  /** Harmless for one that is not in. */
  leave(query: LiveQuery): void {
    if (!this.#queries.delete(query)) return;
    this.#indexes[query.plan.from].remove(query);
    this.ring();
  }

  /** How far a query is that is in or was taken in at its position. */
  positionOf(query: LiveQuery): number | undefined {
    if (query.position === undefined || !this.#queries.has(query)) return query.position;
    return Math.max(query.position, this.#position);
  }

  /** Resolves when it sleeps, which it does once its queries have left. */
  async finish(): Promise<void> {
    while (this.#running) await this.#running;
  }

  #start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      // One may have come when the last had left.
      if (this.#joiners.length > 0) this.#start();
    });
  }

  async #run(): Promise<void> {
    const { clock, onFailure } = this.#dependencies;
    try {
      for (;;) {
        this.#takeIn();
        if (this.#queries.size === 0) return;
        const wasNews = await this.#look();
        if (!wasNews) await this.#doorbell.wait(clock.nowMs() + LIMITS.liveQueryPollSeconds.value * 1000);
      }
    } catch (error) {
      onFailure(error);
    }
  }

  /** Shows the next changes, and pauses where they are all there are: a look costs the same for one and for many. @returns false when there are none. */
  async #look(): Promise<boolean> {
    const { changes, pause } = this.#dependencies;
    const news = await changes.readChanges(this.#position, LIMITS.liveQueryChanges.value);
    const last = news.at(-1);
    if (!last) return false;
    await this.#show(news);
    this.#position = last.sequence;
    if (news.length < LIMITS.liveQueryChanges.value) await pause(LIMITS.liveQueryPauseMs.value);
    return true;
  }

  #takeIn(): void {
    for (const { query, resolve } of this.#joiners.splice(0)) {
      const position = query.position ?? 0;
      // The first one says where the feed is followed from.
      if (this.#queries.size === 0) this.#position = position;
      const inTime = position >= this.#position;
      if (inTime && !query.closed) {
        this.#queries.add(query);
        this.#indexes[query.plan.from].add(query);
      }
      resolve(inTime);
    }
  }

  async #show(news: readonly Change[]): Promise<void> {
    const { twins, members } = this.#dependencies;
    const touched = touchedTwins(news, (deviceId) => members.modulesOf(deviceId));
    const changed = await readChanged(
      twins,
      touched.filter((twin) => this.#concerns(twin)),
    );
    for (const twin of changed) this.#showOne(twin);
  }

  #concerns({ id, touched }: TouchedTwin): boolean {
    const { conditionParts, itemParts } = this.#indexOf(id);
    if ((conditionParts & touched) !== 0) return true;
    return (itemParts & touched) !== 0 && this.#dependencies.members.holdersOf(id).length > 0;
  }

  #showOne(twin: ChangedTwin): void {
    const { id, touched, document } = twin;
    const holders = new Set(this.#dependencies.members.holdersOf(id));
    for (const query of holders) {
      if (this.#queries.has(query) && query.isConcernedBy(touched)) query.follow(twin, true);
    }
    if (!document) return;
    for (const query of this.#indexOf(id).candidates(document)) {
      // Nearly all candidates stay outside, so no more is done for those than to ask their condition.
      const mayEnter = !holders.has(query) && (query.plan.conditionParts & touched) !== 0;
      if (mayEnter && query.plan.condition(document) === true) query.follow(twin, false);
    }
  }

  #indexOf({ moduleId }: ChangedTwin['id']): LiveIndex<LiveQuery> {
    return this.#indexes[moduleId === undefined ? 'devices' : 'devices.modules'];
  }
}
