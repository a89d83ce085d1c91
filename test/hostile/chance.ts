// Chance that can be had again: every number of an attack comes from the seed of its round.

/** Mulberry32: small, fast and the same on every machine. */
export class Chance {
  #state: number;

  /** @param seed any integer; only its lowest 32 bits count. */
  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** A whole number from 0 to below the limit. */
  below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }

  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  flag(): boolean {
    return this.below(2) === 1;
  }

  /** @throws Error when there is nothing to pick from. */
  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('there is nothing to pick from');
    return item;
  }

  /** As many of the items as are asked for, or all of them, in random order. */
  some<T>(items: readonly T[], count: number): readonly T[] {
    const left = [...items];
    const taken: T[] = [];
    while (taken.length < count && left.length > 0) taken.push(...left.splice(this.below(left.length), 1));
    return taken;
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }

  hex(digits: number): string {
    return Array.from({ length: digits }, () => this.below(16).toString(16)).join('');
  }

  seed(): number {
    return this.below(2 ** 31);
  }

  /** Bytes with a few of them turned, cut out, doubled or made up. */
  mutated(original: Uint8Array): Buffer {
    let bytes = Buffer.from(original);
    for (let count = this.between(1, 4); count > 0; count -= 1) {
      const at = this.below(bytes.length + 1);
      const end = at + this.below(9);
      const inserted = this.#replacement(bytes.subarray(at, end));
      bytes = Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(end)]);
    }
    return bytes;
  }

  /** The bytes in pieces of random lengths. */
  cut(bytes: Buffer, maxPieces: number): readonly Buffer[] {
    const ends = Array.from({ length: this.below(maxPieces) }, () => this.below(bytes.length + 1)).toSorted((a, b) => a - b);
    return [...ends, bytes.length].map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
  }

  #replacement(piece: Buffer): Buffer {
    switch (this.below(4)) {
      case 0:
        return Buffer.from(piece.map((byte) => byte ^ (1 << this.below(8))));
      case 1:
        return Buffer.alloc(0);
      case 2:
        return Buffer.concat([piece, piece]);
      default:
        return this.bytes(this.below(9));
    }
  }

  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}

/** The seed of one round: rounds that follow each other have nothing in common. */
export function roundSeed(seed: number, round: number): number {
  return new Chance(Math.imul(seed, 0x9e3779b1) ^ Math.imul(round + 1, 0x85ebca6b)).seed();
}
