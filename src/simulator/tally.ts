// What a fleet has seen, in numbers that add up over devices and over processes.
import { addHistograms, type HistogramCounts, LatencyHistogram } from './latency-histogram.ts';

/** Everything but `connected`, which goes down as well, only grows. */
const ZERO = {
  connected: 0,
  connects: 0,
  lost: 0,
  flaps: 0,
  renewals: 0,
  methodsReceived: 0,
  methodsAnswered: 0,
  methodsFailed: 0,
  methodsDropped: 0,
  reportsSent: 0,
  reportsAccepted: 0,
  reportsRefused: 0,
  reportsSkipped: 0,
  desiredReceived: 0,
  desiredMissed: 0,
  desiredOutOfOrder: 0,
  twinsRead: 0,
  malformed: 0,
};

export type Counter = keyof typeof ZERO;

// Object.keys knows nothing of the type it reads.
const COUNTERS = Object.keys(ZERO) as Counter[];

/** Plain data, for the way between processes. `failures`: attempts to connect that failed, by reason. */
export type FleetCounts = {
  readonly counters: Readonly<Record<Counter, number>>;
  readonly failures: Readonly<Record<string, number>>;
  readonly connectMs: HistogramCounts;
  readonly reportMs: HistogramCounts;
};

/** What hubs can think of is without end; reasons beyond these count as `other`. */
const MAX_REASONS = 20;

export class Tally {
  /** From the begin of an attempt until the device listens, and from a report until its answer. */
  readonly connectMs: LatencyHistogram = new LatencyHistogram();
  readonly reportMs: LatencyHistogram = new LatencyHistogram();
  readonly #counters: Record<Counter, number> = { ...ZERO };
  readonly #failures = new Map<string, number>();

  add(counter: Counter, by = 1): void {
    this.#counters[counter] += by;
  }

  failed(reason: string): void {
    const kept = this.#failures.has(reason) || this.#failures.size < MAX_REASONS ? reason : 'other';
    this.#failures.set(kept, (this.#failures.get(kept) ?? 0) + 1);
  }

  counts(): FleetCounts {
    return {
      counters: { ...this.#counters },
      failures: Object.fromEntries(this.#failures),
      connectMs: this.connectMs.counts(),
      reportMs: this.reportMs.counts(),
    };
  }
}

export const NO_COUNTS: FleetCounts = { counters: { ...ZERO }, failures: {}, connectMs: [], reportMs: [] };

export function addCounts(one: FleetCounts, other: FleetCounts): FleetCounts {
  const counters: Record<Counter, number> = { ...ZERO };
  for (const name of COUNTERS) counters[name] = one.counters[name] + other.counters[name];
  const failures: Record<string, number> = { ...one.failures };
  for (const [reason, count] of Object.entries(other.failures)) failures[reason] = (failures[reason] ?? 0) + count;
  return {
    counters,
    failures,
    connectMs: addHistograms(one.connectMs, other.connectMs),
    reportMs: addHistograms(one.reportMs, other.reportMs),
  };
}
