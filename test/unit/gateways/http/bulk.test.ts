// Bulk calls over REST: each import mode, answers for each item, and what refuses the whole call.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { type Answer, type HttpApi, openHttpApi } from './open-http-api.ts';

let api: HttpApi;
beforeAll(async () => {
  api = await openHttpApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const KEY = Buffer.alloc(32, 1).toString('base64');
const OTHER_KEY = Buffer.alloc(32, 2).toString('base64');
const ALL_DONE = { isSuccessful: true, errors: [], warnings: [] };

let devices = 0;
/** @returns an id that no other test has. */
async function newDevice(): Promise<string> {
  devices += 1;
  await api.createDevice(`device-${devices}`);
  return `device-${devices}`;
}

function bulk(body: unknown): Promise<Answer> {
  return api.call({ method: 'POST', path: '/devices', body });
}

async function read(kind: 'devices' | 'twins', id: string): Promise<Answer['json']> {
  const { status, json } = await api.call({ path: `/${kind}/${id}` });
  return status === 200 ? json : status;
}

describe('importMode', () => {
  test('create makes devices with their twins.', async () => {
    const { status, json, headers } = await bulk([
      {
        id: 'made-1',
        importMode: 'create',
        status: 'disabled',
        statusReason: 'spare',
        tags: { floor: 1 },
        properties: { desired: { a: 1 } },
      },
      { id: 'made-2', importMode: 'create', authentication: { type: 'sas', symmetricKey: { primaryKey: KEY, secondaryKey: OTHER_KEY } } },
    ]);

    expect({ status, json, errorCode: headers['iothub-errorcode'] }).toEqual({ status: 200, json: ALL_DONE, errorCode: undefined });
    expect(await read('devices', 'made-1')).toMatchObject({ status: 'disabled', statusReason: 'spare' });
    expect(await read('twins', 'made-1')).toMatchObject({ tags: { floor: 1 }, properties: { desired: { a: 1, $version: 2 } } });
    expect((await read('devices', 'made-2')).authentication.symmetricKey).toEqual({ primaryKey: KEY, secondaryKey: OTHER_KEY });
  });

  test('update replaces the identity and merges into the twin.', async () => {
    const id = await newDevice();
    await api.call({ method: 'PATCH', path: `/twins/${id}`, body: { tags: { kept: 1 } } });
    const before = await read('devices', id);

    const { json } = await bulk([{ id, importMode: 'update', status: 'disabled', tags: { added: 2 } }]);

    const after = await read('devices', id);
    expect(json).toEqual(ALL_DONE);
    expect(after).toMatchObject({ status: 'disabled', generationId: before.generationId });
    expect(after.authentication.symmetricKey).not.toEqual(before.authentication.symmetricKey);
    expect((await read('twins', id)).tags).toEqual({ kept: 1, added: 2 });
  });

  test.each(['updateIfMatchETag', 'deleteIfMatchETag'])('%s goes by the etag of the device.', async (importMode) => {
    const id = await newDevice();
    const { etag } = await read('devices', id);

    const wrong = await bulk([{ id, importMode, eTag: 'MA==' }]);
    const untouched = await read('devices', id);
    const right = await bulk([{ id, importMode, eTag: etag }]);

    expect(wrong).toMatchObject({
      status: 400,
      json: { errors: [{ deviceId: id, errorCode: 'PreconditionFailed', operation: importMode }] },
    });
    expect(untouched.etag).toBe(etag);
    expect(right).toMatchObject({ status: 200, json: ALL_DONE });
    expect((await read('devices', id)) === 404).toBe(importMode === 'deleteIfMatchETag');
  });

  test('delete removes device and twin, whatever etag comes with it.', async () => {
    const id = await newDevice();

    const { status } = await bulk([{ id, importMode: 'delete', eTag: 'MA==' }]);

    expect([status, await read('devices', id), await read('twins', id)]).toEqual([200, 404, 404]);
  });

  test('updateTwin merges tags and desired properties and leaves the device alone.', async () => {
    const id = await newDevice();
    const before = await read('devices', id);
    await bulk([{ id, importMode: 'updateTwin', tags: { a: 1, b: 1 }, properties: { desired: { c: 1 } } }]);

    const { json } = await bulk([
      {
        id,
        importMode: 'updateTwin',
        status: 'disabled',
        twinETag: 'x',
        tags: { a: null },
        properties: { desired: { d: 2 }, reported: { r: 1 } },
      },
    ]);

    const twin = await read('twins', id);
    expect(json).toEqual(ALL_DONE);
    expect([twin.tags, twin.properties.desired.$version]).toEqual([{ b: 1 }, 3]);
    expect(twin.properties.desired).toMatchObject({ c: 1, d: 2 });
    expect(twin.properties.reported).not.toHaveProperty('r');
    expect(await read('devices', id)).toEqual(before);
  });

  test('updateTwinIfMatchETag goes by the etag of the twin.', async () => {
    const id = await newDevice();
    const { etag } = await read('twins', id);
    const change = { id, importMode: 'updateTwinIfMatchETag', twinETag: etag, tags: { a: 1 } };

    const first = await bulk([change]);
    const second = await bulk([{ ...change, tags: { a: 2 } }]);

    expect([first.status, second.status]).toEqual([200, 400]);
    expect(second.json.errors).toMatchObject([{ errorCode: 'PreconditionFailed', operation: 'updateTwinIfMatchETag' }]);
    expect((await read('twins', id)).tags).toEqual({ a: 1 });
  });

  test.each(['createOrUpdate', 'createOrUpdateIfMatchETag'])('%s, which is for files, refuses its item.', async (importMode) => {
    const { status, json } = await bulk([{ id: 'by-file', importMode }]);

    expect(status).toBe(400);
    expect(json.errors).toEqual([
      {
        deviceId: 'by-file',
        errorCode: 'ArgumentInvalid',
        errorStatus: expect.stringContaining("'importMode' must be one of create, update,"),
      },
    ]);
    expect(await read('devices', 'by-file')).toBe(404);
  });
});

describe('a call of which some items are refused', () => {
  test('does the others and answers 400 with the result, under the name that SDKs for .NET look for.', async () => {
    const id = await newDevice();

    const { status, headers, json } = await bulk([
      { id, importMode: 'create', tags: { a: 1 } },
      { id: 'partly-1', importMode: 'create' },
      { id: 'bad/id', importMode: 'create' },
      { id, moduleId: 'camera', importMode: 'update' },
      { id: 'partly-2', importMode: 'create' },
    ]);

    expect({ status, errorCode: headers['iothub-errorcode'] }).toEqual({ status: 400, errorCode: 'BulkRegistryOperationFailure' });
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(json).toEqual({
      isSuccessful: false,
      errors: [
        {
          deviceId: id,
          errorCode: 'DeviceAlreadyExists',
          errorStatus: `A device with ID '${id}' is already registered.`,
          operation: 'create',
        },
        {
          deviceId: 'bad/id',
          errorCode: 'ArgumentInvalid',
          errorStatus: expect.stringContaining("'bad/id' is not valid"),
          operation: 'create',
        },
        {
          deviceId: id,
          moduleId: 'camera',
          errorCode: 'ModuleNotFound',
          errorStatus: `The device '${id}' has no module with ID 'camera'.`,
          operation: 'update',
        },
      ],
      warnings: [],
    });
    expect((await read('twins', id)).tags).toEqual({});
    expect(await read('devices', 'partly-1')).toMatchObject({ deviceId: 'partly-1' });
    expect(await read('devices', 'partly-2')).toMatchObject({ deviceId: 'partly-2' });
  });

  test('leaves no half of a device whose twin is refused.', async () => {
    const tags = { a: 'x'.repeat(4000), b: 'x'.repeat(4000), c: 'x'.repeat(400) };

    const { json } = await bulk([{ id: 'half', importMode: 'create', tags }]);

    expect(json.errors).toMatchObject([{ deviceId: 'half', errorCode: 'DeviceModelMaxPropertiesExceeded' }]);
    expect(await read('devices', 'half')).toBe(404);
  });

  test('keeps a refused key out of the answer.', async () => {
    const authentication = { symmetricKey: { primaryKey: 'secret', secondaryKey: 'secret' } };

    const { status, text } = await bulk([{ id: 'leak', importMode: 'create', authentication }]);

    expect(status).toBe(400);
    expect(text).not.toContain('secret');
  });
});

describe('the whole call', () => {
  test.each([
    ['an object', { devices: [] }, '400 ArgumentInvalid'],
    ['an item without an id', [{ id: 'whole', importMode: 'create' }, { importMode: 'create' }], '400 ArgumentInvalid'],
    [
      'a device twice',
      [
        { id: 'whole', importMode: 'create' },
        { id: 'whole', importMode: 'delete' },
      ],
      '400 DeviceDefinedMultipleTimes',
    ],
    ['101 devices', Array.from({ length: 101 }, (_, index) => ({ id: `whole${index}`, importMode: 'create' })), '413 TooManyDevices'],
  ])('is refused with %s, and nothing is done.', async (_, body, refusal) => {
    const before = await api.hub.devices.count();

    const { status, headers, json } = await bulk(body);

    const errorCode = String(headers['iothub-errorcode']);
    expect(`${status} ${errorCode}`).toBe(refusal);
    expect(json.Message).toMatch(new RegExp(`^ErrorCode:${errorCode};`));
    expect(await api.hub.devices.count()).toEqual(before);
  });

  test('is refused without a body, and with one that is no JSON.', async () => {
    const none = await api.call({ method: 'POST', path: '/devices' });
    const broken = await api.call({ method: 'POST', path: '/devices', bytes: '[{' });

    expect([none, broken].map(({ status, headers }) => [status, headers['iothub-errorcode']])).toEqual([
      [400, 'ArgumentNull'],
      [400, 'DeserializationError'],
    ]);
  });

  test('may name 100 devices, or none, under a path with or without a slash at its end.', async () => {
    const body = Array.from({ length: 100 }, (_, index) => ({ id: `many-${index}`, importMode: 'create' }));

    const hundred = await api.call({ method: 'POST', path: '/devices/', body });
    const none = await bulk([]);

    expect([hundred, none].map(({ status, json }) => [status, json])).toEqual([
      [200, ALL_DONE],
      [200, ALL_DONE],
    ]);
    expect(await read('devices', 'many-99')).toMatchObject({ deviceId: 'many-99' });
  });

  test('may hold 100 devices with full twins; a body of the greatest size is read, one byte more is not.', async () => {
    const full = (sections: number): object =>
      Object.fromEntries(Array.from({ length: sections }, (_, key) => [`key${key}`, 'x'.repeat(4000)]));
    const body = JSON.stringify(
      Array.from({ length: 100 }, (_, index) => ({
        id: `full-${index}`,
        importMode: 'create',
        tags: full(2),
        properties: { desired: full(8) },
      })),
    );

    const fits = await api.call({ method: 'POST', path: '/devices', bytes: body.padEnd(LIMITS.bulkBodyBytes.value) });
    const tooLarge = await api.call({ method: 'POST', path: '/devices', bytes: '[]'.padEnd(LIMITS.bulkBodyBytes.value + 1) });

    expect([fits.status, tooLarge.status]).toEqual([200, 413]);
  });
});

describe('statistics', () => {
  test('count devices and connections at once.', async () => {
    await using own = await openHttpApi();
    const statistics = async (): Promise<unknown[]> => [
      (await own.call({ path: '/statistics/devices' })).json,
      (await own.call({ path: '/statistics/service/' })).json,
    ];

    const before = await statistics();
    await own.call({
      method: 'POST',
      path: '/devices',
      body: [
        { id: 'a', importMode: 'create' },
        { id: 'b', importMode: 'create', status: 'disabled' },
        { id: 'c', importMode: 'create' },
      ],
    });
    await own.stores.devices.recordConnections([
      { kind: 'connected', modelId: '', cleanSession: false, deviceId: 'a', connectionId: 'c1', at: '2026-01-01T00:00:00.000Z' },
    ]);
    const after = await statistics();

    expect(before).toEqual([{ totalDeviceCount: 0, enabledDeviceCount: 0, disabledDeviceCount: 0 }, { connectedDeviceCount: 0 }]);
    expect(after).toEqual([{ totalDeviceCount: 3, enabledDeviceCount: 2, disabledDeviceCount: 1 }, { connectedDeviceCount: 1 }]);
  });
});
