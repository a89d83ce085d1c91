// Many devices at once, and how many there are, through the published service SDK.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDevice, Registry } from '../support/sdk.ts';
import { openTestHub, type TestHub } from '../support/test-hub.ts';

type RegistryClient = ReturnType<typeof Registry.fromConnectionString>;
type BulkError = { readonly name: string; readonly responseBody: string };

let hub: TestHub;
let registry: RegistryClient;
beforeAll(async () => {
  hub = await openTestHub();
  registry = Registry.fromConnectionString(hub.serviceConnectionString());
});
afterAll(() => hub.close());

function newIds(count: number): readonly string[] {
  return Array.from({ length: count }, () => `device-${randomUUID()}`);
}

async function createDevices(count: number): Promise<readonly string[]> {
  const ids = newIds(count);
  await registry.addDevices(ids.map((deviceId) => ({ deviceId })));
  return ids;
}

async function statusOf(deviceId: string): Promise<string> {
  return registry.get(deviceId).then(
    ({ responseBody }) => responseBody.status ?? '',
    (error: Error) => error.name,
  );
}

/** The SDK makes a plain ArgumentError of a 400; the result of the call is in its body. */
async function errorsOf(calling: Promise<unknown>): Promise<readonly { readonly deviceId: string; readonly errorCode: string }[]> {
  const error: BulkError = await calling.then(
    () => Promise.reject(new Error('The call succeeded')),
    (thrown: BulkError) => thrown,
  );
  expect(error.name).toBe('ArgumentError');
  return JSON.parse(error.responseBody).errors;
}

describe('addDevices', () => {
  test('creates a hundred devices at once, each with keys of its own.', async () => {
    const ids = newIds(100);

    const { responseBody, httpResponse } = await registry.addDevices(ids.map((deviceId) => ({ deviceId })));

    expect([httpResponse.statusCode, responseBody]).toEqual([200, { isSuccessful: true, errors: [], warnings: [] }]);
    const { responseBody: last } = await registry.get(ids[99] ?? '');
    expect(last.authentication?.symmetricKey?.primaryKey).toMatch(/^[A-Za-z0-9+/]{43}=$/);
  });

  test('takes keys, status and reason, and such a device signs in.', async () => {
    const [deviceId = ''] = newIds(1);
    const symmetricKey = { primaryKey: Buffer.alloc(32, 1).toString('base64'), secondaryKey: Buffer.alloc(32, 2).toString('base64') };

    await registry.addDevices([{ deviceId, status: 'enabled', statusReason: 'new', authentication: { type: 'sas', symmetricKey } }]);

    const { responseBody } = await registry.get(deviceId);
    expect(responseBody).toMatchObject({ statusReason: 'new', authentication: { symmetricKey } });
    await using device = await openDevice(hub.deviceConnectionString(await hub.hub.devices.get(deviceId)));
    expect((await device.getTwin()).properties.reported).toMatchObject({ $version: 1 });
  });

  test('takes tags and desired properties along.', async () => {
    const [deviceId = ''] = newIds(1);
    const withTwin = { deviceId, tags: { floor: 3 }, properties: { desired: { level: 7 } } };

    await registry.addDevices([withTwin]);

    const { responseBody } = await registry.getTwin(deviceId);
    expect([responseBody.tags, responseBody.properties.desired.level]).toEqual([{ floor: 3 }, 7]);
  });

  test('creates all but the devices that exist, and the error names those.', async () => {
    const [old = ''] = await createDevices(1);
    const [before = '', after = ''] = newIds(2);

    const errors = await errorsOf(registry.addDevices([{ deviceId: before }, { deviceId: old }, { deviceId: after }]));

    expect(errors).toEqual([
      {
        deviceId: old,
        errorCode: 'DeviceAlreadyExists',
        errorStatus: `A device with ID '${old}' is already registered.`,
        operation: 'create',
      },
    ]);
    expect([await statusOf(before), await statusOf(after)]).toEqual(['enabled', 'enabled']);
  });

  test('refuses a device that is named twice, and does nothing.', async () => {
    const [deviceId = ''] = newIds(1);

    await expect(registry.addDevices([{ deviceId }, { deviceId }])).rejects.toMatchObject({
      name: 'ArgumentError',
      message: `The device '${deviceId}' is named twice in one call.`,
    });
    expect(await statusOf(deviceId)).toBe('DeviceNotFoundError');
  });

  test('in callback form passes result and response.', async () => {
    const [deviceId = ''] = newIds(1);

    const [result, status] = await new Promise<[unknown, number | undefined]>((resolve, reject) => {
      registry.addDevices([{ deviceId }], (error, done, response) => {
        if (error) reject(error);
        else resolve([done, response?.statusCode]);
      });
    });

    expect([result, status]).toEqual([{ isSuccessful: true, errors: [], warnings: [] }, 200]);
  });
});

