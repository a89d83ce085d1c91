// Jobs over REST: their documents, their refusals, and the pages of their list. What jobs do to devices is told in test/unit/hub/jobs.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { methodJob, twinJob } from '../../hub/jobs/job-hub.ts';
import { type Answer, type HttpApi, openHttpApi } from './open-http-api.ts';

const TOMORROW = '2026-01-02T02:00:00Z';

let api: HttpApi;
beforeAll(async () => {
  api = await openHttpApi();
});
afterAll(() => api[Symbol.asyncDispose]());

function put(jobId: string, body: unknown): Promise<Answer> {
  return api.call({ method: 'PUT', path: `/jobs/v2/${jobId}`, body });
}

function show(jobId: string): Promise<Answer> {
  return api.call({ path: `/jobs/v2/${jobId}` });
}

function list(query = '', headers: Record<string, string> = {}): Promise<Answer> {
  return api.call({ path: `/jobs/v2/query?api-version=2021-04-12${query}`, headers });
}

describe('one job', () => {
  test('is answered as it was asked for, and is queued.', async () => {
    const answer = await put('asked', methodJob({ jobId: 'asked', queryCondition: "deviceId IN ['nobody']" }));

    expect(answer).toMatchObject({ status: 200, json: { jobId: 'asked', type: 'scheduleDeviceMethod', status: 'queued' } });
    expect(answer.json).toMatchObject({
      queryCondition: "deviceId IN ['nobody']",
      startTime: '2026-01-01T00:00:00.000Z',
      maxExecutionTimeInSeconds: 300,
      cloudToDeviceMethod: { methodName: 'lockDoor', payload: null, responseTimeoutInSeconds: 15 },
    });
  });

  test('with an id that is taken is 409 JobAlreadyExists, whatever it would do.', async () => {
    await put('taken', twinJob({ startTime: TOMORROW }));

    expect(await put('taken', methodJob())).toMatchObject({ status: 409, headers: { 'iothub-errorcode': 'JobAlreadyExists' } });
  });

  test('that breaks a rule is refused and not there.', async () => {
    const refused = await put('broken', twinJob({ updateTwin: { etag: 'AAAA', tags: {} } }));

    expect(refused).toMatchObject({ status: 400, headers: { 'iothub-errorcode': 'ArgumentInvalid' } });
    expect((await show('broken')).json).toEqual({ jobId: 'broken', type: 'unknown', status: 'unknown' });
  });

  test('may have a body up to the limit, and no longer.', async () => {
    const roomFor = LIMITS.jobBodyBytes.value - JSON.stringify({ ...twinJob(), filler: '' }).length;

    const longest = await put('longest', { ...twinJob(), filler: 'x'.repeat(roomFor) });
    const tooLong = await put('too-long', { ...twinJob(), filler: 'x'.repeat(roomFor + 1) });

    expect([longest.status, tooLong.status]).toEqual([200, 413]);
  });

  test('that nobody knows is 200 with type and status unknown.', async () => {
    expect(await show('ghost')).toMatchObject({ status: 200, json: { jobId: 'ghost', type: 'unknown', status: 'unknown' } });
  });
});

