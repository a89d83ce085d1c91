// Operations that begin at a given rate, whether or not those before them have ended.
import { setTimeout as pause } from 'node:timers/promises';
import { quantile } from '../statistics.ts';

const TICK_MS = 2;

/**
 * Latencies count from the moment at which each operation was due, so that a slow server cannot hide behind a client that waits for it.
 * @param load operations begin until `until` resolves; those under way are waited for.
 * @returns milliseconds of each. @throws what the first operation throws that fails; no more begin after it.
 */
export async function offer(load: {
  readonly perSecond: number;
  readonly until: Promise<unknown>;
  readonly operation: () => Promise<void>;
}): Promise<readonly number[]> {
  const latenciesMs: number[] = [];
  const startedAt = performance.now();
  const watched = { isOver: false };
  let begun = 0;
  const ended: Promise<void>[] = [];
  const stop = (): void => void (watched.isOver = true);
  load.until.then(stop, stop);
  const begin = async (dueAt: number): Promise<void> => {
    await load.operation();
    latenciesMs.push(performance.now() - dueAt);
  };
  const dueAt = (): number => startedAt + (begun * 1000) / load.perSecond;
  while (!watched.isOver) {
    for (const now = performance.now(); dueAt() <= now; begun += 1) {
      const operation = begin(dueAt());
      operation.catch(stop);
      ended.push(operation);
    }
    await pause(TICK_MS);
  }
  await Promise.all(ended);
  return latenciesMs;
}

export type RatedLoad = { readonly perSecond: number; readonly operation: () => Promise<void> };

/** As `offer`. @returns how much of the offered rate was answered while it was offered, and how long an operation took. */
export async function offerAtRate(
  { perSecond, operation }: RatedLoad,
  until: Promise<unknown>,
): Promise<{ readonly heldPercent: number; readonly p99Ms: number }> {
  const startedAt = performance.now();
  let done = 0;
  let held = Number.NaN;
  const measure = (): void => void (held = done / (((performance.now() - startedAt) / 1000) * perSecond));
  until.then(measure, measure);
  const counted = async (): Promise<void> => {
    await operation();
    done += 1;
  };
  const latencies = await offer({ perSecond, until, operation: counted });
  return { heldPercent: held * 100, p99Ms: quantile(latencies, 0.99) };
}
