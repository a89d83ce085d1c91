// Devices over REST: what is asked, what is answered, and every refusal.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { RecordingLink, principalOf } from '../../../support/open-hub.ts';
import { type Answer, type HttpApi, openHttpApi } from './open-http-api.ts';
import { sasKeys } from '../../../support/identities.ts';

let api: HttpApi;
beforeAll(async () => {
  api = await openHttpApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const KEY = Buffer.alloc(32, 1).toString('base64');
const OTHER_KEY = Buffer.alloc(32, 2).toString('base64');

function put(deviceId: string, body: object, ifMatch?: string): Promise<Answer> {
  return api.call({ method: 'PUT', path: `/devices/${encodeURIComponent(deviceId)}`, body, ...(ifMatch !== undefined && { ifMatch }) });
}

describe('PUT /devices/{id} without If-Match', () => {
  test('creates the device with keys and answers 200 with the whole of it.', async () => {
    const { status, json, headers } = await put('created', { deviceId: 'created', statusReason: 'new' });

    expect(status).toBe(200);
    expect(json).toMatchObject({ deviceId: 'created', status: 'enabled', statusReason: 'new', connectionState: 'Disconnected' });
    expect(Buffer.from(json.authentication.symmetricKey.primaryKey, 'base64')).toHaveLength(32);
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(headers['etag']).toBe(`"${json.etag}"`);
  });

  test('returns keys that were given as they are.', async () => {
    const { json } = await put('own-keys', { authentication: { type: 'sas', symmetricKey: { primaryKey: KEY, secondaryKey: OTHER_KEY } } });

    expect(json.authentication.symmetricKey).toEqual({ primaryKey: KEY, secondaryKey: OTHER_KEY });
  });

  test('refuses a device that exists, even with its etag in the body.', async () => {
    const { json: device } = await put('twice', {});

    const { status, headers, json } = await put('twice', device);

    expect(status).toBe(409);
    expect(headers['iothub-errorcode']).toBe('DeviceAlreadyExists');
    expect(json.Message).toBe("ErrorCode:DeviceAlreadyExists;A device with ID 'twice' is already registered.");
  });

  test('refuses an id with a slash.', async () => {
    const { status, headers } = await put('invalid/name', {});

    expect(status).toBe(400);
    expect(headers['iothub-errorcode']).toBe('ArgumentInvalid');
  });

  test('refuses a body for another device.', async () => {
    expect(await put('one', { deviceId: 'other' })).toMatchObject({ status: 400 });
  });

  test('refuses to go without a body.', async () => {
    const { status, headers } = await api.call({ method: 'PUT', path: '/devices/bodiless' });

    expect(status).toBe(400);
    expect(headers['iothub-errorcode']).toBe('ArgumentNull');
  });

  test('takes an id of the greatest length, and none longer.', async () => {
    const longest = 'x'.repeat(LIMITS.deviceIdChars.value);

    expect(await put(longest, {})).toMatchObject({ status: 200, json: { deviceId: longest } });
    expect(await put(`${longest}x`, {})).toMatchObject({ status: 400 });
  });

  test('takes a body of the greatest size, and none larger.', async () => {
    const max = LIMITS.deviceBodyBytes.value;
    const body = (size: number): string => '{"x":"'.padEnd(size - 2, 'y').concat('"}');
    const put32K = (deviceId: string, size: number): Promise<Answer> =>
      api.call({ method: 'PUT', path: `/devices/${deviceId}`, bytes: body(size) });

    expect(await put32K('largest', max)).toMatchObject({ status: 200 });
    expect(await put32K('too-large', max + 1)).toMatchObject({ status: 413, headers: { 'iothub-errorcode': 'MessageTooLarge' } });
  });
});

describe('PUT /devices/{id} with If-Match', () => {
  test('replaces the whole identity: what is left out is back at its default.', async () => {
    const { json: before } = await put('replaced', { status: 'disabled', statusReason: 'spare' });

    const { status, json } = await put('replaced', { deviceId: 'replaced' }, '*');

    expect(status).toBe(200);
    expect(json).toMatchObject({ status: 'enabled', statusReason: null, generationId: before.generationId });
    expect(json.etag).not.toBe(before.etag);
    expect(json.authentication.symmetricKey).not.toEqual(before.authentication.symmetricKey);
  });

  test('refuses a device that does not exist.', async () => {
    expect(await put('nobody', {}, '"*"')).toMatchObject({ status: 404, headers: { 'iothub-errorcode': 'DeviceNotFound' } });
  });

  test('disconnects a device that it disables.', async () => {
    const device = await api.createDevice('cut-off');
    const link = new RecordingLink();
    await api.hub.connections.connect(principalOf(device), link);

    await put('cut-off', { status: 'disabled', authentication: { symmetricKey: sasKeys(device) } }, '*');

    expect(link.closed).toEqual(['signInChanged']);
  });
});

describe('GET /devices/{id}', () => {
  test('answers the device as it was created.', async () => {
    const { json: created } = await put('read', {});

    const { status, json, headers } = await api.call({ path: '/devices/read' });

    expect(status).toBe(200);
    expect(json).toEqual(created);
    expect(headers['etag']).toBe(`"${created.etag}"`);
  });

  test('answers 404 with the name that SDKs look for.', async () => {
    const { status, json } = await api.call({ path: '/devices/ghost' });

    expect(status).toBe(404);
    expect(json.Message).toBe("ErrorCode:DeviceNotFound;No device with ID 'ghost' is registered.");
    expect(json.ExceptionMessage).toMatch(/^Tracking ID:[0-9a-f]{32}-G:0-TimeStamp:01\/01\/2026 00:00:00$/);
  });

  test('tolerates a slash at the end.', async () => {
    await put('slashed', {});

    expect(await api.call({ path: '/devices/slashed/' })).toMatchObject({ status: 200, json: { deviceId: 'slashed' } });
  });
});

describe('DELETE /devices/{id}', () => {
  test('removes the device and answers 204 without a body.', async () => {
    await put('gone', {});

    const { status, text } = await api.call({ method: 'DELETE', path: '/devices/gone', ifMatch: '"*"' });

    expect([status, text]).toEqual([204, '']);
    expect(await api.call({ path: '/devices/gone' })).toMatchObject({ status: 404 });
  });

  test.each([
    ['a content type and no body', { headers: { 'content-type': 'application/json; charset=utf-8' } }],
    ['a body, which is ignored', { bytes: 'no JSON' }],
    ['a content type that is none', { headers: { 'content-type': ';;' } }],
  ])('works with %s.', async (_, parts) => {
    await put('odd', {});

    expect(await api.call({ method: 'DELETE', path: '/devices/odd', ifMatch: '*', ...parts })).toMatchObject({ status: 204 });
  });

  test('says that it wants If-Match.', async () => {
    await put('kept', {});

    const { json } = await api.call({ method: 'DELETE', path: '/devices/kept' });

    expect(json.Message).toMatch(/^ErrorCode:PreconditionFailed;Etag missing/);
  });

  test('answers 404 for a device that does not exist.', async () => {
    expect(await api.call({ method: 'DELETE', path: '/devices/ghost', ifMatch: '*' })).toMatchObject({ status: 404 });
  });
});

test('GET /devices lists devices by id; top is 1 to 1000, and 1000 when it is anything else.', async () => {
  await using empty = await openHttpApi();
  for (const deviceId of ['b', 'a', 'c']) await empty.createDevice(deviceId);
  const idsAt = async (path: string): Promise<string[]> =>
    (await empty.call({ path })).json.map((device: { deviceId: string }) => device.deviceId);

  expect(await idsAt('/devices/?api-version=2021-04-12')).toEqual(['a', 'b', 'c']);
  expect(await idsAt('/devices?api-version=2021-04-12&top=2')).toEqual(['a', 'b']);
  expect(await idsAt('/devices?top=1&top=2&api-version=2021-04-12')).toEqual(['a', 'b']);
  for (const top of ['0', '-1', '1001', '1.5', 'x', '', '1e1']) {
    expect(await idsAt(`/devices?api-version=2021-04-12&top=${top}`), top).toEqual(['a', 'b', 'c']);
  }
});
