// A map that holds so many entries at most and forgets the one that was not used for the longest time.

export class RecentMap<Key, Value> {
  readonly #capacity: number;
  /** A Map keeps the order of insertion: moving a used entry to its end leaves the least recently used one first. */
  readonly #entries = new Map<Key, Value>();

  /** @param capacity at least 1. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(key: Key): Value | undefined {
    const value = this.#entries.get(key);
    if (value !== undefined) this.#moveToEnd(key, value);
    return value;
  }

  set(key: Key, value: Value): void {
    this.#moveToEnd(key, value);
    if (this.#entries.size <= this.#capacity) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }

  /** The one that was not used for the longest time comes first. */
  values(): Iterable<Value> {
    return this.#entries.values();
  }

  delete(key: Key): void {
    this.#entries.delete(key);
  }

  #moveToEnd(key: Key, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
  }
}
