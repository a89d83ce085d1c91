// Shared access policies: named pairs of keys with permissions.
import { HubError } from '../errors.ts';
import type { SymmetricKeys } from '../identity/symmetric-key.ts';

/** In the order in which they are shown. */
export const PERMISSIONS = ['RegistryRead', 'RegistryWrite', 'ServiceConnect', 'DeviceConnect'] as const;

export type Permission = (typeof PERMISSIONS)[number];

export type Policy = { readonly name: string; readonly keys: SymmetricKeys; readonly permissions: readonly Permission[] };

/** The policy and the one of its keys that signed a token. */
export type PolicyKey = { readonly policyName: string; readonly key: string };

/** The five policies of every hub and what each may do (behaviour 2.2). */
export const DEFAULT_POLICIES: Readonly<Record<string, readonly Permission[]>> = {
  iothubowner: ['RegistryRead', 'RegistryWrite', 'ServiceConnect', 'DeviceConnect'],
  service: ['ServiceConnect'],
  device: ['DeviceConnect'],
  registryRead: ['RegistryRead'],
  registryReadWrite: ['RegistryRead', 'RegistryWrite'],
};

/**
 * @param anyOf sets of permissions: each set is enough by itself, all permissions of a set are needed together (behaviour 2.5).
 * @throws HubError IotHubUnauthorizedAccess when the policy holds none of the sets.
 */
export function checkPolicyAllows(policy: Policy, anyOf: readonly (readonly Permission[])[]): void {
  if (anyOf.some((set) => set.every((permission) => policy.permissions.includes(permission)))) return;
  const needed = anyOf.map((set) => set.join(' and ')).join(', or ');
  throw new HubError('IotHubUnauthorizedAccess', `The policy '${policy.name}' does not allow this call, which needs ${needed}.`);
}

export function isDefaultPolicy(name: string): boolean {
  return Object.hasOwn(DEFAULT_POLICIES, name);
}