describe('the end of a job', () => {
  test('that has not started is had by cancel, once.', async () => {
    await put('later', twinJob({ startTime: TOMORROW }));

    const cancelled = await api.call({ method: 'POST', path: '/jobs/v2/later/cancel' });
    const again = await api.call({ method: 'POST', path: '/jobs/v2/later/cancel' });

    expect(cancelled).toMatchObject({ status: 200, json: { jobId: 'later', status: 'cancelled', endTime: '2026-01-01T00:00:00.000Z' } });
    expect(again).toMatchObject({ status: 405, headers: { 'iothub-errorcode': 'OperationNotAllowedInCurrentState' } });
  });

  test('that runs is refused to cancel with the words of the service, and had under /hub.', async () => {
    await api.createDevice('away');
    await put('runs', methodJob({ queryCondition: "deviceId = 'away'" }));
    await expect.poll(async () => (await show('runs')).json.deviceJobStatistics.pendingCount).toBe(1);

    const refused = await api.call({ method: 'POST', path: '/jobs/v2/runs/cancel' });
    const stopped = await api.call({ method: 'POST', path: '/hub/jobs/runs/cancel' });

    expect(refused.status).toBe(405);
    expect(refused.json.Message).toBe("ErrorCode:OperationNotAllowedInCurrentState;Job cannot be cancelled in 'Running' status.");
    expect(stopped).toMatchObject({ status: 200, json: { status: 'cancelled' } });
    await expect.poll(async () => (await show('runs')).json.endTime).toBe('2026-01-01T00:00:00.000Z');
    expect((await show('runs')).json.deviceJobStatistics).toMatchObject({ deviceCount: 1, pendingCount: 0, canceledCount: 1 });
  });

  test.each(['/jobs/v2/ghost/cancel', '/hub/jobs/ghost/cancel'])('of a job that nobody knows is 404 JobNotFound at %s.', async (path) => {
    expect(await api.call({ method: 'POST', path })).toMatchObject({ status: 404, headers: { 'iothub-errorcode': 'JobNotFound' } });
  });
});

describe('the list of jobs', () => {
  beforeAll(async () => {
    for (const index of [1, 2, 3]) await put(`listed-${index}`, twinJob({ startTime: TOMORROW, queryCondition: `deviceId = 'listed'` }));
    await put('listed-method', methodJob({ startTime: TOMORROW }));
  });

  test('is an array of jobs with their item type.', async () => {
    const answer = await list();

    expect(answer).toMatchObject({ status: 200, headers: { 'x-ms-item-type': 'JobResponse' } });
    expect(answer.json).toContainEqual((await show('listed-1')).json);
    expect(answer.headers).not.toHaveProperty('x-ms-continuation');
  });

  test('keeps to the type and the status that are asked for.', async () => {
    await expect.poll(async () => (await show('listed-method')).json.status).toBe('scheduled');

    const methods = (await list('&jobType=scheduleDeviceMethod&jobStatus=scheduled')).json;
    const enqueued = (await list('&jobStatus=enqueued')).json;

    expect(methods.map(({ jobId }: { jobId: string }) => jobId)).toEqual(['listed-method']);
    expect(enqueued).toEqual([]);
  });

  test.each(['export', 'backup', 'firmwareUpdate', 'failoverDataCopy'])(
    'is empty for the type %s, which only the service has.',
    async (type) => {
      expect(await list(`&jobType=${type}`)).toMatchObject({ status: 200, json: [] });
    },
  );

  test.each([
    ['headers', (token: string) => list('&jobType=scheduleUpdateTwin', { 'x-ms-max-item-count': '2', 'x-ms-continuation': token })],
    ['parameters', (token: string) => list(`&jobType=scheduleUpdateTwin&pageSize=2&continuationToken=${token}`)],
  ])('comes in pages, asked for by %s, each job once.', async (_, page) => {
    const whole = (await list('&jobType=scheduleUpdateTwin')).json;
    const pages = [await page('')];
    for (
      let token = pages[0]?.headers['x-ms-continuation'];
      typeof token === 'string';
      token = pages.at(-1)?.headers['x-ms-continuation']
    ) {
      pages.push(await page(token));
    }

    expect(pages.length).toBeGreaterThan(1);
    expect(pages.slice(0, -1).map(({ json }) => json.length)).toEqual(pages.slice(0, -1).map(() => 2));
    expect(pages.flatMap(({ json }) => json)).toEqual(whole);
  });

  test.each([
    ['&jobType=reboot', {}],
    ['&jobStatus=canceled', {}],
    ['&pageSize=0', {}],
    ['', { 'x-ms-max-item-count': 'many' }],
    ['', { 'x-ms-continuation': 'not%a-token' }],
    ['', { 'x-ms-continuation': btoa('{"jobs":"elsewhere"}') }],
  ])('is refused for %j with %j.', async (query, headers) => {
    expect(await list(query, headers)).toMatchObject({ status: 400, headers: { 'iothub-errorcode': 'ArgumentInvalid' } });
  });
});
