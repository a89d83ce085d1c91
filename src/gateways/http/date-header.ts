// The header Date of answers, which changes once a second.
import { toHttpDate } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';

export class DateHeader {
  readonly #clock: Clock;
  #second: number | undefined;
  #text = '';

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** As in [RFC 9110, section 5.6.7], to the second. */
  text(): string {
    const second = Math.floor(this.#clock.nowMs() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#text = toHttpDate(second * 1000);
    }
    return this.#text;
  }
}
