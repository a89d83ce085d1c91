// A clock that stands still until a test moves it.
import type { Clock, Timer } from '../../src/ports/clock.ts';

type Pending = { readonly dueMs: number; readonly run: () => void };

export class FakeClock implements Clock {
  #nowMs: number;
  readonly #pending = new Set<Pending>();

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): Timer {
    const pending: Pending = { dueMs: this.#nowMs + delayMs, run };
    this.#pending.add(pending);
    return { cancel: () => this.#pending.delete(pending) };
  }

  /** Timers that wait at this moment. */
  get pendingTimers(): number {
    return this.#pending.size;
  }

  /** Moves time forward and fires what becomes due, earliest first, also timers that were set on the way. */
  advance(byMs: number): void {
    const endMs = this.#nowMs + byMs;
    for (let due = this.#nextDue(endMs); due; due = this.#nextDue(endMs)) {
      this.#nowMs = due.dueMs;
      this.#pending.delete(due);
      due.run();
    }
    this.#nowMs = endMs;
  }

  #nextDue(endMs: number): Pending | undefined {
    const due = [...this.#pending].filter((pending) => pending.dueMs <= endMs);
    return due.toSorted((one, other) => one.dueMs - other.dueMs)[0];
  }
}
