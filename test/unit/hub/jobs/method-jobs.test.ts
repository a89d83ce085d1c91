// Method jobs from their creation to their end, with devices that answer, stay away, come late or get lost.
import { expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { type JobHub, methodJob, openJobHub } from './job-hub.ts';
import { SOMEONE } from '../../../support/actors.ts';
import { itemsOf } from '../../../support/query/page-items.ts';

/** What `devices.jobs` says of the devices of a job, by device. */
async function records(open: JobHub, jobId: string): Promise<readonly JsonObject[]> {
  const text = `SELECT deviceId, status, outcome, error FROM devices.jobs WHERE jobId = '${jobId}'`;
  return itemsOf(await open.hub.queries.run({ text, pageSize: 1000, continuation: undefined }));
}

test('A job calls each device once and completes with their answers, whatever their status is.', async () => {
  await using open = await openJobHub();
  const doors = [await open.connectNew('door-1'), await open.connectNew('door-2')];

  await open.hub.jobs.create('lock', methodJob(), SOMEONE);
  for (const door of doors) await door.called();
  doors[0]?.answer({ status: 200, payload: null });
  doors[1]?.answer({ status: 500, payload: 'jammed' });
  const { job, counts } = await open.ended('lock');

  expect(job.status).toBe('completed');
  expect(counts).toMatchObject({ completed: 2, failed: 0, running: 0 });
  expect(await records(open, 'lock')).toEqual([
    { deviceId: 'door-1', status: 'completed', outcome: { deviceMethodResponse: { status: 200, payload: null } } },
    { deviceId: 'door-2', status: 'completed', outcome: { deviceMethodResponse: { status: 500, payload: 'jammed' } } },
  ]);
  expect(doors.map(({ link }) => link.methods.length)).toEqual([1, 1]);
});

test('A device that is away is called when it comes inside the window, once.', async () => {
  await using open = await openJobHub();
  await open.createDevice('door');
  await open.hub.jobs.create('lock', methodJob(), SOMEONE);
  await open.job('lock', ({ counts }) => counts.waiting === 1);

  open.clock.advance(299_999);
  const door = await open.connect('door');
  await door.called();
  door.answer();

  expect(await open.ended('lock')).toMatchObject({ job: { status: 'completed' }, counts: { completed: 1 } });
  expect(door.link.methods).toHaveLength(1);
});

test('A device that does not come is failed when the window is over, and not before; the job is completed.', async () => {
  await using open = await openJobHub();
  await open.createDevice('door');
  await open.hub.jobs.create('lock', methodJob(), SOMEONE);
  await open.job('lock', ({ counts }) => counts.waiting === 1);

  open.clock.advance(299_999);
  await open.hub.jobs.create('other', methodJob({ queryCondition: 'false' }), SOMEONE);
  await open.ended('other');
  const aMomentBefore = await open.hub.jobs.get('lock');
  open.clock.advance(1);
  const { job, counts } = await open.ended('lock');

  expect(aMomentBefore?.job.status).toBe('running');
  expect([job.status, counts.failed]).toEqual(['completed', 1]);
  expect(await records(open, 'lock')).toMatchObject([{ status: 'failed', outcome: {}, error: { code: 'JobRunPreconditionFailed' } }]);
});

test('A device that comes after the window is not called.', async () => {
  await using open = await openJobHub();
  await open.createDevice('door');
  await open.hub.jobs.create('lock', methodJob(), SOMEONE);
  await open.job('lock', ({ counts }) => counts.waiting === 1);
  open.clock.advance(300_000);

  const door = await open.connect('door');
  await open.ended('lock');

  expect(door.link.methods).toEqual([]);
});

test('A call under way at the end of the window is waited for.', async () => {
  await using open = await openJobHub();
  const door = await open.connectNew('door');
  await open.hub.jobs.create('lock', methodJob({ maxExecutionTimeInSeconds: 10 }), SOMEONE);
  await door.called();

  open.clock.advance(10_000);
  door.answer();

  expect(await open.ended('lock')).toMatchObject({ job: { status: 'completed' }, counts: { completed: 1, failed: 0 } });
});

test('A device that is connected and listens to no methods is called when it begins to listen.', async () => {
  await using open = await openJobHub();
  await open.createDevice('door');
  const door = await open.connect('door', { listens: false });
  await open.hub.jobs.create('lock', methodJob(), SOMEONE);
  await open.job('lock', ({ counts }) => counts.waiting === 1);

  door.listen();
  await door.called();
  door.answer();

  expect((await open.ended('lock')).counts.completed).toBe(1);
});

test('A device that is connected and listens to no methods fails at the end of the window, and the job is completed.', async () => {
  await using open = await openJobHub();
  await open.createDevice('door');
  await open.connect('door', { listens: false });
  await open.hub.jobs.create('lock', methodJob({ maxExecutionTimeInSeconds: 300 }), SOMEONE);
  await open.job('lock', ({ counts }) => counts.waiting === 1);

  open.clock.advance(299_999);
  const before = await open.job('lock', ({ counts }) => counts.waiting === 1);
  open.clock.advance(1);

  expect(before.job.status).toBe('running');
  expect(await open.ended('lock')).toMatchObject({ job: { status: 'completed' }, counts: { failed: 1, waiting: 0 } });
});

test('A device that begins to listen while its call finds out that it does not is called, too.', async () => {
  await using open = await openJobHub();
  await open.createDevice('door');
  const door = await open.connect('door', { listens: false });
  // The announcement comes in the very moment in which the call is refused: the record is `running` then, and not yet `waiting`.
  door.link.onRefused = () => door.listen();

  await open.hub.jobs.create('lock', methodJob(), SOMEONE);
  await door.called();
  door.answer();

  expect((await open.ended('lock')).counts.completed).toBe(1);
});

test.each([
  ['GatewayTimeout', (open: JobHub) => open.clock.advance(15_000)],
  ['DeviceNotOnline', (_: JobHub, hangUp: () => void) => hangUp()],
])('A call that was sent and ends with %s fails with it, and is not made again.', async (code, happen) => {
  await using open = await openJobHub();
  const door = await open.connectNew('door');
  await open.hub.jobs.create('lock', methodJob(), SOMEONE);
  await door.called();

  happen(open, () => void door.connection.end());
  await open.ended('lock');
  const again = await open.connect('door');

  expect(await records(open, 'lock')).toMatchObject([{ status: 'failed', error: { code } }]);
  expect([...door.link.methods, ...again.link.methods]).toHaveLength(1);
});

test('A job that is stopped calls nobody else, and waits for the calls under way.', async () => {
  await using open = await openJobHub();
  const door = await open.connectNew('door-1');
  await open.createDevice('door-2');
  await open.hub.jobs.create('lock', methodJob(), SOMEONE);
  await door.called();
  await open.job('lock', ({ counts }) => counts.waiting === 1);

  const stopped = await open.hub.jobs.stop('lock', SOMEONE);
  await open.job('lock', ({ counts }) => counts.canceled === 1);
  const late = await open.connect('door-2');
  const stillRuns = await open.hub.jobs.get('lock');
  door.answer();
  const { job, counts } = await open.ended('lock');

  expect(stopped.job.status).toBe('cancelled');
  expect(stillRuns?.job.endTime).toBeUndefined();
  expect(job.status).toBe('cancelled');
  expect(counts).toMatchObject({ completed: 1, canceled: 1 });
  expect(late.link.methods).toEqual([]);
});

test('A job with a condition that does not parse fails with the reason, and calls nobody.', async () => {
  await using open = await openJobHub();
  const door = await open.connectNew('door');

  await open.hub.jobs.create('lock', methodJob({ queryCondition: 'tags.floor = = 1' }), SOMEONE);
  const { job } = await open.ended('lock');

  expect(job).toMatchObject({ status: 'failed', failureReason: expect.stringContaining('The condition is not valid at line 1') });
  expect(door.link.methods).toEqual([]);
});

test('A job with an addition to the language in its condition fails on a strict hub, and runs on others.', async () => {
  const statuses: string[] = [];
  for (const strictQueries of [true, false]) {
    await using open = await openJobHub({ strictQueries });
    await open.hub.jobs.create('lock', methodJob({ queryCondition: "deviceId LIKE 'none%'" }), SOMEONE);
    statuses.push((await open.ended('lock')).job.status);
  }

  expect(statuses).toEqual(['failed', 'completed']);
});

test('Devices are those of the start: who fits later is not called.', async () => {
  await using open = await openJobHub();
  await open.createDevice('door-1');
  await open.hub.jobs.create('lock', methodJob(), SOMEONE);
  await open.job('lock', ({ counts }) => counts.waiting === 1);

  const later = await open.connectNew('door-2');
  const door = await open.connect('door-1');
  await door.called();
  door.answer();
  const { counts } = await open.ended('lock');

  expect(counts).toMatchObject({ completed: 1, waiting: 0 });
  expect(later.link.methods).toEqual([]);
});

test('A job with slow devices leaves room for the next one.', async () => {
  const slots = LIMITS.jobCallsInFlight.value;
  await using open = await openJobHub();
  await open.createDevices(slots + 1);
  const slow = await Promise.all(open.ids(slots + 1).map((id) => open.connect(id)));
  const door = await open.connectNew('quick-door');
  await open.hub.jobs.create('slow', methodJob({ queryCondition: "deviceId != 'quick-door'" }), SOMEONE);
  await open.job('slow', ({ counts }) => counts.running === slots);

  await open.hub.jobs.create('quick', methodJob({ queryCondition: "deviceId = 'quick-door'" }), SOMEONE);
  await open.job('quick', ({ job }) => job.expansion.kind === 'sealed');
  slow.find(({ link }) => link.methods.length === 1)?.answer();
  await door.called();
  door.answer();

  expect((await open.ended('quick')).counts.completed).toBe(1);
  expect((await open.hub.jobs.get('slow'))?.counts.running).toBeLessThanOrEqual(slots);
  for (const device of slow) await device.connection.end();
});
