// What holds for every call: versions, unknown paths and methods, headers, bugs, and what is logged.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HubError } from '../../../../src/domain/errors.ts';
import { API_VERSIONS } from '../../../../src/gateways/http/api-version.ts';
import { type HttpApi, openHttpApi } from './open-http-api.ts';

let api: HttpApi;
beforeAll(async () => {
  api = await openHttpApi();
  await api.createDevice('lamp');
});
afterAll(() => api[Symbol.asyncDispose]());

describe('api-version', () => {
  test.each([...API_VERSIONS])('%s is accepted.', async (version) => {
    expect(await api.call({ path: `/devices/lamp?api-version=${version}` })).toMatchObject({ status: 200 });
  });

  test('Those that a live hub accepted are among them.', () => {
    expect([...API_VERSIONS]).toEqual(
      expect.arrayContaining(['2018-06-30', '2020-05-31-preview', '2020-09-30', '2021-04-12', '2024-03-31']),
    );
  });

  test.each(['/devices/lamp?', '/devices/lamp?api-version=', '/devices/lamp?api-version=2021-04-13', '/twins/lamp?api-version=1%3B2'])(
    'A missing or unknown one is InvalidProtocolVersion: %s',
    async (path) => {
      const { status, json } = await api.call({ path });

      expect(status).toBe(400);
      expect(json.Message.split(';')).toHaveLength(2);
      expect(json.Message).toMatch(/^ErrorCode:InvalidProtocolVersion;.*Use api-version=2021-04-12\.$/);
    },
  );
});

describe('unknown paths and methods', () => {
  test.each([
    '/',
    '/nothing',
    '/configurations/x',
    '/configurations',
    '/statistics',
    '/devices/lamp/modules/m/keys',
    '/twins/lamp/modules',
    '/$iothub/elsewhere',
    '/hub',
    '//devices',
  ])('%s is 404 and points to the list of calls.', async (path) => {
    const { status, headers, json } = await api.call({ path: `${path}?code=secret`, authorization: null });

    expect({ status, errorCode: headers['iothub-errorcode'] }).toEqual({ status: 404, errorCode: 'GenericNotFound' });
    expect(json.Message).toContain(`Nothing is served under ${path}. See docs/compatibility.md`);
  });

  test('An unknown path is 404 whatever comes with it.', async () => {
    expect(await api.call({ method: 'POST', path: '/nothing', bytes: 'x'.repeat(1_000_000) })).toMatchObject({ status: 404 });
  });

  test.each([
    ['HEAD', '/devices/lamp', 'GET, PUT, DELETE'],
    ['OPTIONS', '/devices', 'GET, POST'],
    ['PUT', '/devices', 'GET, POST'],
    ['POST', '/statistics/devices', 'GET'],
    ['POST', '/devices/lamp', 'GET, PUT, DELETE'],
    ['PATCH', '/devices/query', 'GET, PUT, DELETE, POST'],
    ['DELETE', '/twins/lamp', 'GET, PATCH, PUT'],
    ['GET', '/twins/lamp/methods', 'POST'],
    ['PROPFIND', '/twins/lamp', 'GET, PATCH, PUT'],
    ['TRACE', '/hub/status', 'GET'],
    ['QUERY', '/hub/policies', 'GET'],
  ])('%s %s is 405 with Allow: %s', async (method, path, allow) => {
    const { status, headers } = await api.call({ method, path: `${path}?`, authorization: null, bytes: 'x'.repeat(100_000) });

    expect({ status, allow: headers['allow'], errorCode: headers['iothub-errorcode'] }).toEqual({
      status: 405,
      allow,
      errorCode: 'GenericMethodNotAllowed',
    });
  });
});

