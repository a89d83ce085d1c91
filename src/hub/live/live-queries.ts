// The use case of live queries: the result as it stands, and from then on whatever enters it, changes in it, or leaves it.
import type { Change } from '../../domain/change.ts';
import { HubError } from '../../domain/errors.ts';
import { LIMITS } from '../../domain/limits.ts';
import { LiveMembers } from '../../domain/query/live/live-members.ts';
import { planLiveQuery } from '../../domain/query/live/live-plan.ts';
import type { Cursor } from '../../domain/query/cursor.ts';
import { serviceTwinDocument } from '../../domain/twin/twin-document.ts';
import type { ChangeFeed } from '../../ports/change-feed.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { QueryStore, TwinPage } from '../../ports/query-store.ts';
import type { TwinStore } from '../../ports/twin-store.ts';
import { Searches } from '../searches.ts';
import { readChanged, touchedTwins } from './changed-twins.ts';
import { ChangeFollower } from './change-follower.ts';
import type { LiveListener } from './live-event.ts';
import { LiveQuery } from './live-query.ts';

/** `strict`: additions of this hub to the language of the service are refused. */
type Dependencies = {
  readonly changes: Pick<ChangeFeed, 'readChanges' | 'readPosition'>;
  readonly twins: Pick<TwinStore, 'readTwins'>;
  readonly queries: Pick<QueryStore, 'queryTwins' | 'queryModuleTwins'>;
  /** Of the machine: those who listen wait in its time. */
  readonly clock: Clock;
  /** Between two looks at changes that follow each other soon. */
  readonly pause: (ms: number) => Promise<void>;
  readonly log: Log;
  readonly strict: boolean;
};

/** `after`: the sequence that the client heard of last, where it goes on; `NaN` for one that is no sequence. */
type LiveRequest = { readonly text: string; readonly after: number | undefined };

