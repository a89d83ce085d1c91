// Everything that was committed to identities and twins, in order, for whoever must follow it with a cursor.
import type { Change } from '../domain/change.ts';

export interface ChangeFeed {
  /**
   * The sequence of the latest change that `readChanges` gives at this moment; 0 before the first one ever. Whoever reads a twin after that sees
   * everything up to it.
   */
  readPosition(): Promise<number>;
  /**
   * At most `limit` changes with a sequence above `afterSequence`, in order. A change is visible as soon as its write is, and none comes later
   * in front of one that is visible.
   */
  readChanges(afterSequence: number, limit: number): Promise<readonly Change[]>;
  /**
   * Removes at most `limit` of the oldest changes made before `before` (ISO-8601 UTC), and never the latest, after which others go on.
   * @returns how many were removed.
   */
  trimChanges(before: string, limit: number): Promise<number>;
}
