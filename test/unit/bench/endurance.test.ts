// When the memory of a long run counts as flat, and how it is drawn.
import { describe, expect, it } from 'vitest';
import { enduranceChart } from '../../../bench/charts/endurance-chart.ts';
import { drawSvg } from '../../../bench/charts/draw-svg.ts';
import { type EnduranceSample, growthPercentAMinute } from '../../../bench/endurance/samples.ts';

describe('the growth of memory', () => {
  it('is what it grows by in a minute, in percent of what it is', () => {
    const samples = minutesOf(10, (minute) => 1000 + 10 * (minute - 5));

    expect(growthPercentAMinute(samples)).toBeCloseTo(1, 1);
  });

  it('is none where it goes up and down', () => {
    expect(growthPercentAMinute(minutesOf(10, (minute) => 1000 + 100 * (Math.round(minute * 6) % 2)))).toBeCloseTo(0);
  });

  it('does not count what comes before a third of the run is over', () => {
    expect(growthPercentAMinute(minutesOf(9, (minute) => Math.min(minute, 3) * 100))).toBeCloseTo(0);
    expect(growthPercentAMinute(minutesOf(9, (minute) => Math.min(minute, 8) * 100))).toBeGreaterThan(1);
  });

  it('is not moved by a few samples that stand out', () => {
    expect(growthPercentAMinute(minutesOf(10, (minute) => (minute > 9.5 ? 3000 : 1000)))).toBeCloseTo(0);
  });

  it('is unknown in a run of less than five minutes', () => {
    expect(growthPercentAMinute(minutesOf(5, () => 1))).toBe(0);
    expect(growthPercentAMinute(minutesOf(4.9, () => 1))).toBeUndefined();
    expect(growthPercentAMinute([])).toBeUndefined();
  });
});

describe('the chart of a long run', () => {
  it('shows memory, delay, work and errors over minutes', async () => {
    const svg = await drawSvg(enduranceChart(minutesOf(5, () => 300)));

    const texts = ['MiB of memory', 'event-loop delay', 'operations/s', 'errors', 'minutes', 'reported updates'];
    expect(texts.filter((text) => !svg.includes(text))).toEqual([]);
  });
});

/** Six samples a minute. */
function minutesOf(minutes: number, memoryAt: (minute: number) => number): readonly EnduranceSample[] {
  const count = Math.round(minutes * 6);
  return Array.from({ length: count + 1 }, (_, index) => ({
    seconds: index * 10,
    memoryMiB: memoryAt(index / 6),
    heapMiB: 50,
    eventLoopDelayMs: 1,
    connected: 10,
    methodsPerSecond: 20,
    reportsPerSecond: 20,
    errors: 0,
  }));
}
