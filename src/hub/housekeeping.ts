// What the hub does by itself every now and then: saves activity times, trims the change feed and the audit, and forgets old jobs and dropped indexes.
import { LIMITS } from '../domain/limits.ts';
import { toIsoTime } from '../domain/time.ts';
import type { AuditLog } from '../ports/audit-log.ts';
import type { ChangeFeed } from '../ports/change-feed.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { IndexStore } from '../ports/index-store.ts';
import type { JobStore } from '../ports/job-store.ts';
import type { Log } from '../ports/log.ts';
import type { Connections } from './connections.ts';

type Dependencies = {
  readonly connections: Connections;
  readonly changes: ChangeFeed;
  readonly audit: AuditLog;
  readonly jobs: JobStore;
  readonly indexes: IndexStore;
  readonly clock: Clock;
  readonly log: Log;
};

export class Housekeeping {
  readonly #dependencies: Dependencies;
  #timer: Timer | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  /** Runs `LIMITS.housekeepingSeconds` from this moment and again after each run. A failed run is logged and does not stop the next. */
  start(): void {
    this.#timer = this.#dependencies.clock.after(LIMITS.housekeepingSeconds.value * 1000, () => {
      this.#running = this.#runOnce().then(() => {
        if (!this.#stopped) this.start();
      });
    });
  }

  /** Resolves when a run under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#running;
  }

  async #runOnce(): Promise<void> {
    try {
      await this.#dependencies.connections.saveActivity();
      await this.#trimChanges();
      await this.#trimJobs();
      await this.#trimAudit();
      await this.#trimIndexes();
    } catch (error) {
      this.#dependencies.log.error({ error: error instanceof Error ? error : undefined }, 'Housekeeping failed and will be tried again.');
    }
  }

  async #trimChanges(): Promise<void> {
    const { changes } = this.#dependencies;
    await this.#trim(LIMITS.changeFeedRetentionSeconds.value, LIMITS.changeFeedTrimItems.value, (before, limit) =>
      changes.trimChanges(before, limit),
    );
  }

  async #trimJobs(): Promise<void> {
    const { jobs } = this.#dependencies;
    await this.#trim(LIMITS.jobRetentionSeconds.value, LIMITS.jobTrimItems.value, (before, limit) => jobs.trimJobs(before, limit));
  }

  async #trimAudit(): Promise<void> {
    const { audit } = this.#dependencies;
    await this.#trim(LIMITS.auditRetentionSeconds.value, LIMITS.auditTrimEntries.value, (before, limit) => audit.trimAudit(before, limit));
  }

  /** A search that began before an index was dropped may still go through it. */
  async #trimIndexes(): Promise<void> {
    const { indexes, clock } = this.#dependencies;
    const before = toIsoTime(clock.nowMs() - 2 * LIMITS.querySeconds.value * 1000);
    while (!this.#stopped && (await indexes.trimIndexes(before, LIMITS.twinIndexChunkTwins.value))) continue;
  }

  /** In chunks, so that writes of devices come in between. */
  async #trim(retentionSeconds: number, chunk: number, trim: (before: string, limit: number) => Promise<number>): Promise<void> {
    const before = toIsoTime(this.#dependencies.clock.nowMs() - retentionSeconds * 1000);
    let removed = chunk;
    while (removed === chunk && !this.#stopped) removed = await trim(before, chunk);
  }
}
