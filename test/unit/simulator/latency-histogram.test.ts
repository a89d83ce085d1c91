// Times in ranges: what comes out is near what went in, also when histograms are added.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addHistograms, LatencyHistogram, latencyOf } from '../../../src/simulator/latency-histogram.ts';

function histogramOf(...times: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const ms of times) histogram.record(ms);
  return histogram;
}

describe('a histogram', () => {
  it('tells the median, the shares and the longest time', () => {
    const times = Array.from({ length: 1000 }, (_, index) => index + 1);

    const { count, p50Ms, p90Ms, p99Ms, maxMs } = latencyOf(histogramOf(...times).counts());

    expect(count).toBe(1000);
    for (const [told, true_] of [
      [p50Ms, 500],
      [p90Ms, 900],
      [p99Ms, 990],
      [maxMs, 1000],
    ] as const) {
      expect(Math.abs(told - true_) / true_).toBeLessThan(0.03);
    }
  });

  it('of three times has the middle one as its median', () => {
    const { p50Ms } = latencyOf(histogramOf(1, 10, 100).counts());

    expect(Math.abs(p50Ms - 10) / 10).toBeLessThan(0.03);
  });

  it('is exact to three percent from a microsecond to an hour', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 3_600_000, noNaN: true }), (ms) => {
        const { maxMs } = latencyOf(histogramOf(ms).counts());

        expect(Math.abs(maxMs - ms) / ms).toBeLessThan(0.03);
      }),
    );
  });

  it('takes what is below and above', () => {
    expect(latencyOf(histogramOf(0, -1).counts())).toMatchObject({ count: 2, maxMs: 0.001 });
    expect(latencyOf(histogramOf(1e12).counts()).maxMs).toBeGreaterThan(3_600_000);
  });

  it('that is empty tells zeros', () => {
    expect(latencyOf(histogramOf().counts())).toEqual({ count: 0, p50Ms: 0, p90Ms: 0, p99Ms: 0, maxMs: 0 });
  });

  it('adds up with others in any order', () => {
    const one = histogramOf(1, 2, 1000).counts();
    const other = histogramOf(2, 5).counts();

    expect(addHistograms(one, other)).toEqual(histogramOf(1, 2, 2, 5, 1000).counts());
    expect(addHistograms(other, one)).toEqual(addHistograms(one, other));
  });
});
