// Queries as an app on the published service SDK makes them.
import { expect, test } from 'vitest';
import { Registry } from '../support/sdk.ts';
import { openTestHub, type TestHub } from '../support/test-hub.ts';

type RegistryClient = InstanceType<typeof Registry>;
type Query = ReturnType<RegistryClient['createQuery']>;

/** Three lamps, each on the floor of its number. */
async function createLamps(hub: TestHub): Promise<RegistryClient> {
  const registry = Registry.fromConnectionString(hub.serviceConnectionString());
  for (const floor of [1, 2, 3]) {
    await hub.createDevice(`lamp-${floor}`);
    await registry.updateTwin(`lamp-${floor}`, { tags: { floor } }, '*');
  }
  return registry;
}

/** In the callback form, which alone remembers where the page before ended. */
function nextPage(query: Query): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    query.next((error, items: unknown[]) => (error ? reject(error) : resolve(items)));
  });
}

test('A query is read page by page until there are no more results.', async () => {
  await using hub = await openTestHub();
  const registry = await createLamps(hub);
  const query = registry.createQuery('SELECT deviceId, tags.floor FROM devices WHERE tags.floor > 0', 2);

  const pages: unknown[][] = [];
  while (query.hasMoreResults) pages.push(await nextPage(query));

  expect(pages).toEqual([
    [
      { deviceId: 'lamp-1', floor: 1 },
      { deviceId: 'lamp-2', floor: 2 },
    ],
    [{ deviceId: 'lamp-3', floor: 3 }],
  ]);
});

test('In promise form a query begins anew unless it is given its token.', async () => {
  await using hub = await openTestHub();
  const registry = await createLamps(hub);
  const query = registry.createQuery('SELECT deviceId FROM devices', 2);

  const first = await query.next();
  const again = await query.next();
  const second = await query.next(query.continuationToken);

  expect([first, again, second].map(({ result }) => result)).toEqual([
    [{ deviceId: 'lamp-1' }, { deviceId: 'lamp-2' }],
    [{ deviceId: 'lamp-1' }, { deviceId: 'lamp-2' }],
    [{ deviceId: 'lamp-3' }],
  ]);
  expect(query.hasMoreResults).toBe(false);
});

test('Twins of a query can be updated, and the next query sees it.', async () => {
  await using hub = await openTestHub();
  const registry = await createLamps(hub);
  const { result: twins } = await registry.createQuery('SELECT * FROM devices WHERE tags.floor = 2').nextAsTwin();

  await twins[0]?.update({ tags: { floor: 20 } });
  const { result: found } = await registry.createQuery('SELECT deviceId FROM devices WHERE tags.floor = 20').next();

  expect(twins.map(({ deviceId }) => deviceId)).toEqual(['lamp-2']);
  expect(found).toEqual([{ deviceId: 'lamp-2' }]);
});

test('A query that is not valid is an ArgumentError that says where.', async () => {
  await using hub = await openTestHub();
  const registry = Registry.fromConnectionString(hub.serviceConnectionString());

  await expect(registry.createQuery('SELECT * FROM devices WHERE tags.floor =').next()).rejects.toMatchObject({
    name: 'ArgumentError',
    message: expect.stringContaining('line 1:41: expected a property path'),
  });
});

test('A query without the permission to connect as a service is an UnauthorizedError.', async () => {
  await using hub = await openTestHub();
  const registry = Registry.fromConnectionString(hub.serviceConnectionString('registryReadWrite'));

  await expect(registry.createQuery('SELECT * FROM devices').next()).rejects.toMatchObject({ name: 'UnauthorizedError' });
});
