// Keeps a number of operations under way until the time is over, and counts them.

export type FlowResult = { readonly operations: number; readonly seconds: number; readonly latenciesMs: readonly number[] };

/**
 * @param flow `concurrency` operations are under way at any moment; each ends before the next one in its place begins.
 */
export async function runFlow(flow: {
  readonly concurrency: number;
  readonly seconds: number;
  readonly operation: () => Promise<void>;
}): Promise<FlowResult> {
  const startedAt = performance.now();
  const endsAt = startedAt + flow.seconds * 1000;
  const latenciesMs: number[] = [];
  const place = async (): Promise<void> => {
    let now = performance.now();
    while (now < endsAt) {
      const before = now;
      await flow.operation();
      now = performance.now();
      latenciesMs.push(now - before);
    }
  };
  await Promise.all(Array.from({ length: flow.concurrency }, place));
  return { operations: latenciesMs.length, seconds: (performance.now() - startedAt) / 1000, latenciesMs };
}

/** Runs an operation for each item, `concurrency` at a time. */
export async function forEach<Item>(items: readonly Item[], concurrency: number, run: (item: Item) => Promise<void>): Promise<void> {
  const left = items.values();
  const place = async (): Promise<void> => {
    for (const item of left) await run(item);
  };
  await Promise.all(Array.from({ length: concurrency }, place));
}
