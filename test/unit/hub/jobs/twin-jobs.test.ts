// Twin jobs: when they begin, what they change, and what devices are told.
import { expect, test } from 'vitest';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { openJobHub, twinJob } from './job-hub.ts';
import { SOMEONE } from '../../../support/actors.ts';
import { itemsOf } from '../../../support/query/page-items.ts';

const AN_HOUR_AHEAD = '2026-01-01T01:00:00Z';

test('A job changes the twin of each device once, connected or not, in as many steps as it takes.', async () => {
  const count = 2 * LIMITS.jobPatchDevices.value + 1;
  await using open = await openJobHub();
  await open.createDevices(count);

  await open.hub.jobs.create('floor', twinJob(), SOMEONE);
  const { job, counts } = await open.ended('floor');
  const text = 'SELECT properties.desired.floor, properties.desired.$version AS version FROM devices';
  const first = await open.hub.queries.run({ text, pageSize: 1000, continuation: undefined });
  const rest = await open.hub.queries.run({ text, pageSize: 1000, continuation: first.continuation });

  expect(job.status).toBe('completed');
  expect(counts.completed).toBe(count);
  expect([...itemsOf(first), ...itemsOf(rest)]).toEqual(Array.from({ length: count }, () => ({ floor: 3, version: 2 })));
});

test('A large patch is applied in steps of few devices, a small one in steps of many, and each device once.', async () => {
  await using open = await openJobHub();
  await open.createDevices(20);
  const long = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`p${index}`, 'x'.repeat(3900)]));

  await open.hub.jobs.create('large', twinJob({ updateTwin: { etag: '*', properties: { desired: long } } }), SOMEONE);
  const { counts } = await open.ended('large');
  const text = 'SELECT properties.desired.$version AS version FROM devices';
  const items = itemsOf(await open.hub.queries.run({ text, pageSize: 100, continuation: undefined }));

  expect(counts.completed).toBe(20);
  expect(items).toEqual(Array.from({ length: 20 }, () => ({ version: 2 })));
});

test('A job begins at its start, and not before.', async () => {
  await using open = await openJobHub();
  await open.createDevice('door');
  await open.hub.jobs.create('floor', twinJob({ startTime: AN_HOUR_AHEAD }), SOMEONE);
  await open.job('floor', ({ job }) => job.status === 'scheduled');

  open.clock.advance(3600_000 - 1);
  await open.hub.jobs.create('other', twinJob({ queryCondition: 'false' }), SOMEONE);
  await open.ended('other');
  const aMomentBefore = await open.hub.jobs.get('floor');
  open.clock.advance(1);

  expect((await open.ended('floor')).counts.completed).toBe(1);
  expect(aMomentBefore?.job.status).toBe('scheduled');
});

test('A job that was cancelled before its start changes nothing.', async () => {
  await using open = await openJobHub();
  await open.createDevice('door');
  await open.hub.jobs.create('floor', twinJob({ startTime: AN_HOUR_AHEAD }), SOMEONE);

  await open.hub.jobs.cancel('floor', SOMEONE);
  open.clock.advance(3600_000);
  await open.hub.jobs.create('other', twinJob({ queryCondition: 'false' }), SOMEONE);
  await open.ended('other');

  expect(await open.hub.jobs.get('floor')).toMatchObject({ job: { status: 'cancelled' }, counts: { completed: 0 } });
  expect((await open.hub.twins.get({ deviceId: 'door' })).twin.desired.version).toBe(1);
});

test('A device is told of changes by jobs and by others in the order of their versions.', async () => {
  await using open = await openJobHub();
  const door = await open.connectNew('door');
  const write = { kind: 'patch', deviceId: 'door', precondition: { kind: 'any' } } as const;

  const jobs = Array.from({ length: 10 }, (_, index) => open.hub.jobs.create(`floor-${index}`, twinJob(), SOMEONE));
  const writes = Array.from({ length: 40 }, (_, index) =>
    open.hub.twins.write({ by: SOMEONE, ...write, body: { properties: { desired: { count: index } } } }),
  );
  await Promise.all([...jobs, ...writes]);
  for (let index = 0; index < 10; index += 1) await open.ended(`floor-${index}`);

  const versions = door.link.notices.map(({ version }) => version);
  expect(versions).toEqual(Array.from({ length: 50 }, (_, index) => index + 2));
});

test('A device whose twin refuses the change is failed with the reason, and the others are changed.', async () => {
  await using open = await openJobHub();
  await open.createDevice('full');
  await open.createDevice('empty');
  const filler = Object.fromEntries(Array.from({ length: 7 }, (_, index) => [`part${index}`, 'x'.repeat(4000)]));
  const write = { kind: 'patch', deviceId: 'full', precondition: { kind: 'any' } } as const;
  await open.hub.twins.write({ by: SOMEONE, ...write, body: { properties: { desired: filler } } });

  const desired = { more: 'y'.repeat(4000), evenMore: 'z'.repeat(4000) };
  await open.hub.jobs.create('fill', twinJob({ updateTwin: { etag: '*', properties: { desired } } }), SOMEONE);
  const { job, counts } = await open.ended('fill');
  const text = "SELECT deviceId, status, error FROM devices.jobs WHERE jobId = 'fill'";
  const items = itemsOf(await open.hub.queries.run({ text, pageSize: 10, continuation: undefined }));

  expect([job.status, counts.completed, counts.failed]).toEqual(['completed', 1, 1]);
  expect(items).toMatchObject([
    { deviceId: 'empty', status: 'completed' },
    { deviceId: 'full', status: 'failed', error: { code: 'DeviceModelMaxPropertiesExceeded' } },
  ]);
});

test('A job that has ended is kept for its time, and then removed with its records.', async () => {
  await using open = await openJobHub();
  await open.createDevice('door');
  await open.hub.jobs.create('floor', twinJob(), SOMEONE);
  await open.ended('floor');
  const look = async (): Promise<unknown> => {
    open.clock.advance(LIMITS.housekeepingSeconds.value * 1000);
    return (await open.hub.jobs.get('floor'))?.job.jobId;
  };

  open.clock.advance((LIMITS.jobRetentionSeconds.value - 3600) * 1000);
  const before = [await look(), await look(), await look()];
  open.clock.advance(3600 * 1000);
  await expect.poll(look).toBeUndefined();
  const query = { text: 'SELECT * FROM devices.jobs', pageSize: 10, continuation: undefined };

  expect(before).toEqual(['floor', 'floor', 'floor']);
  await expect.poll(async () => itemsOf(await open.hub.queries.run(query))).toEqual([]);
});
