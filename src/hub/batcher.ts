// Turns single calls that come at the same time into the batches that stores commit as one.
import { HubError, invariant, type Outcome, valueOf } from '../domain/errors.ts';
import { LIMITS } from '../domain/limits.ts';

/** One commit reaches the disk while the next one is on its way to the store. */
const COMMITS_IN_FLIGHT = 2;

type BatchOptions = {
  readonly batchItems?: number;
  readonly queueItems?: number;
  /** After a commit has begun the next one waits for this, and takes what came meanwhile. For crowds of writes that can wait: a commit costs as much as many items. */
  readonly gather?: () => Promise<void>;
};

type Waiting<Item, Value> = {
  readonly item: Item;
  readonly settle: (outcome: Outcome<Value>) => void;
  readonly fail: (error: unknown) => void;
};

/**
 * The returned function resolves when the commit with its item has. Items are committed in the order of the calls, as long as `commit` runs
 * its calls in order. A commit that fails rejects its own items and no others; a refused item rejects with its HubError.
 * @throws HubError ServiceUnavailable when too many items wait.
 */
export function batched<Item, Value>(
  commit: (items: readonly Item[]) => Promise<readonly Outcome<Value>[]>,
  options?: BatchOptions,
): (item: Item) => Promise<Value> {
  const batcher = new Batcher(commit, options);
  return (item) => batcher.add(item);
}

/** For whoever also wants to know how many items wait; otherwise as `batched`. */
export class Batcher<Item, Value> {
  readonly #commit: (items: readonly Item[]) => Promise<readonly Outcome<Value>[]>;
  readonly #batchItems: number;
  readonly #queueItems: number;
  readonly #gather: BatchOptions['gather'];
  readonly #queue: Waiting<Item, Value>[] = [];
  #inFlight = 0;
  #added = 0;
  #scheduled = false;
  #gathering = false;

  constructor(
    commit: (items: readonly Item[]) => Promise<readonly Outcome<Value>[]>,
    { batchItems = LIMITS.batchItems.value, queueItems = LIMITS.batchQueueItems.value, gather }: BatchOptions = {},
  ) {
    this.#commit = commit;
    this.#batchItems = batchItems;
    this.#queueItems = queueItems;
    this.#gather = gather;
  }

  /** Items that no commit has taken yet. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** How many items there were so far. */
  get added(): number {
    return this.#added;
  }

  add(item: Item): Promise<Value> {
    if (this.#queue.length >= this.#queueItems) {
      return Promise.reject(new HubError('ServiceUnavailable', 'Too many writes wait for the store. Try again later.'));
    }
    this.#added += 1;
    this.#schedule();
    return new Promise<Outcome<Value>>((settle, fail) => this.#queue.push({ item, settle, fail })).then(valueOf);
  }

  /** Waits for the end of this turn of the event loop, so that what arrives together is committed together. */
  #schedule(): void {
    if (this.#scheduled || this.#gathering) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#sendWaiting();
    });
  }

  #sendWaiting(): void {
    if (this.#gathering) return;
    const inFlightBefore = this.#inFlight;
    while (this.#queue.length > 0 && this.#inFlight < COMMITS_IN_FLIGHT) {
      void this.#send(this.#queue.splice(0, this.#batchItems));
    }
    if (this.#gather && this.#inFlight > inFlightBefore) void this.#gatherMore(this.#gather);
  }

  async #gatherMore(gather: () => Promise<void>): Promise<void> {
    this.#gathering = true;
    await gather();
    this.#gathering = false;
    this.#sendWaiting();
  }

  async #send(batch: readonly Waiting<Item, Value>[]): Promise<void> {
    this.#inFlight += 1;
    try {
      const outcomes = await this.#commit(batch.map(({ item }) => item));
      invariant(outcomes.length === batch.length, 'a commit answers each of its items');
      outcomes.forEach((outcome, index) => batch[index]?.settle(outcome));
    } catch (error) {
      for (const { fail } of batch) fail(error);
    }
    this.#inFlight -= 1;
    this.#sendWaiting();
  }
}
