// The identity registry through the published service SDK.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Registry } from '../support/sdk.ts';
import { openTestHub, type TestHub } from '../support/test-hub.ts';

type RegistryClient = ReturnType<typeof Registry.fromConnectionString>;

let hub: TestHub;
let registry: RegistryClient;
beforeAll(async () => {
  hub = await openTestHub();
  registry = Registry.fromConnectionString(hub.serviceConnectionString());
});
afterAll(() => hub.close());

function newId(): string {
  return `device-${randomUUID()}`;
}

describe('Registry', () => {
  test('create makes keys, get finds the same device.', async () => {
    const deviceId = newId();

    const { responseBody: created } = await registry.create({ deviceId });
    const { responseBody: read } = await registry.get(deviceId);

    expect(created).toMatchObject({ deviceId, status: 'enabled', connectionState: 'Disconnected' });
    expect(created.authentication?.symmetricKey?.primaryKey).toMatch(/^[A-Za-z0-9+/]{43}=$/);
    expect(read).toEqual(created);
  });

  test('create keeps keys that the app brings.', async () => {
    const symmetricKey = { primaryKey: Buffer.alloc(16, 1).toString('base64'), secondaryKey: Buffer.alloc(36, 2).toString('base64') };

    const { responseBody } = await registry.create({ deviceId: newId(), authentication: { type: 'sas', symmetricKey } });

    expect(responseBody.authentication?.symmetricKey).toEqual(symmetricKey);
  });

  test('create in callback form passes device and response.', async () => {
    const deviceId = newId();

    const [device, status] = await new Promise<[unknown, number | undefined]>((resolve, reject) => {
      registry.create({ deviceId }, (error, created, response) => {
        if (error) reject(error);
        else resolve([created, response?.statusCode]);
      });
    });

    expect(device).toMatchObject({ deviceId });
    expect(status).toBe(200);
  });

  test('update disables a device without naming its keys.', async () => {
    const deviceId = newId();
    await registry.create({ deviceId });

    const { responseBody } = await registry.update({ deviceId, status: 'disabled', statusReason: 'stolen' });

    expect(responseBody).toMatchObject({ deviceId, status: 'disabled', statusReason: 'stolen' });
  });

  test('list finds devices under the path with a slash at its end.', async () => {
    const deviceId = newId();
    await registry.create({ deviceId });

    const { responseBody } = await registry.list();

    expect(responseBody.map((device) => device.deviceId)).toContain(deviceId);
  });

  test('delete removes a device.', async () => {
    const deviceId = newId();
    await registry.create({ deviceId });

    const { httpResponse } = await registry.delete(deviceId);

    expect(httpResponse.statusCode).toBe(204);
    await expect(registry.get(deviceId)).rejects.toMatchObject({ name: 'DeviceNotFoundError' });
  });

  test('An id with every legal character survives the whole round.', async () => {
    const deviceId = `a-:.+%_#*?!(),=@;$'z`;

    const { responseBody: created } = await registry.create({ deviceId });
    const { responseBody: read } = await registry.get(deviceId);
    const { responseBody: updated } = await registry.update({ deviceId, status: 'disabled' });
    const { responseBody: twin } = await registry.getTwin(deviceId);
    await registry.delete(deviceId);

    expect([created, read, updated, twin].map((found) => found.deviceId)).toEqual([deviceId, deviceId, deviceId, deviceId]);
  });
});

describe('errors of the SDK', () => {
  test('create of a device that exists is DeviceAlreadyExistsError with a readable message.', async () => {
    const deviceId = newId();
    await registry.create({ deviceId });

    await expect(registry.create({ deviceId })).rejects.toMatchObject({
      name: 'DeviceAlreadyExistsError',
      message: `A device with ID '${deviceId}' is already registered.`,
    });
  });

  test.each([
    ['get', (client: RegistryClient) => client.get('ghost')],
    ['update', (client: RegistryClient) => client.update({ deviceId: 'ghost' })],
    ['delete', (client: RegistryClient) => client.delete('ghost')],
    ['getTwin', (client: RegistryClient) => client.getTwin('ghost')],
    ['updateTwin', (client: RegistryClient) => client.updateTwin('ghost', { tags: {} }, '*')],
  ])('%s of an unknown device is DeviceNotFoundError.', async (_, call) => {
    await expect(call(registry)).rejects.toMatchObject({
      name: 'DeviceNotFoundError',
      message: "No device with ID 'ghost' is registered.",
      responseBody: expect.stringContaining('Tracking ID:'),
    });
  });

  test('An id that is not allowed is ArgumentError.', async () => {
    await expect(registry.create({ deviceId: 'invalid/name' })).rejects.toMatchObject({ name: 'ArgumentError' });
  });

  test('A key that is no base64 is ArgumentError.', async () => {
    const authentication = { type: 'sas' as const, symmetricKey: { primaryKey: '!', secondaryKey: '!' } };

    await expect(registry.create({ deviceId: newId(), authentication })).rejects.toMatchObject({ name: 'ArgumentError' });
  });

  test.each([
    ['a wrong key', (text: string) => text.replace(/SharedAccessKey=.*/, `SharedAccessKey=${Buffer.alloc(32).toString('base64')}`)],
    ['an unknown policy', (text: string) => text.replace('iothubowner', 'admin')],
  ])('%s is UnauthorizedError.', async (_, change) => {
    const stranger = Registry.fromConnectionString(change(hub.serviceConnectionString()));

    await expect(stranger.list()).rejects.toMatchObject({ name: 'UnauthorizedError' });
  });

  test('A policy without the permission is UnauthorizedError that names what is missing.', async () => {
    const reader = Registry.fromConnectionString(hub.serviceConnectionString('registryRead'));

    await expect(reader.create({ deviceId: newId() })).rejects.toMatchObject({
      name: 'UnauthorizedError',
      message: expect.stringContaining('RegistryWrite'),
    });
  });

  test('What the hub does not serve is an error with words, not a hang.', async () => {
    await expect(registry.getConfigurations()).rejects.toMatchObject({
      message: 'Not found',
      responseBody: expect.stringContaining('docs/compatibility.md'),
    });
  });
});
