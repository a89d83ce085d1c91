// Lets a number of calls run at a time; the others wait for their turn.

/** They wait in the order in which they came, and for as long as it takes: who waits for a connection gives up after a while. */
export class Room {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(calls: number) {
    this.#free = calls;
  }

  async run<Result>(call: () => Promise<Result>): Promise<Result> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#free -= 1;
    try {
      return await call();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}
