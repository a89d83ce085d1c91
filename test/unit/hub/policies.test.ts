// The policies a hub starts with, and those it finds again.
import { expect, test } from 'vitest';
import { ensurePolicies } from '../../../src/hub/policies.ts';
import { openEphemeralStore } from '../../../src/stores/sqlite/open-ephemeral-store.ts';
import { systemRandom } from '../../../src/system/system-random.ts';

test('The first start makes the five default policies with keys of 32 random bytes, and later starts find them again.', async () => {
  const stores = await openEphemeralStore({});

  const first = await ensurePolicies(stores.policies, systemRandom, new Map());
  const second = await ensurePolicies(stores.policies, systemRandom, new Map());
  await stores.close();

  expect(first.map(({ name }) => name).toSorted()).toEqual(['device', 'iothubowner', 'registryRead', 'registryReadWrite', 'service']);
  expect(new Set(first.flatMap(({ keys }) => [keys.primaryKey, keys.secondaryKey])).size).toBe(10);
  for (const { keys } of first) expect(Buffer.from(keys.primaryKey, 'base64')).toHaveLength(32);
  expect(new Map(second.map((policy) => [policy.name, policy.keys]))).toEqual(new Map(first.map((policy) => [policy.name, policy.keys])));
});

test('A given primary key is taken at the first start and at a later one, and the secondary key stays.', async () => {
  const stores = await openEphemeralStore({});
  const givenKey = Buffer.alloc(32, 1).toString('base64');
  const otherKey = Buffer.alloc(32, 2).toString('base64');

  const first = await ensurePolicies(stores.policies, systemRandom, new Map([['service', givenKey]]));
  await ensurePolicies(stores.policies, systemRandom, new Map([['service', otherKey]]));
  const third = await ensurePolicies(stores.policies, systemRandom, new Map());
  await stores.close();

  expect(first.find(({ name }) => name === 'service')?.keys.primaryKey).toBe(givenKey);
  expect(third.find(({ name }) => name === 'service')?.keys).toEqual({
    primaryKey: otherKey,
    secondaryKey: first.find(({ name }) => name === 'service')?.keys.secondaryKey,
  });
});

test('A key for a policy that does not exist is refused with the names that do.', async () => {
  const stores = await openEphemeralStore({});

  const ensuring = ensurePolicies(stores.policies, systemRandom, new Map([['sevice', Buffer.alloc(32).toString('base64')]]));

  await expect(ensuring).rejects.toThrow(/'sevice'.*iothubowner/);
  await stores.close();
});