describe('updateDevices', () => {
  test('by force updates whatever the state.', async () => {
    const ids = await createDevices(2);

    const { responseBody } = await registry.updateDevices(
      ids.map((deviceId) => ({ deviceId, status: 'disabled' })),
      true,
    );

    expect(responseBody).toMatchObject({ isSuccessful: true });
    expect(await Promise.all(ids.map(statusOf))).toEqual(['disabled', 'disabled']);
  });

  test('without force updates devices as they were read, and refuses those that have changed since.', async () => {
    const [fresh = '', changed = ''] = await createDevices(2);
    const { responseBody: readFresh } = await registry.get(fresh);
    const { responseBody: readChanged } = await registry.get(changed);
    await registry.update({ deviceId: changed, statusReason: 'meanwhile' });

    for (const device of [readChanged, readFresh]) device.status = 'disabled';
    const errors = await errorsOf(registry.updateDevices([readChanged, readFresh], false));

    expect(errors).toMatchObject([{ deviceId: changed, errorCode: 'PreconditionFailed', operation: 'updateIfMatchETag' }]);
    expect([await statusOf(changed), await statusOf(fresh)]).toEqual(['enabled', 'disabled']);
  });

  test('refuses devices that do not exist.', async () => {
    const [ghost = ''] = newIds(1);

    const errors = await errorsOf(registry.updateDevices([{ deviceId: ghost }], true));

    expect(errors).toMatchObject([{ deviceId: ghost, errorCode: 'DeviceNotFound', operation: 'update' }]);
  });
});

describe('removeDevices', () => {
  test('by force removes whatever the state.', async () => {
    const ids = await createDevices(3);

    await registry.removeDevices(
      ids.map((deviceId) => ({ deviceId })),
      true,
    );

    expect(await Promise.all(ids.map(statusOf))).toEqual(Array.from({ length: 3 }, () => 'DeviceNotFoundError'));
  });

  test('without force removes devices as they were read, and refuses those that have changed since.', async () => {
    const [fresh = '', changed = ''] = await createDevices(2);
    const { responseBody: readFresh } = await registry.get(fresh);
    const { responseBody: readChanged } = await registry.get(changed);
    await registry.update({ deviceId: changed, statusReason: 'meanwhile' });

    const errors = await errorsOf(registry.removeDevices([readFresh, readChanged], false));

    expect(errors).toMatchObject([{ deviceId: changed, errorCode: 'PreconditionFailed', operation: 'deleteIfMatchETag' }]);
    expect([await statusOf(fresh), await statusOf(changed)]).toEqual(['DeviceNotFoundError', 'enabled']);
  });

  test('disconnects a device.', async () => {
    const [deviceId = ''] = await createDevices(1);
    await using device = await openDevice(hub.deviceConnectionString(await hub.hub.devices.get(deviceId)));
    expect((await device.getTwin()).properties.reported).toMatchObject({ $version: 1 });
    const connected = hub.hub.connections.count;

    await registry.removeDevices([{ deviceId }], true);

    await expect.poll(() => hub.hub.connections.count).toBe(connected - 1);
  });
});

describe('permissions', () => {
  test.each(['service', 'device', 'registryRead'])('The policy %s may not change many devices.', async (policy) => {
    const stranger = Registry.fromConnectionString(hub.serviceConnectionString(policy));

    await expect(stranger.addDevices([{ deviceId: 'x' }])).rejects.toMatchObject({ name: 'UnauthorizedError' });
  });

  test('The policy registryReadWrite may.', async () => {
    const writer = Registry.fromConnectionString(hub.serviceConnectionString('registryReadWrite'));
    const [deviceId = ''] = newIds(1);

    await writer.addDevices([{ deviceId }]);

    expect(await statusOf(deviceId)).toBe('enabled');
  });
});

test('getRegistryStatistics counts devices as they are.', async () => {
  const { responseBody: before } = await registry.getRegistryStatistics();
  const [, off = ''] = await createDevices(2);
  await registry.update({ deviceId: off, status: 'disabled' });

  const { responseBody: after } = await registry.getRegistryStatistics();

  expect(after).toEqual({
    totalDeviceCount: before.totalDeviceCount + 2,
    enabledDeviceCount: before.enabledDeviceCount + 1,
    disabledDeviceCount: before.disabledDeviceCount + 1,
  });
});
