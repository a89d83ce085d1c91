// What every policy store must do. Goal: prove each statement of the port. Method: policies saved, read back.
import { expect, test } from 'vitest';
import type { Permission, Policy } from '../../src/domain/access/policy.ts';
import type { PolicyWrite } from '../../src/domain/access/policy-write.ts';
import { LIMITS } from '../../src/domain/limits.ts';
import { SOMEONE } from '../support/actors.ts';
import { keysOf, NOON, WHOLE_AUDIT } from '../support/store-builders.ts';
import { type NewPlace, openNewStore } from '../support/store-place.ts';

export function describePolicyStore(newPlace: NewPlace): void {
  test('A new store has no policies.', async () => {
    const { policies } = await openNewStore(newPlace);

    expect(await policies.listPolicies()).toEqual([]);
  });

  test('Policies read back as they were saved, in code-point order of their names.', async () => {
    const { policies } = await openNewStore(newPlace);
    // U+FF61 comes before U+1D49C as a code point, but after it as UTF-16.
    const ordered = ["'", 'A', 'Z', '__proto__', 'a', 'é', 'ключ', '\uff61', '\u{1d49c}'].map((name) => policyOf(name));

    await policies.savePolicies(ordered.toReversed());

    expect(await policies.listPolicies()).toEqual(ordered);
  });

  test('A policy keeps keys and permissions in their order, also when it has no permission.', async () => {
    const { policies } = await openNewStore(newPlace);
    const all: Policy = {
      name: 'all',
      keys: keysOf('a'),
      permissions: ['DeviceConnect', 'RegistryRead', 'ServiceConnect', 'RegistryWrite'],
    };
    const none: Policy = { name: 'none', keys: keysOf('n'), permissions: [] };

    await policies.savePolicies([all, none]);

    expect(await policies.listPolicies()).toEqual([all, none]);
  });

  test('Saving replaces policies of the same name, adds others and leaves the rest.', async () => {
    const { policies } = await openNewStore(newPlace);
    await policies.savePolicies([policyOf('a'), policyOf('b')]);
    const changed: Policy = { name: 'b', keys: keysOf('x'), permissions: ['RegistryRead'] };

    await policies.savePolicies([changed, policyOf('c')]);

    expect(await policies.listPolicies()).toEqual([policyOf('a'), changed, policyOf('c')]);
  });

  test('Saving is one transaction: a policy that cannot be stored takes the others with it.', async () => {
    const { policies } = await openNewStore(newPlace);
    const broken: Policy = { ...policyOf('b'), name: JSON.parse('null') };

    const saving = policies.savePolicies([policyOf('a'), broken, policyOf('c')]);

    await expect(saving).rejects.toThrow(/not.null/i);
    expect(await policies.listPolicies()).toEqual([]);
  });

  test('Saving no policy changes nothing.', async () => {
    const { policies } = await openNewStore(newPlace);

    await policies.savePolicies([]);

    expect(await policies.listPolicies()).toEqual([]);
  });

  test('A write is decided by the rule, answers what it came to, and reads back at once.', async () => {
    const { policies } = await openNewStore(newPlace);
    await policies.savePolicies([policyOf('a')]);

    const created = await policies.writePolicy(put('b'));
    const rotated = await policies.writePolicy({ ...BY, kind: 'rotate', name: 'b', rotation: 'swap', minted: keysOf('m') });
    const deleted = await policies.writePolicy({ ...BY, kind: 'delete', name: 'a' });

    const { primaryKey, secondaryKey } = keysOf('m');
    const b = { name: 'b', permissions: ['RegistryRead'], keys: { primaryKey: secondaryKey, secondaryKey: primaryKey } };
    expect(created).toEqual({ kind: 'created', policy: { ...b, keys: keysOf('m') } });
    expect(rotated).toEqual({ kind: 'rotated', policy: b });
    expect(deleted).toEqual({ kind: 'deleted', policy: policyOf('a') });
    expect(await policies.listPolicies()).toEqual([b]);
  });

  test('A refused write changes nothing, is in no audit, and stops none beside it.', async () => {
    const { policies, audit } = await openNewStore(newPlace);

    const writes = await Promise.allSettled([
      policies.writePolicy(put('a')),
      policies.writePolicy(put('a')),
      policies.writePolicy(put('b')),
    ]);

    expect(writes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(writes[1]).toMatchObject({ reason: { code: 'GenericConflict' } });
    expect((await policies.listPolicies()).map(({ name }) => name)).toEqual(['a', 'b']);
    expect((await audit.readAudit(WHOLE_AUDIT)).entries.map(({ target }) => target)).toEqual(['b', 'a']);
  });

  test('The limit holds among writes at the same time.', async () => {
    const { policies } = await openNewStore(newPlace);
    const names = Array.from({ length: LIMITS.policies.value + 4 }, (_, index) => `own-${index}`);

    const writes = await Promise.allSettled(names.map((name) => policies.writePolicy(put(name))));

    expect(writes.filter(({ status }) => status === 'fulfilled')).toHaveLength(LIMITS.policies.value);
    expect(await policies.listPolicies()).toHaveLength(LIMITS.policies.value);
  });

  test('Each write is in the audit, with who did it and what changed, and without a key.', async () => {
    const { policies, audit } = await openNewStore(newPlace);
    const minted = keysOf('n');

    await policies.writePolicy(put('a'));
    await policies.writePolicy({ ...put('a', ['DeviceConnect']), precondition: { kind: 'any' } });
    await policies.writePolicy({ ...BY, kind: 'rotate', name: 'a', rotation: 'secondary', minted });
    await policies.writePolicy({ ...BY, kind: 'delete', name: 'a' });
    const { entries } = await audit.readAudit(WHOLE_AUDIT);

    const common = { ...BY, target: 'a', before: null, after: null, sequence: expect.any(Number) };
    expect(entries.toReversed()).toEqual([
      { ...common, action: 'policy.create', detail: 'RegistryRead' },
      { ...common, action: 'policy.update', detail: 'DeviceConnect' },
      { ...common, action: 'policy.rotate', detail: 'secondary key' },
      { ...common, action: 'policy.delete', detail: null },
    ]);
  });
}

const BY = { at: NOON, by: SOMEONE };

type Put = Extract<PolicyWrite, { readonly kind: 'put' }>;

/** Creates. */
function put(name: string, permissions: readonly Permission[] = ['RegistryRead']): Put {
  return { ...BY, kind: 'put', spec: { name, permissions, keys: undefined }, precondition: { kind: 'none' }, minted: keysOf('m') };
}

function policyOf(name: string): Policy {
  return { name, keys: keysOf('k'), permissions: ['ServiceConnect', 'DeviceConnect'] };
}
