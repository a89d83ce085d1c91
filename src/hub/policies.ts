// The shared access policies a hub starts with.
import { DEFAULT_POLICIES, type Policy } from '../domain/access/policy.ts';
import { toBase64 } from '../domain/base64.ts';
import { HubError } from '../domain/errors.ts';
import type { SymmetricKeys } from '../domain/identity/device.ts';
import { LIMITS } from '../domain/limits.ts';
import type { PolicyStore } from '../ports/policy-store.ts';
import type { Random } from '../ports/random.ts';

/**
 * Makes the default policies that the store lacks, with random keys, and sets the primary keys that the operator gave.
 * @returns all policies. @throws HubError ArgumentInvalid when a given key is for no policy of this hub.
 */
export async function ensurePolicies(
  store: PolicyStore,
  random: Random,
  givenKeys: ReadonlyMap<string, string>,
): Promise<readonly Policy[]> {
  const kept = await store.listPolicies();
  const policies = new Map<string, Policy>();
  for (const [name, permissions] of Object.entries(DEFAULT_POLICIES)) policies.set(name, { name, permissions, keys: mintKeys(random) });
  for (const policy of kept) policies.set(policy.name, policy);
  for (const [name, primaryKey] of givenKeys) {
    const policy = policies.get(name);
    if (!policy) {
      throw new HubError('ArgumentInvalid', `There is no policy '${name}' to set a key for. Policies: ${[...policies.keys()].join(', ')}.`);
    }
    policies.set(name, { ...policy, keys: { ...policy.keys, primaryKey } });
  }
  const all = [...policies.values()];
  const keptByName = new Map(kept.map((policy) => [policy.name, policy.keys.primaryKey]));
  const changed = all.filter((policy) => keptByName.get(policy.name) !== policy.keys.primaryKey);
  if (changed.length > 0) await store.savePolicies(changed);
  return all;
}

/** Two fresh random keys, base64. */
export function mintKeys(random: Random): SymmetricKeys {
  const key = (): string => toBase64(random.bytes(LIMITS.keyGeneratedBytes.value));
  return { primaryKey: key(), secondaryKey: key() };
}
