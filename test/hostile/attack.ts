// What an attack is: a name, and how one round of it is made from chance.
import type { Chance } from './chance.ts';
import type { Scene } from './scene.ts';

export type Attack = {
  /** What the hub must bear, in a few words. */
  readonly name: string;
  /**
   * Attacks once. All it does is decided by `chance` and by what the hub answers.
   * @throws Error when the hub does anything but what is documented: answer with an error of its catalogue, or close the connection.
   */
  readonly round: (scene: Scene, chance: Chance) => Promise<void>;
};

/** @throws Error unless the condition is true. */
export function demand(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Error(otherwise);
}
