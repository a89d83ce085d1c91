// When a long run counts as a leak, and when it is only noise.
import { expect, test } from 'vitest';
import { growths, LEAK_BOUNDS_BYTES, LEAK_SAMPLES_MIN } from './leak-rule.ts';

const { heapBytes: bound } = LEAK_BOUNDS_BYTES;

/** Whether the heap, as so many bytes in each sample, is taken for a leak. */
function isLeak(heap: readonly number[]): boolean | undefined {
  const samples = heap.map((heapBytes) => ({ heapBytes, rssBytes: 0, externalBytes: 0 }));
  return growths(samples).find(({ measure }) => measure === 'heapBytes')?.isLeak;
}

test('A heap that stays is no leak.', () => {
  expect(isLeak(Array.from({ length: 12 }, () => 50 * bound))).toBe(false);
});

test('A heap that grows in every sample is a leak as soon as it passes the bound.', () => {
  const thirdsApart = 8;
  const steps = Array.from({ length: 16 }, (_, index) => index);

  expect(isLeak(steps.map((step) => (step * bound) / thirdsApart))).toBe(false);
  expect(isLeak(steps.map((step) => (step * bound) / thirdsApart + step))).toBe(true);
});

test('What is taken while the hub warms up does not count.', () => {
  expect(isLeak([0, bound, 2 * bound, ...Array.from({ length: 9 }, () => 3 * bound)])).toBe(false);
});

test('One high sample is no leak.', () => {
  expect(isLeak([...Array.from({ length: 11 }, () => 0), 9 * bound])).toBe(false);
});

test(`Fewer than ${LEAK_SAMPLES_MIN} samples say nothing.`, () => {
  expect(growths(Array.from({ length: LEAK_SAMPLES_MIN - 1 }, () => ({ rssBytes: 0, heapBytes: 0, externalBytes: 0 })))).toEqual([]);
  expect(growths(Array.from({ length: LEAK_SAMPLES_MIN }, () => ({ rssBytes: 0, heapBytes: 0, externalBytes: 0 })))).toHaveLength(3);
});
