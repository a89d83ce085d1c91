// Where shared access policies live.
import type { Policy } from '../domain/access/policy.ts';

export interface PolicyStore {
  /** All policies in code-point order of their names; empty on a new store. */
  listPolicies(): Promise<readonly Policy[]>;
  /** Adds or replaces the given policies, by name, in one transaction. */
  savePolicies(policies: readonly Policy[]): Promise<void>;
}
