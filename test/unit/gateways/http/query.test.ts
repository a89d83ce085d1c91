// Queries over the REST API: pages, item types, and what is refused.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { twinJob } from '../../hub/jobs/job-hub.ts';
import { type Answer, type HttpApi, openHttpApi } from './open-http-api.ts';

let api: HttpApi;
beforeAll(async () => {
  api = await openHttpApi();
  for (const id of ['a', 'b', 'c', 'query']) await api.createDevice(id);
  await api.call({ method: 'PATCH', path: '/twins/b', body: { tags: { floor: 2 }, properties: { desired: { on: true } } } });
});
afterAll(() => api[Symbol.asyncDispose]());

function query(text: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return api.call({ method: 'POST', path: '/devices/query', body: { query: text }, headers });
}

describe('a query', () => {
  test('for everything answers whole twins, as a GET of each does.', async () => {
    const { status, json, headers } = await query(`SELECT * FROM devices WHERE tags.floor = 2`);

    const { json: twin } = await api.call({ path: '/twins/b' });
    expect(status).toBe(200);
    expect(headers['x-ms-item-type']).toBe('Twin');
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(json).toEqual([twin]);
  });

  test('for some properties answers those that are there.', async () => {
    const { json, headers } = await query(
      `SELECT deviceid, tags.floor, properties.desired.$version AS v FROM devices WHERE deviceId IN ['a', 'b']`,
    );

    expect(headers['x-ms-item-type']).toBe('Raw');
    expect(json).toEqual([
      { deviceId: 'a', v: 1 },
      { deviceId: 'b', floor: 2, v: 2 },
    ]);
  });

  test('that finds nothing answers an empty last page.', async () => {
    const { json, headers } = await query('SELECT * FROM devices WHERE false');

    expect(json).toEqual([]);
    expect(headers).not.toHaveProperty('x-ms-continuation');
  });

  test('that is not valid is refused with its place, and no semicolon that SDKs would split at.', async () => {
    const { status, json, headers } = await query('SELECT * FROM devices WHERE a = 1;');

    expect(status).toBe(400);
    expect(headers['iothub-errorcode']).toBe('ArgumentInvalid');
    expect(json.Message).toBe(
      `ErrorCode:ArgumentInvalid;The query is not valid at line 1:34: a semicolon has no meaning here.
SELECT * FROM devices WHERE a = 1·
                                 ^`,
    );
  });

  test('of records of jobs answers what each device was asked and said.', async () => {
    await api.call({ method: 'PUT', path: '/jobs/v2/floors', body: twinJob({ queryCondition: "deviceId IN ['a', 'c']" }) });
    await expect.poll(async () => (await api.call({ path: '/jobs/v2/floors' })).json.status).toBe('completed');

    const whole = await query("SELECT * FROM devices.jobs WHERE devices.jobs.jobId = 'floors'");
    const columns = await query("SELECT deviceId, status FROM devices.jobs WHERE jobId = 'floors' AND deviceId = 'c'");

    const record = { jobId: 'floors', jobType: 'scheduleUpdateTwin', status: 'completed', outcome: {} };
    expect(whole.headers['x-ms-item-type']).toBe('DeviceJob');
    expect(whole.json).toMatchObject([
      { ...record, deviceId: 'a' },
      { ...record, deviceId: 'c' },
    ]);
    expect(columns.headers['x-ms-item-type']).toBe('Raw');
    expect(columns.json).toEqual([{ deviceId: 'c', status: 'completed' }]);
  });
});

describe('a page', () => {
  test('is as long as asked for, and the next one begins after it.', async () => {
    const first = await query('SELECT deviceId FROM devices', { 'x-ms-max-item-count': '3' });
    const second = await query('SELECT deviceId FROM devices', {
      'x-ms-max-item-count': '3',
      'x-ms-continuation': String(first.headers['x-ms-continuation']),
    });

    expect(first.json).toEqual([{ deviceId: 'a' }, { deviceId: 'b' }, { deviceId: 'c' }]);
    expect(second.json).toEqual([{ deviceId: 'query' }]);
    expect(second.headers).not.toHaveProperty('x-ms-continuation');
  });

  test('that is full and the last one says so.', async () => {
    const { json, headers } = await query('SELECT * FROM devices', { 'x-ms-max-item-count': '4' });

    expect(json).toHaveLength(4);
    expect(headers).not.toHaveProperty('x-ms-continuation');
  });

  test.each(['1000000', '99999999999999999999', ''])('may be asked for with size %j.', async (size) => {
    expect((await query('SELECT * FROM devices', { 'x-ms-max-item-count': size })).json).toHaveLength(4);
  });

  test.each(['0', '-1', 'ten', '1.5'])('may not be asked for with size %j.', async (size) => {
    expect(await query('SELECT * FROM devices', { 'x-ms-max-item-count': size })).toMatchObject({
      status: 400,
      json: { Message: `ErrorCode:ArgumentInvalid;x-ms-max-item-count must be a whole number above 0, not '${size}'.` },
    });
  });

  test.each(['nonsense', '%', btoa('null'), btoa('{"devices":5}'), `${btoa('{"after":[["a"]]}')}.${btoa('signature')}`, '.', '..'])(
    'does not go on from the token %j.',
    async (token) => {
      const { status, json } = await query('SELECT * FROM devices', { 'x-ms-continuation': token });

      expect(status).toBe(400);
      expect(json.Message).toContain('The continuation token is not one of this hub for this query.');
    },
  );
});

describe('the body of a query', () => {
  test.each<[unknown, string, string]>([
    [{}, 'ArgumentNull', "The property 'query' is missing"],
    [{ query: '' }, 'ArgumentNull', "The property 'query' is missing"],
    [{ query: 5 }, 'ArgumentInvalid', "'query' must be a string."],
    [['SELECT'], 'ArgumentInvalid', 'The body must be a JSON object'],
  ])('that is %j is refused.', async (body, errorCode, message) => {
    const { status, json, headers } = await api.call({ method: 'POST', path: '/devices/query', body });

    expect({ status, errorCode: headers['iothub-errorcode'] }).toEqual({ status: 400, errorCode });
    expect(json.Message).toContain(message);
  });

  test('has room for the longest query, however it is written.', async () => {
    const text = 'SELECT * FROM devices'.padEnd(LIMITS.queryChars.value);
    const escaped = Array.from(text, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');

    expect(await api.call({ method: 'POST', path: '/devices/query', bytes: `{"query":"${escaped}"}` })).toMatchObject({ status: 200 });
    expect(await query(`${text} `)).toMatchObject({ status: 400 });
  });
});

test('A device may be called query.', async () => {
  expect((await api.call({ path: '/devices/query' })).json).toMatchObject({ deviceId: 'query' });
});
