// The policies a hub starts with, those it finds again, and changes of them while it runs.
import { expect, test } from 'vitest';
import { OWN_PROCESS } from '../../../src/domain/audit/audit-entry.ts';
import type { Policy } from '../../../src/domain/access/policy.ts';
import type { PolicySpec } from '../../../src/domain/access/policy-write.ts';
import { openPolicies, type Policies } from '../../../src/hub/policies.ts';
import type { AuditPage } from '../../../src/ports/audit-log.ts';
import { openEphemeralStore } from '../../../src/stores/sqlite/open-ephemeral-store.ts';
import { systemRandom } from '../../../src/system/system-random.ts';
import { SOMEONE } from '../../support/actors.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { keysOf, WHOLE_AUDIT } from '../../support/store-builders.ts';

type OpenPolicies = AsyncDisposable & {
  readonly restart: (givenKeys?: Readonly<Record<string, string>>) => Promise<Policies>;
  readonly audit: () => Promise<AuditPage>;
};

async function openStore(): Promise<OpenPolicies> {
  const stores = await openEphemeralStore({});
  const parts = { store: stores.policies, clock: new FakeClock(), random: systemRandom };
  return {
    restart: (givenKeys = {}) => openPolicies({ ...parts, givenKeys: new Map(Object.entries(givenKeys)) }),
    audit: () => stores.audit.readAudit(WHOLE_AUDIT),
    [Symbol.asyncDispose]: () => stores.close(),
  };
}

const KEY = keysOf('k').primaryKey;
const OTHER_KEY = keysOf('o').primaryKey;
const GATEWAY: PolicySpec = { name: 'gateway', permissions: ['DeviceConnect'], keys: undefined };

function withKeysOf({ name, permissions }: Policy, letter: string): PolicySpec {
  return { name, permissions, keys: keysOf(letter) };
}

test('The first start makes the five default policies with keys of 32 random bytes, and later starts find them again.', async () => {
  await using store = await openStore();

  const first = (await store.restart()).list();
  const second = (await store.restart()).list();

  expect(first.map(({ name }) => name)).toEqual(['device', 'iothubowner', 'registryRead', 'registryReadWrite', 'service']);
  expect(new Set(first.flatMap(({ keys }) => [keys.primaryKey, keys.secondaryKey])).size).toBe(10);
  for (const { keys } of first) expect(Buffer.from(keys.primaryKey, 'base64')).toHaveLength(32);
  expect(second).toEqual(first);
});

test('A given primary key is taken at the first start and at a later one, and the secondary key stays.', async () => {
  await using store = await openStore();

  const first = await store.restart({ service: KEY });
  await store.restart({ service: OTHER_KEY });
  const third = await store.restart();

  expect(first.get('service').keys.primaryKey).toBe(KEY);
  expect(third.get('service').keys).toEqual({ primaryKey: OTHER_KEY, secondaryKey: first.get('service').keys.secondaryKey });
});

test('A primary key that a later start gives to a policy is in the audit, once; those of the first start are not.', async () => {
  await using store = await openStore();

  await store.restart({ service: KEY });
  await store.restart({ service: OTHER_KEY });
  await store.restart({ service: OTHER_KEY });

  const { entries } = await store.audit();
  expect(entries).toMatchObject([{ action: 'policy.update', target: 'service', by: OWN_PROCESS, detail: 'primary key' }]);
});

test('A key for a policy that does not exist is refused with the names that do.', async () => {
  await using store = await openStore();

  await expect(store.restart({ sevice: KEY })).rejects.toThrow(/'sevice'.*iothubowner/);
});

