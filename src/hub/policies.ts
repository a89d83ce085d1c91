// The shared access policies of a running hub: those it starts with, and each change of them, which counts from its moment on.
import { DEFAULT_POLICIES, isDefaultPolicy, type Policy, type PolicyKey } from '../domain/access/policy.ts';
import {
  type KeyRotation,
  policyNamed,
  type PolicyCommand,
  type PolicySpec,
  type PolicyWriteEffect,
} from '../domain/access/policy-write.ts';
import { type Actor, OWN_PROCESS } from '../domain/audit/audit-entry.ts';
import { toBase64 } from '../domain/base64.ts';
import { HubError } from '../domain/errors.ts';
import type { SymmetricKeys } from '../domain/identity/symmetric-key.ts';
import { LIMITS } from '../domain/limits.ts';
import type { Precondition } from '../domain/precondition.ts';
import { toIsoTime } from '../domain/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { PolicyStore } from '../ports/policy-store.ts';
import type { Random } from '../ports/random.ts';

type Dependencies = {
  readonly store: PolicyStore;
  readonly clock: Clock;
  readonly random: Random;
  /** Primary keys that the operator gave at the start, by policy name. */
  readonly givenKeys: ReadonlyMap<string, string>;
};

type Listener = () => void | Promise<void>;

/**
 * Makes the default policies that the store lacks, with random keys, and sets the primary keys that the operator gave. A key that is new to a
 * policy of the store is in the audit, as a write of the hub itself.
 * @throws HubError ArgumentInvalid when a given key is for no policy of this hub.
 */
export async function openPolicies(dependencies: Dependencies): Promise<Policies> {
  const { store, clock, random, givenKeys } = dependencies;
  const kept = byName(await store.listPolicies());
  const policies = new Map<string, Policy>();
  for (const [name, permissions] of Object.entries(DEFAULT_POLICIES)) policies.set(name, { name, permissions, keys: mintKeys(random) });
  for (const policy of kept.values()) policies.set(policy.name, policy);
  for (const [name, primaryKey] of givenKeys) {
    const policy = policies.get(name);
    if (!policy) {
      throw new HubError('ArgumentInvalid', `There is no policy '${name}' to set a key for. Policies: ${[...policies.keys()].join(', ')}.`);
    }
    policies.set(name, { ...policy, keys: { ...policy.keys, primaryKey } });
  }
  const all = [...policies.values()];
  const made = all.filter(({ name }) => !kept.has(name));
  if (made.length > 0) await store.savePolicies(made);
  for (const spec of all) {
    const before = kept.get(spec.name);
    if (!before || before.keys.primaryKey === spec.keys.primaryKey) continue;
    const put = { kind: 'put', spec, precondition: { kind: 'any' }, minted: spec.keys } as const;
    await store.writePolicy({ ...put, at: toIsoTime(clock.nowMs()), by: OWN_PROCESS });
  }
  return new Policies(all, dependencies);
}

export class Policies {
  readonly #store: PolicyStore;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #givenKeys: ReadonlyMap<string, string>;
  readonly #listeners = new Set<Listener>();
  #policies: ReadonlyMap<string, Policy>;
  #lastWrite: Promise<unknown> = Promise.resolve();

  constructor(policies: readonly Policy[], { store, clock, random, givenKeys }: Dependencies) {
    this.#policies = byName(policies);
    this.#store = store;
    this.#clock = clock;
    this.#random = random;
    this.#givenKeys = givenKeys;
  }

  /** In the order of their names. */
  list(): readonly Policy[] {
    return [...this.#policies.values()];
  }

  find(name: string): Policy | undefined {
    return this.#policies.get(name);
  }

  /** @throws HubError GenericNotFound. */
  get(name: string): Policy {
    return policyNamed(this.list(), name);
  }

  /** Whether a token that this key signed lets a device in at this moment. */
  maySignForDevices({ policyName, key }: PolicyKey): boolean {
    const policy = this.find(policyName);
    if (!policy?.permissions.includes('DeviceConnect')) return false;
    return key === policy.keys.primaryKey || key === policy.keys.secondaryKey;
  }

  /** Creates without a precondition, changes with `any`. Keys that are not given are random, or stay. @throws HubError as `applyPolicyWrite`. */
  async put(spec: PolicySpec, precondition: Precondition, by: Actor): Promise<Policy> {
    const givenKey = this.#givenKeys.get(spec.name);
    if (precondition.kind !== 'none' && spec.keys && spec.keys.primaryKey !== (givenKey ?? spec.keys.primaryKey)) {
      throw keyIsGiven(spec.name);
    }
    const effect = await this.#write({ kind: 'put', spec, precondition, minted: mintKeys(this.#random) }, by);
    return effect.policy;
  }

  /**
   * Makes keys new. What was signed with an old one is refused from then on, and devices that signed in with it are disconnected.
   * @throws HubError GenericNotFound; GenericConflict for a primary key that was given at the start, since the next start would bring it back.
   */
  async rotate(name: string, rotation: KeyRotation, by: Actor): Promise<Policy> {
    if (rotation !== 'secondary' && this.#givenKeys.has(name)) throw keyIsGiven(name);
    const effect = await this.#write({ kind: 'rotate', name, rotation, minted: mintKeys(this.#random) }, by);
    return effect.policy;
  }

  /** @throws HubError as `applyPolicyWrite`; GenericConflict for a policy whose key was given at the start, since the next start would miss it. */
  async delete(name: string, by: Actor): Promise<void> {
    if (this.#givenKeys.has(name) && !isDefaultPolicy(name)) {
      const advice = `Start the hub without --policy ${name}=KEY, then delete it.`;
      throw new HubError('GenericConflict', `A key of '${name}' is given when the hub starts, which fails without the policy. ${advice}`);
    }
    await this.#write({ kind: 'delete', name }, by);
  }

  /** Calls `heard`, which must not throw, after each change and before it is acknowledged, until the returned function is called. */
  onChange(heard: Listener): () => void {
    this.#listeners.add(heard);
    return () => void this.#listeners.delete(heard);
  }

  /** One after the other, so that what is known here is what the latest write left. */
  #write(command: PolicyCommand, by: Actor): Promise<PolicyWriteEffect> {
    const writing = this.#lastWrite.then(async () => {
      const effect = await this.#store.writePolicy({ ...command, at: toIsoTime(this.#clock.nowMs()), by });
      const { policy } = effect;
      const others = this.list().filter(({ name }) => name !== policy.name);
      this.#policies = byName(effect.kind === 'deleted' ? others : [...others, policy]);
      for (const heard of this.#listeners) await heard();
      return effect;
    });
    this.#lastWrite = writing.catch(() => undefined);
    return writing;
  }
}

/** Two fresh random keys, base64. */
export function mintKeys(random: Random): SymmetricKeys {
  const key = (): string => toBase64(random.bytes(LIMITS.keyGeneratedBytes.value));
  return { primaryKey: key(), secondaryKey: key() };
}

function byName(policies: readonly Policy[]): ReadonlyMap<string, Policy> {
  return new Map(policies.toSorted((one, other) => (one.name < other.name ? -1 : 1)).map((policy) => [policy.name, policy]));
}

function keyIsGiven(name: string): HubError {
  return new HubError(
    'GenericConflict',
    `The primary key of '${name}' is given when the hub starts, which would bring it back. Start the hub with another --policy ${name}=KEY, or without.`,
  );
}
