// Time that has passed, as a port: finer than the clock, and not moved when somebody sets that.

export interface Stopwatch {
  /** Milliseconds with fractions since some moment; never goes back. */
  elapsedMs(): number;
}
