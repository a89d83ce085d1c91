// What may be done to the policies of a hub, to the last one allowed and one more.
import { describe, expect, test } from 'vitest';
import { DEFAULT_POLICIES, type Permission, type Policy } from '../../../../src/domain/access/policy.ts';
import {
  applyPolicyWrite,
  type KeyRotation,
  type PolicyCommand,
  type PolicyWriteEffect,
} from '../../../../src/domain/access/policy-write.ts';
import { LIMITS } from '../../../../src/domain/limits.ts';
import type { Precondition } from '../../../../src/domain/precondition.ts';
import { keysOf } from '../../../support/store-builders.ts';

const MINTED = keysOf('m');
const DEFAULTS: readonly Policy[] = Object.entries(DEFAULT_POLICIES).map(([name, permissions]) => ({
  name,
  permissions,
  keys: keysOf('d'),
}));

function ownPolicies(count: number, permissions: readonly Permission[] = ['RegistryRead']): readonly Policy[] {
  return Array.from({ length: count }, (_, index) => ({ name: `own-${index}`, permissions, keys: keysOf('o') }));
}

function put(
  name: string,
  options: { permissions?: readonly Permission[]; keys?: Policy['keys']; precondition?: Precondition } = {},
): PolicyCommand {
  const { permissions = ['RegistryRead'], keys, precondition = { kind: 'none' } } = options;
  return { kind: 'put', spec: { name, permissions, keys }, precondition, minted: MINTED };
}

function rotate(rotation: KeyRotation): PolicyWriteEffect {
  return applyPolicyWrite(ownPolicies(1), { kind: 'rotate', name: 'own-0', rotation, minted: MINTED });
}

describe('A put', () => {
  test('without a precondition creates, with the given keys or with minted ones.', () => {
    const random = applyPolicyWrite(DEFAULTS, put('own'));
    const given = applyPolicyWrite(DEFAULTS, put('own', { keys: keysOf('g') }));

    expect(random).toEqual({ kind: 'created', policy: { name: 'own', permissions: ['RegistryRead'], keys: MINTED } });
    expect(given.policy.keys).toEqual(keysOf('g'));
  });

  test('without a precondition is refused where the policy exists.', () => {
    expect(() => applyPolicyWrite(DEFAULTS, put('service'))).toThrow(expect.objectContaining({ code: 'GenericConflict' }));
  });

  test('for any state changes permissions and keeps the keys, unless others are given.', () => {
    const kept = applyPolicyWrite(ownPolicies(1), put('own-0', { permissions: ['DeviceConnect'], precondition: { kind: 'any' } }));
    const given = applyPolicyWrite(ownPolicies(1), put('own-0', { keys: keysOf('g'), precondition: { kind: 'any' } }));

    expect(kept).toEqual({ kind: 'updated', policy: { name: 'own-0', permissions: ['DeviceConnect'], keys: keysOf('o') } });
    expect(given.policy.keys).toEqual(keysOf('g'));
  });

  test('for any state is refused where there is no such policy, and for an etag always.', () => {
    expect(() => applyPolicyWrite(DEFAULTS, put('own', { precondition: { kind: 'any' } }))).toThrow(
      expect.objectContaining({ code: 'GenericNotFound' }),
    );
    expect(() => applyPolicyWrite(ownPolicies(1), put('own-0', { precondition: { kind: 'match', etag: 'x' } }))).toThrow(
      expect.objectContaining({ code: 'PreconditionFailed' }),
    );
  });

  test('gives a default policy other keys, and no other permissions.', () => {
    const permissions: readonly Permission[] = ['ServiceConnect'];

    const effect = applyPolicyWrite(DEFAULTS, put('service', { permissions, keys: keysOf('g'), precondition: { kind: 'any' } }));

    expect(effect.policy).toEqual({ name: 'service', permissions, keys: keysOf('g') });
    for (const others of [['RegistryRead'], ['ServiceConnect', 'RegistryRead']] as const) {
      expect(() => applyPolicyWrite(DEFAULTS, put('service', { permissions: others, precondition: { kind: 'any' } }))).toThrow(
        /keeps its permissions/,
      );
    }
  });
});

describe('The limits', () => {
  test(`of ${LIMITS.policies.value} policies, those of every hub among them, are kept to the last one.`, () => {
    const most = LIMITS.policies.value;
    const lastButOne = [...DEFAULTS, ...ownPolicies(most - 1 - DEFAULTS.length)];
    const full = [...DEFAULTS, ...ownPolicies(most - DEFAULTS.length)];

    expect(applyPolicyWrite(lastButOne, put('last')).kind).toBe('created');
    expect(() => applyPolicyWrite(full, put('one-more'))).toThrow(/at most 16 policies/);
    expect(applyPolicyWrite(full, put('own-0', { permissions: ['DeviceConnect'], precondition: { kind: 'any' } })).kind).toBe('updated');
  });

  test(`of ${LIMITS.servicePolicies.value} policies with ServiceConnect are kept to the last one, by creates and updates.`, () => {
    const permissions: readonly Permission[] = ['ServiceConnect'];
    // iothubowner and service have it too.
    const own = ownPolicies(LIMITS.servicePolicies.value - 3, permissions);
    const lastButOne = [...DEFAULTS, ...own, ...ownPolicies(1).map((policy) => ({ ...policy, name: 'plain' }))];
    const last = applyPolicyWrite(lastButOne, put('last', { permissions }));
    const full = [...lastButOne, last.policy];

    expect(() => applyPolicyWrite(full, put('one-more', { permissions }))).toThrow(/At most 10 .*ServiceConnect/);
    expect(() => applyPolicyWrite(full, put('plain', { permissions, precondition: { kind: 'any' } }))).toThrow(
      /At most 10 .*ServiceConnect/,
    );
    expect(applyPolicyWrite(full, put('without')).kind).toBe('created');
    expect(applyPolicyWrite(full, put('last', { permissions, precondition: { kind: 'any' } })).kind).toBe('updated');
  });
});

describe('A rotation', () => {
  const { primaryKey, secondaryKey } = keysOf('o');

  test.each([
    ['primary', { primaryKey: MINTED.primaryKey, secondaryKey }],
    ['secondary', { primaryKey, secondaryKey: MINTED.secondaryKey }],
    ['both', MINTED],
    ['swap', { primaryKey: secondaryKey, secondaryKey: primaryKey }],
  ] as const)('of %s leaves the keys that it names.', (rotation, keys) => {
    expect(rotate(rotation)).toEqual({ kind: 'rotated', policy: { name: 'own-0', permissions: ['RegistryRead'], keys } });
  });
});

describe('A delete', () => {
  test('takes an own policy, and no default one.', () => {
    const own = ownPolicies(1);

    expect(applyPolicyWrite([...DEFAULTS, ...own], { kind: 'delete', name: 'own-0' })).toEqual({ kind: 'deleted', policy: own[0] });
    for (const { name } of DEFAULTS) {
      expect(() => applyPolicyWrite(DEFAULTS, { kind: 'delete', name })).toThrow(expect.objectContaining({ code: 'GenericConflict' }));
    }
  });
});

test('A rotation or delete of a policy that does not exist is refused with those that do.', () => {
  for (const command of [
    { kind: 'delete', name: 'x' },
    { kind: 'rotate', name: 'x', rotation: 'both', minted: MINTED },
  ] as const) {
    expect(() => applyPolicyWrite(DEFAULTS, command)).toThrow("There is no policy 'x'. The policies are iothubowner, service, device,");
  }
});
