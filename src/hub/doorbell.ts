// Lets one loop sleep until somebody rings or a time has come.
import type { Clock, Timer } from '../ports/clock.ts';

export class Doorbell {
  readonly #clock: Clock;
  #rung = false;
  #wake: () => void = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A ring that nobody waits for is kept for the next who does. */
  ring(): void {
    this.#rung = true;
    this.#wake();
  }

  /** Resolves when it was rung since the last time, or at `untilMs` (milliseconds since 1970; Infinity for never). One may wait at a time. */
  async wait(untilMs: number): Promise<void> {
    const delayMs = untilMs - this.#clock.nowMs();
    if (!this.#rung && delayMs > 0) {
      let timer: Timer | undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        if (delayMs < Infinity) timer = this.#clock.after(delayMs, resolve);
      });
      timer?.cancel();
    }
    this.#rung = false;
  }
}
