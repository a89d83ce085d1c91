// Jobs through the published service SDK, each call of JobClient; the devices' side is played on the hub, so that it can be chosen.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FakeClock } from '../support/fake-clock.ts';
import { principalOf, RecordingLink } from '../support/open-hub.ts';
import { JobClient } from '../support/sdk.ts';
import { openTestHub, type TestHub } from '../support/test-hub.ts';

// It starts with the machine's, since the SDK makes its tokens by that.
const clock = new FakeClock(Date.now());
let hub: TestHub;
let client: ReturnType<typeof JobClient.fromConnectionString>;
beforeAll(async () => {
  hub = await openTestHub({ clock });
  client = JobClient.fromConnectionString(hub.serviceConnectionString('service'));
});
afterAll(() => hub.close());

type JobResponse = { readonly jobId: string; readonly status: string; readonly failureReason?: string };

const LOCK_DOOR = { methodName: 'lockDoor', payload: null, responseTimeoutInSeconds: 15 };
const FLOOR_3 = { etag: '*', properties: { desired: { building: '43', floor: 3 } } };

/** As apps find out that a job is over. */
async function whenOver(jobId: string): Promise<JobResponse> {
  for (;;) {
    const { jobStatus: job } = await client.getJob(jobId);
    if (['completed', 'failed', 'cancelled'].includes(job.status)) return job;
  }
}

async function newDevice(): Promise<string> {
  return (await hub.createDevice(`device-${randomUUID()}`)).deviceId;
}

/** Answers each call with this status. */
async function connect(deviceId: string, status = 200): Promise<RecordingLink> {
  const link = new RecordingLink();
  const device = await hub.hub.devices.get(deviceId);
  const connection = await hub.hub.connections.connect(principalOf(device), link);
  const answerNext = async (): Promise<void> => {
    const { requestId } = await link.nextMethod();
    void answerNext();
    connection.answerMethod(requestId, { kind: 'done', value: { status, payload: null } });
  };
  void answerNext();
  connection.listening();
  return link;
}

function condition(...deviceIds: readonly string[]): string {
  return `deviceId IN [${deviceIds.map((deviceId) => `'${deviceId}'`).join(', ')}]`;
}

describe('scheduleDeviceMethod', () => {
  test('calls the devices of its condition and counts their answers.', async () => {
    const [one, other, bystander] = [await newDevice(), await newDevice(), await newDevice()];
    const links = [await connect(one), await connect(other, 500), await connect(bystander)];
    const jobId = randomUUID();

    const { jobStatus: queued } = await client.scheduleDeviceMethod(jobId, condition(one, other), LOCK_DOOR, new Date(clock.nowMs()), 300);
    const over = await whenOver(jobId);

    expect(queued).toMatchObject({ jobId, type: 'scheduleDeviceMethod', status: 'queued' });
    expect(over).toMatchObject({
      status: 'completed',
      queryCondition: condition(one, other),
      cloudToDeviceMethod: LOCK_DOOR,
      maxExecutionTimeInSeconds: 300,
      deviceJobStatistics: { deviceCount: 2, succeededCount: 2, failedCount: 0, runningCount: 0, pendingCount: 0 },
    });
    expect(links.map(({ methods }) => methods.length)).toEqual([1, 1, 0]);
  });

  test('waits for a device that is away until the window is over, and completes with it failed.', async () => {
    const away = await newDevice();
    const jobId = randomUUID();

    await client.scheduleDeviceMethod(jobId, condition(away), LOCK_DOOR, new Date(clock.nowMs()), 60);
    await expect.poll(async () => (await client.getJob(jobId)).jobStatus.deviceJobStatistics.pendingCount).toBe(1);
    clock.advance(59_999);
    const { jobStatus: aMomentBefore } = await client.getJob(jobId);
    clock.advance(1);
    const over = await whenOver(jobId);

    expect(aMomentBefore.status).toBe('running');
    expect(over).toMatchObject({ status: 'completed', deviceJobStatistics: { deviceCount: 1, failedCount: 1, succeededCount: 0 } });
  });

  test('takes a payload, and a start of null for this moment.', async () => {
    const deviceId = await newDevice();
    const link = await connect(deviceId);
    const jobId = randomUUID();

    await client.scheduleDeviceMethod(jobId, condition(deviceId), { ...LOCK_DOOR, payload: { door: 7 } });
    await whenOver(jobId);

    expect(link.methods).toMatchObject([{ methodName: 'lockDoor', payload: { door: 7 } }]);
  });

  test('with a callback tells it the same.', async () => {
    const jobId = randomUUID();

    const job = await new Promise((resolve, reject) => {
      client.scheduleDeviceMethod(jobId, condition('nobody'), LOCK_DOOR, new Date(clock.nowMs()), 300, (error, result) => {
        if (error) reject(error);
        else resolve(result);
      });
    });

    expect(job).toMatchObject({ jobId, status: 'queued' });
  });
});

