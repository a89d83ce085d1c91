// What several rounds come to.

/** Of the rounds of one measurement. */
export type Sample = { readonly median: number; readonly min: number; readonly max: number };

export function sampleOf(values: readonly number[]): Sample {
  return { median: quantile(values, 0.5), min: Math.min(...values), max: Math.max(...values) };
}

/** @param share 0 to 1. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  const place = (sorted.length - 1) * share;
  const [below = Number.NaN, above = below] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return below + (above - below) * (place - Math.floor(place));
}
