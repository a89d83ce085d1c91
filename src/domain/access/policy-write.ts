// What happens to the shared access policies of a hub when one is put, rotated or deleted: the rules of such writes.
import type { Actor } from '../audit/audit-entry.ts';
import { HubError } from '../errors.ts';
import type { SymmetricKeys } from '../identity/symmetric-key.ts';
import { LIMITS } from '../limits.ts';
import type { Precondition } from '../precondition.ts';
import { isDefaultPolicy, type Permission, type Policy } from './policy.ts';

/** What a caller may set. `keys` is absent when a new policy is to get random ones, and an old one is to keep its own. */
export type PolicySpec = { readonly name: string; readonly permissions: readonly Permission[]; readonly keys: SymmetricKeys | undefined };

/** `swap` exchanges the two keys, so that both stay good. */
export type KeyRotation = 'primary' | 'secondary' | 'both' | 'swap';

/** `minted`: keys drawn beforehand, so that the rules stay pure. `at` is ISO-8601 UTC. */
export type PolicyWrite = PolicyCommand & { readonly at: string; readonly by: Actor };

export type PolicyCommand =
  | { readonly kind: 'put'; readonly spec: PolicySpec; readonly precondition: Precondition; readonly minted: SymmetricKeys }
  | { readonly kind: 'rotate'; readonly name: string; readonly rotation: KeyRotation; readonly minted: SymmetricKeys }
  | { readonly kind: 'delete'; readonly name: string };

/** `policy` is as the write leaves it, or as it was before it was deleted. */
export type PolicyWriteEffect = { readonly kind: 'created' | 'updated' | 'rotated' | 'deleted'; readonly policy: Policy };

/**
 * Decides a write against all policies as they stand. Without If-Match a put only creates; with `*` it only updates, as policies have no etags.
 * @throws HubError GenericNotFound; PreconditionFailed for an etag; GenericConflict where the policy exists, a limit is reached, or it is one
 * of every hub, which keeps its permissions and stays.
 */
export function applyPolicyWrite(policies: readonly Policy[], write: PolicyCommand): PolicyWriteEffect {
  switch (write.kind) {
    case 'put':
      return write.precondition.kind === 'none' ? created(policies, write) : updated(policies, write);
    case 'rotate': {
      const policy = policyNamed(policies, write.name);
      return { kind: 'rotated', policy: { ...policy, keys: rotatedKeys(policy.keys, write) } };
    }
    case 'delete': {
      const policy = policyNamed(policies, write.name);
      if (isDefaultPolicy(write.name)) throw conflict(`Every hub has the policy '${write.name}'. Rotate its keys instead of deleting it.`);
      return { kind: 'deleted', policy };
    }
  }
}

/** @throws HubError GenericNotFound that names the policies there are. */
export function policyNamed(policies: readonly Policy[], name: string): Policy {
  const policy = policies.find((candidate) => candidate.name === name);
  if (policy) return policy;
  const known = policies.map((candidate) => candidate.name).join(', ');
  throw new HubError('GenericNotFound', `There is no policy '${name}'. The policies are ${known}.`);
}

type Put = Extract<PolicyCommand, { kind: 'put' }>;

function created(policies: readonly Policy[], { spec, minted }: Put): PolicyWriteEffect {
  if (policies.some((policy) => policy.name === spec.name)) {
    throw conflict(`There is a policy '${spec.name}' already. Change it with \`twinhub policy update\`, or with If-Match: *.`);
  }
  const policy: Policy = { name: spec.name, permissions: spec.permissions, keys: spec.keys ?? minted };
  checkLimits([...policies, policy]);
  return { kind: 'created', policy };
}

function updated(policies: readonly Policy[], { spec, precondition }: Put): PolicyWriteEffect {
  const current = policyNamed(policies, spec.name);
  if (precondition.kind === 'match') {
    throw new HubError('PreconditionFailed', 'Policies have no etags. Send If-Match: * to change one whatever its state.');
  }
  if (isDefaultPolicy(spec.name) && !sameSet(spec.permissions, current.permissions)) {
    throw conflict(`The policy '${spec.name}' keeps its permissions: ${current.permissions.join(', ')}. Create a policy of your own.`);
  }
  const policy: Policy = { name: spec.name, permissions: spec.permissions, keys: spec.keys ?? current.keys };
  checkLimits(policies.map((other) => (other.name === policy.name ? policy : other)));
  return { kind: 'updated', policy };
}

/** Behaviour 2.2. The policies that every hub has count too. */
function checkLimits(policies: readonly Policy[]): void {
  const [most, mostWithServiceConnect] = [LIMITS.policies.value, LIMITS.servicePolicies.value];
  if (policies.length > most) throw conflict(`A hub has at most ${most} policies. Delete one that nobody uses.`);
  const withServiceConnect = policies.filter(({ permissions }) => permissions.includes('ServiceConnect')).length;
  if (withServiceConnect > mostWithServiceConnect) {
    throw conflict(`At most ${mostWithServiceConnect} policies of a hub may have ServiceConnect. Delete one that nobody uses.`);
  }
}

function rotatedKeys(
  { primaryKey, secondaryKey }: SymmetricKeys,
  { rotation, minted }: Extract<PolicyCommand, { kind: 'rotate' }>,
): SymmetricKeys {
  switch (rotation) {
    case 'primary':
      return { primaryKey: minted.primaryKey, secondaryKey };
    case 'secondary':
      return { primaryKey, secondaryKey: minted.secondaryKey };
    case 'both':
      return minted;
    case 'swap':
      return { primaryKey: secondaryKey, secondaryKey: primaryKey };
  }
}

function sameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((item) => other.includes(item));
}

function conflict(message: string): HubError {
  return new HubError('GenericConflict', message);
}
