// Decides from samples of a long run whether a hub holds more and more memory.
import type { Vitals } from './hub-probe.ts';

type Measure = 'rssBytes' | 'heapBytes' | 'externalBytes';

const MIB = 1024 * 1024;

/**
 * How much more than in the first third of the time may be held in the last one. A garbage collection comes before each sample, so the heap is
 * what is in use; the resident set also has what the allocator keeps for later.
 */
export const LEAK_BOUNDS_BYTES: Readonly<Record<Measure, number>> = { rssBytes: 128 * MIB, heapBytes: 8 * MIB, externalBytes: 16 * MIB };

/** Fewer samples say nothing. */
export const LEAK_SAMPLES_MIN = 8;

export type Growth = { readonly measure: Measure; readonly firstBytes: number; readonly lastBytes: number; readonly isLeak: boolean };

/**
 * Leaves out the first quarter of the samples, in which caches fill and code is compiled, and compares the median of the first third of the rest
 * with that of the last third. @param samples in the order of time, each taken at the same point of a pass. @returns nothing for too few of them.
 */
export function growths(samples: readonly Pick<Vitals, Measure>[]): readonly Growth[] {
  if (samples.length < LEAK_SAMPLES_MIN) return [];
  const warm = samples.slice(Math.ceil(samples.length / 4));
  const third = Math.max(1, Math.floor(warm.length / 3));
  return (Object.keys(LEAK_BOUNDS_BYTES) as Measure[]).map((measure) => {
    const values = warm.map((sample) => sample[measure]);
    const [firstBytes, lastBytes] = [median(values.slice(0, third)), median(values.slice(-third))];
    return { measure, firstBytes, lastBytes, isLeak: lastBytes - firstBytes > LEAK_BOUNDS_BYTES[measure] };
  });
}

/** Of an even number of values the larger one of the two in the middle. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
