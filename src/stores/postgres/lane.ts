// Calls that run one after the other, in the order in which they came.

/** What gives each call its turn. */
export interface Turns {
  run<Result>(call: () => Promise<Result>): Promise<Result>;
}

/**
 * Batches that write the same rows would otherwise be committed in the order in which the database happens to take them, and a device's later
 * report before its earlier one.
 */
export class Lane implements Turns {
  #last: Promise<unknown> = Promise.resolve();

  run<Result>(call: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(call);
    // A call that fails holds up nobody; its caller has its error.
    this.#last = result.catch(() => undefined);
    return result;
  }
}

/** A lane for each name, kept while calls are in it: calls of different names run at the same time. */
export class Lanes {
  readonly #last = new Map<string, Promise<unknown>>();

  of(name: string): Turns {
    return {
      run: (call) => {
        const result = (this.#last.get(name) ?? Promise.resolve()).then(call);
        const settled = result
          .catch(() => undefined)
          .then(() => {
            if (this.#last.get(name) === settled) this.#last.delete(name);
          });
        this.#last.set(name, settled);
        return result;
      },
    };
  }
}