export class LiveQueries {
  readonly #dependencies: Dependencies;
  readonly #members = new LiveMembers<LiveQuery>();
  readonly #follower: ChangeFollower;
  readonly #searches: Searches;
  readonly #open = new Set<LiveQuery>();
  readonly #starting = new Set<Promise<void>>();
  #heartbeat: Timer | undefined;
  #stopped = false;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
    const { changes, twins, clock, pause } = dependencies;
    this.#searches = new Searches(clock);
    const onFailure = (error: unknown): void => this.#fail([...this.#open], error);
    this.#follower = new ChangeFollower({ changes, twins, members: this.#members, clock, pause, onFailure });
  }

  /** How many are open. */
  get count(): number {
    return this.#open.size;
  }

  /** Something may have been written. */
  ring(): void {
    this.#follower.ring();
  }

  /**
   * Tells the listener what happens until the query is ended or closed. A change is told as soon as it can be read, or after a pause of
   * `LIMITS.liveQueryPauseMs` where others came before it; several changes of a twin may be told as one. What changes while the first result is
   * read may be told twice, and is never lost.
   * @throws HubError ArgumentInvalid as `planLiveQuery`, ThrottlingException when too many are open, ServiceUnavailable in a hub that stops.
   */
  open({ text, after }: LiveRequest, listener: LiveListener): LiveQuery {
    const plan = planLiveQuery(text, { strict: this.#dependencies.strict });
    if (this.#stopped) throw new HubError('ServiceUnavailable', 'The hub is stopping.');
    if (this.#open.size >= LIMITS.liveQueries.value) {
      throw new HubError('ThrottlingException', `${LIMITS.liveQueries.value} live queries are open already. Close one, then try again.`);
    }
    const gone = new AbortController();
    const onClose = (closed: LiveQuery): void => {
      this.#open.delete(closed);
      this.#follower.leave(closed);
      gone.abort(new HubError('ServiceUnavailable', 'The client has gone.'));
      if (this.#open.size === 0) this.#heartbeat?.cancel();
    };
    const query = new LiveQuery({ plan, listener, members: this.#members, onClose });
    if (this.#open.size === 0) this.#beat();
    this.#open.add(query);
    const starting: Promise<void> = this.#start(query, after, gone.signal)
      .catch((error: unknown) => this.#fail([query], error))
      .finally(() => this.#starting.delete(starting));
    this.#starting.add(starting);
    return query;
  }

  /** Its listener holds up more than all may together. One that does not take even the end is let go of after a while. */
  endSlow(query: LiveQuery): void {
    const { clock } = this.#dependencies;
    query.end(
      'tooSlow',
      'Too much waits for the readers of all live queries, and most of it for this one. Read faster or ask for less, and go on with Last-Event-ID.',
    );
    clock.after(LIMITS.liveQueryAliveSeconds.value * 1000, () => query.listener.cut());
  }

  /** Ends all, and resolves when nothing of them is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const query of this.#open) query.end('stopping', 'The hub is stopping. Connect again to go on.');
    this.#searches.stop();
    await Promise.all(this.#starting);
    await this.#follower.finish();
  }

  #beat(): void {
    this.#heartbeat = this.#dependencies.clock.after(LIMITS.liveQueryAliveSeconds.value * 1000, () => {
      this.#beat();
      for (const query of this.#open) query.listener.tell({ kind: 'alive', sequence: this.#follower.positionOf(query) });
    });
  }

  async #start(query: LiveQuery, after: number | undefined, gone: AbortSignal): Promise<void> {
    const { changes } = this.#dependencies;
    if (after !== undefined && (await this.#readAfter(after))) {
      await this.#readResult(query, { tell: false, gone });
      if (!query.closed) query.begin({ position: after, unknownUntil: await changes.readPosition() });
    } else {
      if (after !== undefined) {
        query.listener.tell({ kind: 'reset', message: 'The hub has forgotten what happened since. All begins anew.' });
      }
      // Before the first result, so that whatever it misses comes after this position.
      const position = await changes.readPosition();
      await this.#readResult(query, { tell: true, gone });
      if (!query.closed) query.begin({ position });
    }
    await this.#catchUp(query);
  }

  async #readResult(query: LiveQuery, { tell, gone }: { readonly tell: boolean; readonly gone: AbortSignal }): Promise<void> {
    let after: Cursor | undefined;
    do {
      const page = await this.#readPage(query, after, gone);
      for (const { identity, twin } of page.twins) {
        const { deviceId, moduleId } = twin;
        const id = moduleId === undefined ? { deviceId } : { deviceId, moduleId };
        query.enter(id, serviceTwinDocument(identity, twin), tell);
      }
      await query.listener.drained();
      after = page.next;
    } while (after !== undefined && !query.closed);
  }

  #readPage({ plan }: LiveQuery, after: Cursor | undefined, gone: AbortSignal): Promise<TwinPage> {
    const { queries } = this.#dependencies;
    const search = { condition: plan.where, orderBy: [], after, limit: LIMITS.liveQueryPageItems.value };
    return this.#searches.run((signal) => {
      const either = AbortSignal.any([signal, gone]);
      return plan.from === 'devices' ? queries.queryTwins(search, either) : queries.queryModuleTwins(search, either);
    });
  }

  /** Alone, until the follower takes it in. */
  async #catchUp(query: LiveQuery): Promise<void> {
    while (!query.closed && query.position !== undefined) {
      const news = query.position === 0 ? await this.#readFirst() : await this.#readAfter(query.position);
      if (!news) throw new HubError('ServiceUnavailable', 'The hub has forgotten what happened meanwhile. Connect again.');
      await this.#showAll(query, news);
      await query.listener.drained();
      if (news.length < LIMITS.liveQueryChanges.value && (await this.#follower.join(query))) return;
    }
  }

  async #showAll(query: LiveQuery, news: readonly Change[]): Promise<void> {
    const isOfModules = query.plan.from === 'devices.modules';
    if (isOfModules) for (const change of news) if (change.kind === 'deviceDeleted') query.loseDevice(change);
    const touched = touchedTwins(news, (deviceId) => this.#members.modulesOf(deviceId)).filter(
      ({ id, touched: parts }) => (id.moduleId !== undefined) === isOfModules && query.isConcernedBy(parts),
    );
    for (const twin of await readChanged(this.#dependencies.twins, touched)) query.follow(twin);
    query.position = news.at(-1)?.sequence ?? query.position;
  }

  #readFirst(): Promise<readonly Change[]> {
    return this.#dependencies.changes.readChanges(0, LIMITS.liveQueryChanges.value);
  }

  /** @returns `undefined` when the feed holds that change no more: then others after it may be gone, too. */
  async #readAfter(sequence: number): Promise<readonly Change[] | undefined> {
    if (!Number.isSafeInteger(sequence) || sequence < 1) return undefined;
    const [own, ...news] = await this.#dependencies.changes.readChanges(sequence - 1, LIMITS.liveQueryChanges.value + 1);
    return own?.sequence === sequence ? news : undefined;
  }

  #fail(queries: readonly LiveQuery[], error: unknown): void {
    const open = queries.filter(({ closed }) => !closed);
    if (open.length === 0) return;
    if (!(error instanceof HubError)) {
      this.#dependencies.log.error(
        { error: error instanceof Error ? error : undefined },
        `Live queries failed through a fault in the hub: ${open.length}.`,
      );
    }
    const message = error instanceof HubError ? error.message : 'The query failed through a fault in the hub. Its log has the reason.';
    for (const query of open) query.end('failed', message);
  }
}