describe('headers', () => {
  test('The Request-Id of the caller comes back, and another one for a caller without.', async () => {
    const given = await api.call({ path: '/devices/lamp', headers: { 'request-id': 'a7f6-1:2.3_x' } });
    const made = await api.call({ path: '/devices/lamp' });

    expect(given.headers['x-ms-request-id']).toBe('a7f6-1:2.3_x');
    expect(made.headers['x-ms-request-id']).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  test.each(['', 'a b', '<script>', 'x'.repeat(129)])('A Request-Id that is no id is not repeated: %j', async (id) => {
    const { headers } = await api.call({ path: '/devices/lamp', headers: { 'request-id': id } });

    expect(headers['x-ms-request-id']).not.toBe(id);
  });

  test('No answer says what software runs, shares itself with other sites, or may be kept.', async () => {
    for (const path of ['/devices/lamp', '/nothing', '/hub/health/live', '/devices/%zz']) {
      const { headers } = await api.call({ path, headers: { origin: 'https://elsewhere.example' } });

      expect(
        Object.keys(headers).filter((name) => /^(server|x-powered-by|access-control-.*|vary)$/.test(name)),
        path,
      ).toEqual([]);
      expect(headers['cache-control'], path).toBe('no-store');
    }
  });

  test.each(['gzip', 'br', 'GZIP, identity'])('A body encoded with %s is refused in words.', async (encoding) => {
    const { status, json } = await api.call({
      method: 'PATCH',
      path: '/twins/lamp',
      bytes: 'x',
      headers: { 'content-encoding': encoding },
    });

    expect(status).toBe(400);
    expect(json.Message).toMatch(/^ErrorCode:GenericBadRequest;The Content-Encoding of the request is not supported/);
  });

  test('The encoding that changes nothing is accepted.', async () => {
    const headers = { 'content-encoding': 'Identity' };

    expect(await api.call({ method: 'PATCH', path: '/twins/lamp', body: {}, headers })).toMatchObject({ status: 200 });
  });
});

describe('bugs', () => {
  test('An unexpected error is 500 without a word of it; the log has it once, under the tracking id of the answer.', async () => {
    const bug = new Error('secret detail');
    await using broken = await openHttpApi((hub) => ({
      ...hub,
      devices: Object.assign(Object.create(hub.devices), { get: () => Promise.reject(bug) }),
    }));

    const { status, headers, text, json } = await broken.call({ path: '/devices/lamp' });

    expect({ status, errorCode: headers['iothub-errorcode'] }).toEqual({ status: 500, errorCode: 'ServerError' });
    expect(text).not.toContain('secret detail');
    const trackingId = /^Tracking ID:([0-9a-f]{32})-G:0-/.exec(json.ExceptionMessage)?.[1];
    expect(broken.log.filter(({ level }) => level === 'error')).toEqual([
      {
        level: 'error',
        fields: { error: bug, trackingId, method: 'GET', route: '/devices/:deviceId' },
        message: 'A request failed through a fault in the hub or its store.',
      },
    ]);
  });

  test('Why the store fails goes to the log, and only the sentence for the caller goes out.', async () => {
    const refusal = new HubError('ServiceUnavailable', 'The disk of the store is full.', { cause: new Error('secret detail') });
    await using broken = await openHttpApi((hub) => ({
      ...hub,
      devices: Object.assign(Object.create(hub.devices), { get: () => Promise.reject(refusal) }),
    }));

    const { status, text } = await broken.call({ path: '/devices/lamp' });

    expect(status).toBe(503);
    expect(text).not.toContain('secret detail');
    expect(broken.log.filter(({ level }) => level === 'error').map(({ fields }) => fields['error'])).toEqual([refusal]);
  });

  test('A handler that throws what is no error is a bug like any other.', async () => {
    // oxlint-disable-next-line prefer-promise-reject-errors -- this is the case under test
    const thrown = Promise.reject('text');
    thrown.catch(() => undefined);
    await using broken = await openHttpApi((hub) => ({
      ...hub,
      devices: Object.assign(Object.create(hub.devices), { get: () => thrown }),
    }));

    expect(await broken.call({ path: '/devices/lamp' })).toMatchObject({ status: 500 });
  });
});

test('The debug log names the pattern of the route, and holds no query, path or token.', async () => {
  await api.call({ path: '/devices/lamp?api-version=2021-04-12&token=secret' });

  const line = api.log.at(-1);
  expect(line).toMatchObject({ level: 'debug', fields: { method: 'GET', route: '/devices/:deviceId', status: 200 } });
  expect(Object.keys(line?.fields ?? {}).toSorted()).toEqual(['method', 'ms', 'route', 'status', 'trackingId']);
  expect(JSON.stringify(api.log)).not.toMatch(/secret|SharedAccessSignature|lamp/);
});
