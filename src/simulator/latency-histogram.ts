// How long things took, in little memory: counts by ranges that grow with the time, so that two histograms can be added.

/** Counts of the ranges, with zeros in between. Plain data, for the way between processes. */
export type HistogramCounts = readonly number[];

export type Latency = {
  readonly count: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
};

/** Ranges for each doubling of the time: a range is about 4.4 percent wide. */
const RANGES_PER_DOUBLING = 16;
/** The first range begins at a microsecond, the last one ends above an hour. */
const RANGES = RANGES_PER_DOUBLING * 32;

export class LatencyHistogram {
  readonly #counts: number[] = [];

  record(ms: number): void {
    const range = Math.round(Math.log2(Math.max(ms * 1000, 1)) * RANGES_PER_DOUBLING);
    const index = Math.min(range, RANGES - 1);
    while (this.#counts.length <= index) this.#counts.push(0);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
  }

  counts(): HistogramCounts {
    return [...this.#counts];
  }
}

export function addHistograms(one: HistogramCounts, other: HistogramCounts): HistogramCounts {
  const [longer, shorter] = one.length >= other.length ? [one, other] : [other, one];
  return longer.map((count, index) => count + (shorter[index] ?? 0));
}

/** Milliseconds, exact to about 3 percent; all 0 where nothing was recorded. */
export function latencyOf(counts: HistogramCounts): Latency {
  const count = counts.reduce((sum, part) => sum + part, 0);
  const at = (share: number): number => msAt(counts, Math.max(1, Math.ceil(count * share)));
  return count === 0
    ? { count, p50Ms: 0, p90Ms: 0, p99Ms: 0, maxMs: 0 }
    : { count, p50Ms: at(0.5), p90Ms: at(0.9), p99Ms: at(0.99), maxMs: at(1) };
}

/** The middle of the range with the n-th shortest time. */
function msAt(counts: HistogramCounts, nth: number): number {
  let seen = 0;
  const range = counts.findIndex((count) => (seen += count) >= nth);
  return Number((2 ** (range / RANGES_PER_DOUBLING) / 1000).toPrecision(3));
}
