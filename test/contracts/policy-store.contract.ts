// What every policy store must do. Goal: prove each statement of the port. Method: policies saved, read back.
import { expect, test } from 'vitest';
import type { Policy } from '../../src/domain/access/policy.ts';
import { keysOf } from '../support/store-builders.ts';
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
}

function policyOf(name: string): Policy {
  return { name, keys: keysOf('k'), permissions: ['ServiceConnect', 'DeviceConnect'] };
}