describe('scheduleTwinUpdate', () => {
  test('changes desired properties and tags of devices, connected or not, and tells those that are.', async () => {
    const [online, offline] = [await newDevice(), await newDevice()];
    const link = await connect(online);
    const jobId = randomUUID();

    await client.scheduleTwinUpdate(
      jobId,
      condition(online, offline),
      { ...FLOOR_3, tags: { locked: true } },
      new Date(clock.nowMs()),
      300,
    );
    const over = await whenOver(jobId);
    const twins = [await hub.hub.twins.get({ deviceId: online }), await hub.hub.twins.get({ deviceId: offline })];

    expect(over).toMatchObject({ status: 'completed', type: 'scheduleUpdateTwin', deviceJobStatistics: { succeededCount: 2 } });
    for (const { twin } of twins) {
      expect(twin.desired.properties).toEqual({ building: '43', floor: 3 });
      expect(twin.tags).toEqual({ locked: true });
    }
    expect(link.notices).toMatchObject([{ version: 2, patch: { building: '43', floor: 3 } }]);
  });

  test('begins when its start has come, and not before.', async () => {
    const deviceId = await newDevice();
    const jobId = randomUUID();

    await client.scheduleTwinUpdate(jobId, condition(deviceId), FLOOR_3, new Date(clock.nowMs() + 600_000), 300);
    await expect.poll(async () => (await client.getJob(jobId)).jobStatus.status).toBe('scheduled');
    clock.advance(599_999);
    const aMomentBefore = await hub.hub.twins.get({ deviceId });
    clock.advance(1);
    await whenOver(jobId);

    expect(aMomentBefore.twin.desired.properties).toEqual({});
    expect((await hub.hub.twins.get({ deviceId })).twin.desired.properties).toEqual({ building: '43', floor: 3 });
  });
});

describe('getJob', () => {
  test('of a job that nobody knows answers that, without an error.', async () => {
    expect((await client.getJob('ghost')).jobStatus).toEqual({ jobId: 'ghost', type: 'unknown', status: 'unknown' });
  });

  test('shows why a job with a condition that does not parse has failed.', async () => {
    const jobId = randomUUID();

    await client.scheduleTwinUpdate(jobId, "SELECT * FROM devices WHERE tags.floor = '3'", FLOOR_3, new Date(clock.nowMs()), 300);
    const over = await whenOver(jobId);

    expect(over).toMatchObject({ status: 'failed', deviceJobStatistics: { deviceCount: 0 } });
    expect(over.failureReason).toContain('SELECT');
  });
});

describe('cancelJob', () => {
  test('cancels a job that has not started.', async () => {
    const jobId = randomUUID();
    await client.scheduleTwinUpdate(jobId, '*', FLOOR_3, new Date(clock.nowMs() + 600_000), 300);

    const { jobStatus: cancelled } = await client.cancelJob(jobId);

    expect(cancelled).toMatchObject({ jobId, status: 'cancelled' });
  });

  test('is refused for a job that runs.', async () => {
    const jobId = randomUUID();
    await client.scheduleDeviceMethod(jobId, condition(await newDevice()), LOCK_DOOR, new Date(clock.nowMs()), 300);
    await expect.poll(async () => (await client.getJob(jobId)).jobStatus.status).toBe('running');

    await expect(client.cancelJob(jobId)).rejects.toMatchObject({
      name: 'Error',
      responseBody: expect.stringContaining("Job cannot be cancelled in 'Running' status."),
    });
  });
});

describe('createQuery', () => {
  test('finds jobs by type and status, page by page.', async () => {
    const jobIds = Array.from({ length: 5 }, () => randomUUID());
    const start = new Date(clock.nowMs() + 600_000);
    for (const jobId of jobIds) await client.scheduleDeviceMethod(jobId, condition('nobody'), LOCK_DOOR, start, 300);
    await expect.poll(async () => (await client.getJob(jobIds.at(-1) ?? '')).jobStatus.status).toBe('scheduled');
    const query = client.createQuery('scheduleDeviceMethod', 'scheduled', 2);

    const pages: (readonly JobResponse[])[] = [];
    while (query.hasMoreResults) pages.push(await nextPage(query));

    expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
    expect(new Set(pages.flat().map(({ jobId }) => jobId))).toEqual(new Set(jobIds));
  });
});

/** With a callback the SDK goes on from the page before; as a promise it wants the token each time. */
function nextPage(query: ReturnType<typeof client.createQuery>): Promise<readonly JobResponse[]> {
  return new Promise((resolve, reject) => {
    query.next((error?: Error | null, jobs?: readonly JobResponse[]) => {
      if (error) reject(error);
      else resolve(jobs ?? []);
    });
  });
}

describe('errors of the SDK', () => {
  test.each<readonly [string, string, () => Promise<unknown>]>([
    ['a job id that is taken', 'DeviceAlreadyExistsError', () => scheduleTwice(randomUUID())],
    ['a job id with a space', 'ArgumentError', () => client.scheduleTwinUpdate('a job', '*', FLOOR_3)],
    ['a patch with an etag', 'ArgumentError', () => client.scheduleTwinUpdate(randomUUID(), '*', { ...FLOOR_3, etag: 'AAAA' })],
    [
      'a start that is too far away',
      'ArgumentError',
      () => client.scheduleTwinUpdate(randomUUID(), '*', FLOOR_3, new Date(clock.nowMs() + 169 * 3600_000), 300),
    ],
    ['the cancel of a job that nobody knows', 'Error', () => client.cancelJob('ghost')],
    [
      'a policy that may not',
      'UnauthorizedError',
      () => JobClient.fromConnectionString(hub.serviceConnectionString('registryRead')).getJob('ghost'),
    ],
  ])('%s is %s.', async (_, name, call) => {
    await expect(call()).rejects.toMatchObject({ name });
  });

  test.each(['service', 'registryReadWrite', 'iothubowner'])('None comes for policy %s.', async (policy) => {
    const other = JobClient.fromConnectionString(hub.serviceConnectionString(policy));

    expect((await other.scheduleTwinUpdate(randomUUID(), condition('nobody'), FLOOR_3)).jobStatus.status).toBe('queued');
  });
});

async function scheduleTwice(jobId: string): Promise<void> {
  await client.scheduleTwinUpdate(jobId, condition('nobody'), FLOOR_3);
  await client.scheduleTwinUpdate(jobId, condition('nobody'), FLOOR_3);
}
