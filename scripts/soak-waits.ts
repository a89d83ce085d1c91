// How long decent clients waited during a soak, by kind of operation.
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { Latencies } from '../test/hostile/good-clients.ts';

export type Wait = {
  readonly operation: string;
  readonly count: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly maxMs: number;
};

export class Waits {
  readonly #histograms = new Map<string, RecordableHistogram>();

  add(all: readonly Latencies[]): void {
    for (const latencies of all) {
      for (const [operation, waitedMs] of Object.entries(latencies)) this.#record(operation, waitedMs);
    }
  }

  table(): readonly Wait[] {
    return [...this.#histograms].map(([operation, histogram]) => ({
      operation,
      count: histogram.count,
      medianMs: ms(histogram.percentile(50)),
      p99Ms: ms(histogram.percentile(99)),
      maxMs: ms(histogram.max),
    }));
  }

  /** The medians in one line. */
  inWords(): string {
    return this.table()
      .map(({ operation, medianMs }) => `${operation} ${medianMs} ms`)
      .join(', ');
  }

  #record(operation: string, waitedMs: number): void {
    const histogram = this.#histograms.get(operation) ?? createHistogram();
    this.#histograms.set(operation, histogram);
    // It takes whole numbers above 0.
    histogram.record(Math.max(1, Math.round(waitedMs * 1000)));
  }
}

function ms(microseconds: number): number {
  return Math.round(microseconds / 100) / 10;
}
