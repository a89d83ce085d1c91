// Pages of a query across a restart of the hub, as an app on the published service SDK reads them.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Registry } from '../support/sdk.ts';
import { openTestHub } from '../support/test-hub.ts';

test('A page is followed by the next one after a restart, in the query that it belongs to and in no other.', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'twinhub-test-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const text = 'SELECT deviceId FROM devices ORDER BY deviceId DESC';
  const before = await openTestHub({ dataDir });
  for (const deviceId of ['a', 'b', 'c']) await before.createDevice(deviceId);
  const first = Registry.fromConnectionString(before.serviceConnectionString()).createQuery(text, 2);
  const { result: firstPage } = await first.next();
  await before.close();

  await using after = await openTestHub({ dataDir });
  const registry = Registry.fromConnectionString(after.serviceConnectionString());
  const { result: secondPage } = await registry.createQuery(text, 2).next(first.continuationToken);

  expect([firstPage, secondPage]).toEqual([[{ deviceId: 'c' }, { deviceId: 'b' }], [{ deviceId: 'a' }]]);
  await expect(registry.createQuery(`${text} `, 2).next(first.continuationToken)).rejects.toMatchObject({
    name: 'ArgumentError',
    message: expect.stringContaining('not one of this hub for this query'),
  });
});
