// Twin changes as use cases: what a connected device is told, and in which order.
import { expect, test } from 'vitest';
import { LIMITS } from '../../../src/domain/limits.ts';
import { openHub, principalOf, RecordingLink } from '../../support/open-hub.ts';
import { SOMEONE } from '../../support/actors.ts';

test('A connected device is told of concurrent changes of desired properties in the order of their versions.', async () => {
  await using open = await openHub();
  const link = new RecordingLink();
  await open.hub.connections.connect(principalOf(await open.createDevice('lamp')), link);

  const writes = Array.from({ length: 50 }, (_, level) =>
    open.hub.twins.write({
      by: SOMEONE,
      kind: 'patch',
      deviceId: 'lamp',
      body: { properties: { desired: { level } } },
      precondition: { kind: 'none' },
    }),
  );
  await Promise.all(writes);

  expect(link.notices.map(({ version }) => version)).toEqual(Array.from({ length: 50 }, (_, index) => index + 2));
  expect(link.notices.at(-1)?.patch).toEqual({ level: 49 });
});

test('A change of tags alone tells the device nothing.', async () => {
  await using open = await openHub();
  const link = new RecordingLink();
  await open.hub.connections.connect(principalOf(await open.createDevice('lamp')), link);

  await open.hub.twins.write({
    by: SOMEONE,
    kind: 'patch',
    deviceId: 'lamp',
    body: { tags: { floor: 2 } },
    precondition: { kind: 'none' },
  });

  expect(link.notices).toEqual([]);
});

test('A twin of an unknown device is DeviceNotFound to read, to write and to report.', async () => {
  await using open = await openHub();
  const expected = { code: 'DeviceNotFound' };

  await expect(open.hub.twins.get({ deviceId: 'ghost' })).rejects.toMatchObject(expected);
  await expect(
    open.hub.twins.write({ by: SOMEONE, kind: 'patch', deviceId: 'ghost', body: { tags: {} }, precondition: { kind: 'none' } }),
  ).rejects.toMatchObject(expected);
  await expect(open.hub.twins.report({ deviceId: 'ghost', body: {}, baseVersion: undefined })).rejects.toMatchObject(expected);
});

test('Changes leave the change feed when they are older than the retention time, not before.', async () => {
  await using open = await openHub();
  const timersOfHub = open.clock.pendingTimers;
  await open.createDevice('lamp');
  const { value: retentionSeconds } = LIMITS.changeFeedRetentionSeconds;

  open.clock.advance(retentionSeconds * 1000 - 60_000);
  await expect.poll(() => open.clock.pendingTimers).toBe(timersOfHub);
  await open.createDevice('door');
  const before = await open.stores.changes.readChanges(0, 10);
  open.clock.advance(120_000);

  expect(before.map(({ deviceId }) => deviceId)).toEqual(['lamp', 'door']);
  // The next run of housekeeping is due only after the one before has ended.
  const afterHousekeeping = async (): Promise<readonly string[]> => {
    open.clock.advance(LIMITS.housekeepingSeconds.value * 1000);
    return (await open.stores.changes.readChanges(0, 10)).map(({ deviceId }) => deviceId);
  };
  await expect.poll(afterHousekeeping).toEqual(['door']);
});
