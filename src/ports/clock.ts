// Time, as a port: tests move it, users of a test hub may too.

export interface Clock {
  /** Milliseconds since 1970 UTC. */
  nowMs(): number;
  /** Calls `run` once, after at least `delayMs`. Pending timers do not keep the process alive. */
  after(delayMs: number, run: () => void): Timer;
}

export interface Timer {
  /** Harmless after the timer has fired. */
  cancel(): void;
}