test('What is created, rotated and deleted shows at once, in the order of names, and after a restart.', async () => {
  await using store = await openStore();
  const policies = await store.restart();

  const created = await policies.put(GATEWAY, { kind: 'none' }, SOMEONE);
  const rotated = await policies.rotate('gateway', 'secondary', SOMEONE);
  await policies.put({ ...GATEWAY, name: 'aside' }, { kind: 'none' }, SOMEONE);
  await policies.delete('aside', SOMEONE);

  expect(policies.find('gateway')).toEqual(rotated);
  expect(rotated.keys.primaryKey).toBe(created.keys.primaryKey);
  expect(rotated.keys.secondaryKey).not.toBe(created.keys.secondaryKey);
  expect(policies.list().map(({ name }) => name)).toEqual([
    'device',
    'gateway',
    'iothubowner',
    'registryRead',
    'registryReadWrite',
    'service',
  ]);
  expect((await store.restart()).list()).toEqual(policies.list());
});

test('Writes at the same time are done one after the other, and the last one is what is known.', async () => {
  await using store = await openStore();
  const policies = await store.restart();

  const results = await Promise.all(Array.from({ length: 20 }, () => policies.rotate('service', 'both', SOMEONE)));

  expect(policies.get('service')).toEqual(results.at(-1));
  expect((await store.restart()).get('service')).toEqual(results.at(-1));
});

test('A refused write changes nothing and keeps no later one back.', async () => {
  await using store = await openStore();
  const policies = await store.restart();
  const before = policies.list();

  await expect(policies.delete('service', SOMEONE)).rejects.toMatchObject({ code: 'GenericConflict' });
  await expect(policies.rotate('nobody', 'both', SOMEONE)).rejects.toMatchObject({ code: 'GenericNotFound' });
  const unchanged = policies.list();
  await policies.put(GATEWAY, { kind: 'none' }, SOMEONE);

  expect(unchanged).toEqual(before);
  expect(policies.find('gateway')).toBeDefined();
});

test('Whoever listens hears of each change before it is acknowledged, until it stops listening.', async () => {
  await using store = await openStore();
  const policies = await store.restart();
  const heard: (readonly string[])[] = [];
  const stop = policies.onChange(async () => {
    await Promise.resolve();
    heard.push(policies.list().map(({ name }) => name));
  });

  await policies.put(GATEWAY, { kind: 'none' }, SOMEONE);
  const afterOne = heard.length;
  stop();
  await policies.delete('gateway', SOMEONE);

  expect(afterOne).toBe(1);
  expect(heard).toEqual([expect.arrayContaining(['gateway'])]);
});

test('A primary key that is given at the start is not changed while the hub runs, since the next start would bring it back.', async () => {
  await using store = await openStore();
  const policies = await store.restart({ service: KEY });
  const service = policies.get('service');

  for (const rotation of ['primary', 'both', 'swap'] as const) {
    await expect(policies.rotate('service', rotation, SOMEONE)).rejects.toThrow(/--policy service=KEY/);
  }
  await expect(policies.put(withKeysOf(service, 'x'), { kind: 'any' }, SOMEONE)).rejects.toThrow(/--policy service=KEY/);
  const rotated = await policies.rotate('service', 'secondary', SOMEONE);
  const sentBack = await policies.put({ ...service, keys: rotated.keys }, { kind: 'any' }, SOMEONE);
  const other = await policies.put(withKeysOf(policies.get('device'), 'x'), { kind: 'any' }, SOMEONE);

  expect(rotated.keys.primaryKey).toBe(KEY);
  expect(sentBack.keys).toEqual(rotated.keys);
  expect(other.keys).toEqual(keysOf('x'));
});

test('A policy of your own whose key is given at the start is not deleted, since the next start would fail without it.', async () => {
  await using store = await openStore();
  await (await store.restart()).put(GATEWAY, { kind: 'none' }, SOMEONE);
  const policies = await store.restart({ gateway: KEY });

  await expect(policies.delete('gateway', SOMEONE)).rejects.toThrow(/without --policy gateway=KEY/);
  const again = await store.restart({ gateway: KEY });
  await (await store.restart()).delete('gateway', SOMEONE);

  expect(again.get('gateway').keys.primaryKey).toBe(KEY);
  expect((await store.restart()).find('gateway')).toBeUndefined();
});
