// What is looked at again and again while a hub works for long, and when its memory counts as flat.

export type EnduranceSample = {
  /** Since all devices were connected. */
  readonly seconds: number;
  /** Of the hub's process, as the kernel counts it. */
  readonly memoryMiB: number;
  /** JavaScript objects of its main thread. */
  readonly heapMiB: number;
  /** How late its event loop was since the sample before, at worst but for one percent. */
  readonly eventLoopDelayMs: number;
  readonly connected: number;
  /** Since the sample before. */
  readonly methodsPerSecond: number;
  readonly reportsPerSecond: number;
  readonly errors: number;
};

/** What the memory is judged by comes after this share of the run: caches fill and the heap finds its size before. */
const WARM_UP_SHARE = 1 / 3;
/** A run that is shorter says nothing about memory. */
export const SHORTEST_MINUTES = 5;

/**
 * The median of the slopes between all pairs of samples after warming up (Theil–Sen), which a few outliers do not move: by how much of
 * its median the memory grows in a minute, in percent. `undefined` when the run was too short to tell.
 */
export function growthPercentAMinute(samples: readonly EnduranceSample[]): number | undefined {
  const lastSeconds = samples.at(-1)?.seconds ?? 0;
  if (lastSeconds < SHORTEST_MINUTES * 60) return undefined;
  const judged = samples.filter(({ seconds }) => seconds >= lastSeconds * WARM_UP_SHARE);
  const slopes = judged.flatMap((one, index) =>
    judged.slice(index + 1).map((other) => (other.memoryMiB - one.memoryMiB) / (other.seconds - one.seconds)),
  );
  return (median(slopes) * 60 * 100) / median(judged.map(({ memoryMiB }) => memoryMiB));
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
