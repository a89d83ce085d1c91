// Twins over REST: merge and replace, conditions, and every refusal.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { principalOf, RecordingLink } from '../../../support/open-hub.ts';
import { type Answer, type HttpApi, openHttpApi } from './open-http-api.ts';

let api: HttpApi;
beforeAll(async () => {
  api = await openHttpApi();
});
afterAll(() => api[Symbol.asyncDispose]());

let devices = 0;
/** @returns the path of its twin. */
async function newTwin(): Promise<string> {
  devices += 1;
  await api.createDevice(`device-${devices}`);
  return `/twins/device-${devices}`;
}

function patch(path: string, body: unknown, ifMatch?: string): Promise<Answer> {
  return api.call({ method: 'PATCH', path, body, ...(ifMatch !== undefined && { ifMatch }) });
}

test('GET answers the whole twin with its etag, also as a quoted header.', async () => {
  const path = await newTwin();

  const { status, json, headers } = await api.call({ path });

  expect(status).toBe(200);
  expect(json).toMatchObject({ deviceId: path.slice(7), tags: {}, properties: { desired: { $version: 1 }, reported: { $version: 1 } } });
  expect(headers['etag']).toBe(`"${json.etag}"`);
});

test('PATCH merges and answers the whole twin with a new etag and a desired version one higher.', async () => {
  const path = await newTwin();
  const { json: before } = await patch(path, { tags: { floor: 1 }, properties: { desired: { a: { b: 1, c: 2 } } } });

  const { status, json } = await patch(path, { tags: { room: 'x' }, properties: { desired: { a: { b: null } } } });

  expect(status).toBe(200);
  expect(json.tags).toEqual({ floor: 1, room: 'x' });
  expect(json.properties.desired).toMatchObject({ a: { c: 2 }, $version: before.properties.desired.$version + 1 });
  expect(json.properties.desired.a).toEqual({ c: 2 });
  expect(json.etag).not.toBe(before.etag);
});

test('POST that stands for PATCH, as the service SDK for Java sends it, with null for all that it does not set, merges too.', async () => {
  const path = await newTwin();
  await patch(path, { tags: { floor: 1 } });
  const body = {
    deviceId: null,
    etag: null,
    version: null,
    status: null,
    tags: {},
    properties: { desired: { a: 1 } },
    configurations: null,
  };

  const { status, json } = await api.call({ method: 'POST', path, body, headers: { 'x-http-method-override': 'PATCH' } });

  expect(status).toBe(200);
  expect(json).toMatchObject({ tags: { floor: 1 }, properties: { desired: { a: 1 } } });
});

test('POST that stands for anything else, or for nothing, is not served.', async () => {
  const path = await newTwin();

  const answers = [];
  for (const override of ['PUT', 'GET', 'patch', '']) {
    answers.push(await api.call({ method: 'POST', path, body: { tags: { a: 1 } }, headers: { 'x-http-method-override': override } }));
  }

  expect(answers.map(({ status }) => status)).toEqual([405, 405, 405, 405]);
});

test('POST that stands for PATCH needs the permission that PATCH needs.', async () => {
  const path = await newTwin();
  const disguised = { method: 'POST', path, body: { tags: { a: 1 } }, headers: { 'x-http-method-override': 'PATCH' } };

  const { status } = await api.call({ ...disguised, policy: 'registryReadWrite' });
  const { json } = await api.call({ path });

  expect(status).toBe(401);
  expect(json.tags).toEqual({});
});

test('PUT puts sections in the place of the old ones.', async () => {
  const path = await newTwin();
  await patch(path, { tags: { old: 1 }, properties: { desired: { old: 1 } } });

  const { status, json } = await api.call({ method: 'PUT', path, body: { tags: { new: 1 }, properties: { desired: { new: 1 } } } });

  expect(status).toBe(200);
  expect(json.tags).toEqual({ new: 1 });
  expect(json.properties.desired).not.toHaveProperty('old');
});

test('A twin that was read may be sent back whole.', async () => {
  const path = await newTwin();
  const { json: twin } = await patch(path, { tags: { a: 1 }, properties: { desired: { b: 2 } } });

  const { status, json } = await patch(path, twin, `"${twin.etag}"`);

  expect(status).toBe(200);
  expect(json.tags).toEqual({ a: 1 });
});

