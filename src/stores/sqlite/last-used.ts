// What was made by its key and is kept while it is among those that were used last.

export class LastUsed<Value> {
  readonly #most: number;
  /** The one that was used last comes last. */
  readonly #values = new Map<string, Value>();

  /** @param most how many are kept. */
  constructor(most: number) {
    this.#most = most;
  }

  /** @param make makes it where it is not kept. */
  get(key: string, make: () => Value): Value {
    const value = this.#values.get(key) ?? make();
    this.#values.delete(key);
    this.#values.set(key, value);
    const [oldest] = this.#values.keys();
    if (oldest !== undefined && this.#values.size > this.#most) this.#values.delete(oldest);
    return value;
  }
}
