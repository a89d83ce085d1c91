// Where shared access policies live.
import type { Policy } from '../domain/access/policy.ts';
import type { PolicyWrite, PolicyWriteEffect } from '../domain/access/policy-write.ts';

export interface PolicyStore {
  /** All policies in code-point order of their names; empty on a new store. */
  listPolicies(): Promise<readonly Policy[]>;
  /** Adds or replaces the given policies, by name, in one transaction. No rule is asked: it is for what a hub does at its start. */
  savePolicies(policies: readonly Policy[]): Promise<void>;
  /**
   * Applies `applyPolicyWrite` to all policies as they stand and enters it in the audit, in one transaction, durable when it resolves.
   * @throws HubError as that rule says, with nothing changed.
   */
  writePolicy(write: PolicyWrite): Promise<PolicyWriteEffect>;
}
