// Draws from the random source in the form in which the simulator needs them.
import type { Random } from '../ports/random.ts';

/** At least 0, below 1. */
export function fraction(random: Random): number {
  const bytes = random.bytes(4);
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) / 2 ** 32;
}

/** @param chance 0 for never, 1 for always; neither draws. */
export function happens(random: Random, chance: number): boolean {
  return chance >= 1 || (chance > 0 && fraction(random) < chance);
}
