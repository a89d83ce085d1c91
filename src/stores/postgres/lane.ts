// Calls that run one after the other, in the order in which they came.

/** What gives each call its turn. */
export interface Turns {
  run<Result>(call: () => Promise<Result>): Promise<Result>;
}

/** Batches that write the same rows would otherwise be committed in the order in which the database happens to take them. */
export class Lane implements Turns {
  #last: Promise<unknown> = Promise.resolve();

  run<Result>(call: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(call);
    // A call that fails holds up nobody; its caller has its error.
    this.#last = result.catch(() => undefined);
    return result;
  }
}

/** Calls that have a name in common run one after the other, in the order in which they came; others do not wait for each other. */
export class Lanes {
  /** By name, the latest call with it, until it has ended. */
  readonly #last = new Map<string, Promise<unknown>>();

  of(...names: readonly string[]): Turns {
    return {
      run: (call) => {
        const before = new Set(names.flatMap((name) => this.#last.get(name) ?? []));
        const result = Promise.all(before).then(call);
        const settled = result
          .catch(() => undefined)
          .then(() => {
            for (const name of names) if (this.#last.get(name) === settled) this.#last.delete(name);
          });
        for (const name of names) this.#last.set(name, settled);
        return result;
      },
    };
  }
}