test.each(['GET', 'PATCH', 'PUT'])('%s of an unknown device is DeviceNotFound.', async (method) => {
  const { status, json } = await api.call({ method, path: '/twins/ghost', body: { tags: {} } });

  expect(status).toBe(404);
  expect(json.Message).toMatch(/^ErrorCode:DeviceNotFound;/);
});

describe('refused bodies', () => {
  test.each([
    ['none at all', '', 'ArgumentNull'],
    ['no JSON', '{"tags":', 'DeserializationError'],
    ['no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'DeserializationError'],
    ['a NUL in a value', '{"tags":{"a":"\\u0000"}}', 'DeserializationError'],
    ['half a surrogate pair', '{"tags":{"a":"\\ud800"}}', 'DeserializationError'],
    ['a bare NUL byte', '{"tags":\0}', 'DeserializationError'],
    ['deep nesting', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'DeserializationError'],
    ['an array', '[]', 'ArgumentInvalid'],
    ['null', 'null', 'ArgumentInvalid'],
    ['a key that is not allowed', '{"tags":{"a.b":1}}', 'ArgumentInvalid'],
    ['tags that are no object', '{"tags":1}', 'ArgumentInvalid'],
  ])('%s', async (_, bytes, errorCode) => {
    const path = await newTwin();

    const { status, headers } = await api.call({ method: 'PATCH', path, bytes });

    expect({ status, errorCode: headers['iothub-errorcode'] }).toEqual({ status: 400, errorCode });
    expect((await api.call({ path })).json.tags).toEqual({});
  });

  test('Tags that would grow past their limit are 403.', async () => {
    const path = await newTwin();
    const full = Object.fromEntries(['a', 'b', 'c'].map((key) => [key, 'x'.repeat(3000)]));

    const { status, headers } = await patch(path, { tags: full });

    expect({ status, errorCode: headers['iothub-errorcode'] }).toEqual({ status: 403, errorCode: 'DeviceModelMaxPropertiesExceeded' });
  });

  test('A body of the greatest size is read, one byte more is not.', async () => {
    const path = await newTwin();
    const body = (size: number): string => '{"ignored":"'.padEnd(size - 2, 'y').concat('"}');

    const largest = await api.call({ method: 'PATCH', path, bytes: body(LIMITS.twinBodyBytes.value) });
    const tooLarge = await api.call({ method: 'PATCH', path, bytes: body(LIMITS.twinBodyBytes.value + 1) });

    expect([largest.status, tooLarge.status]).toEqual([200, 413]);
    expect(tooLarge.json.Message).toMatch(/^ErrorCode:MessageTooLarge;/);
  });
});

describe('odd bodies that are taken', () => {
  test('Of a key that stands twice the last value counts.', async () => {
    const path = await newTwin();

    const { json } = await api.call({ method: 'PATCH', path, bytes: '{"tags":{"a":1,"a":2}}' });

    expect(json.tags).toEqual({ a: 2 });
  });

  test('A __proto__ key is an ordinary key and touches no prototype.', async () => {
    const path = await newTwin();

    const { status } = await api.call({ method: 'PATCH', path, bytes: '{"__proto__":{"polluted":1},"tags":{"__proto__":{"polluted":1}}}' });
    const read = await api.call({ path });

    expect(status).toBe(200);
    expect(read.text).toContain('"tags":{"__proto__":{"polluted":1}}');
    expect({}).not.toHaveProperty('polluted');
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'nonsense', undefined])(
    'JSON under the content type %s is JSON.',
    async (type) => {
      const path = await newTwin();

      const { json } = await api.call({
        method: 'PATCH',
        path,
        bytes: '{"tags":{"a":1}}',
        ...(type !== undefined && { headers: { 'content-type': type } }),
      });

      expect(json.tags).toEqual({ a: 1 });
    },
  );
});

test('A connected device has been sent the change when PATCH is answered.', async () => {
  const device = await api.createDevice('listener');
  const link = new RecordingLink();
  await api.hub.connections.connect(principalOf(device), link);

  await patch('/twins/listener', { properties: { desired: { on: true } } });

  expect(link.notices).toEqual([{ version: 2, patch: { on: true } }]);
});
