// Calls that run one after the other, in the order in which they came.

/**
 * Batches that write the same rows would otherwise be committed in the order in which the database happens to take them, and a device's later
 * report before its earlier one.
 */
export class Lane {
  #last: Promise<unknown> = Promise.resolve();

  run<Result>(call: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(call);
    // A call that fails holds up nobody; its caller has its error.
    this.#last = result.catch(() => undefined);
    return result;
  }
}
