// Searches in the store that are under way: each has its time, and none outlives the hub.
import { HubError } from '../domain/errors.ts';
import { LIMITS } from '../domain/limits.ts';
import type { Clock } from '../ports/clock.ts';

export class Searches {
  readonly #clock: Clock;
  readonly #underWay = new Set<AbortController>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * @param find gives up when the signal is aborted. @param gone aborted when nobody waits for the result any more.
   * @throws what it throws; HubError RequestTimedOut after `LIMITS.querySeconds`.
   */
  async run<Result>(find: (signal: AbortSignal) => Promise<Result>, gone?: AbortSignal): Promise<Result> {
    const controller = new AbortController();
    const seconds = LIMITS.querySeconds.value;
    const timer = this.#clock.after(seconds * 1000, () => {
      controller.abort(new HubError('RequestTimedOut', `The query took longer than ${seconds} seconds. Narrow its condition.`));
    });
    this.#underWay.add(controller);
    try {
      return await find(gone ? AbortSignal.any([controller.signal, gone]) : controller.signal);
    } finally {
      this.#underWay.delete(controller);
      timer.cancel();
    }
  }

  /** Ends those that are under way. */
  stop(): void {
    for (const controller of this.#underWay) controller.abort(new HubError('ServiceUnavailable', 'The hub is stopping.'));
  }
}
