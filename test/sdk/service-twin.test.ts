// Twins through the published service SDK.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Registry } from '../support/sdk.ts';
import { openTestHub, type TestHub } from '../support/test-hub.ts';

let hub: TestHub;
let registry: ReturnType<typeof Registry.fromConnectionString>;
beforeAll(async () => {
  hub = await openTestHub();
  registry = Registry.fromConnectionString(hub.serviceConnectionString('service'));
});
afterAll(() => hub.close());

async function newDevice(): Promise<string> {
  return (await hub.createDevice(`device-${randomUUID()}`)).deviceId;
}

test('getTwin of a new device has empty sections, versions, metadata and an etag.', async () => {
  const deviceId = await newDevice();

  const { responseBody: twin } = await registry.getTwin(deviceId);

  expect(twin).toMatchObject({
    deviceId,
    tags: {},
    properties: { desired: { $version: 1, $metadata: expect.any(Object) }, reported: { $version: 1, $metadata: expect.any(Object) } },
  });
  expect(twin.etag).toMatch(/\S/);
});

describe('updateTwin', () => {
  test('with the current etag merges and returns the whole twin with a new one.', async () => {
    const deviceId = await newDevice();
    const { responseBody: before } = await registry.getTwin(deviceId);

    const { responseBody: after } = await registry.updateTwin(
      deviceId,
      { tags: { floor: 1 }, properties: { desired: { on: true } } },
      before.etag,
    );

    expect(after.tags).toEqual({ floor: 1 });
    expect(after.properties.desired).toMatchObject({ on: true, $version: 2 });
    expect(after.etag).not.toBe(before.etag);
  });

  test('with another etag is InvalidEtagError and changes nothing.', async () => {
    const deviceId = await newDevice();
    const { responseBody: before } = await registry.getTwin(deviceId);

    await expect(registry.updateTwin(deviceId, { tags: { floor: 1 } }, 'abc')).rejects.toMatchObject({ name: 'InvalidEtagError' });

    expect((await registry.getTwin(deviceId)).responseBody.etag).toBe(before.etag);
  });

  test('with * always writes.', async () => {
    const deviceId = await newDevice();

    const { responseBody } = await registry.updateTwin(deviceId, { tags: { a: 1 } }, '*');

    expect(responseBody.tags).toEqual({ a: 1 });
  });

  test('Equal values count as a change: the desired version rises by one each time.', async () => {
    const deviceId = await newDevice();
    const write = async (): Promise<number> =>
      (await registry.updateTwin(deviceId, { properties: { desired: { same: 1 } } }, '*')).responseBody.properties.desired.$version;

    expect([await write(), await write(), await write()]).toEqual([2, 3, 4]);
  });

  test('desired null clears the section.', async () => {
    const deviceId = await newDevice();
    await registry.updateTwin(deviceId, { properties: { desired: { a: 1, b: 2 } } }, '*');

    const { responseBody } = await registry.updateTwin(deviceId, { properties: { desired: null } }, '*');

    const { $metadata, $version, ...left } = responseBody.properties.desired;
    expect({ left, $version }).toEqual({ left: {}, $version: 3 });
    expect($metadata).not.toHaveProperty('a');
  });

  test('A value that breaks a rule is ArgumentError that names the key.', async () => {
    const deviceId = await newDevice();

    await expect(registry.updateTwin(deviceId, { tags: { long: 'x'.repeat(4097) } }, '*')).rejects.toMatchObject({
      name: 'ArgumentError',
      message: expect.stringContaining('long'),
    });
  });

  test('A section past its limit is the error the SDK has for 403.', async () => {
    const deviceId = await newDevice();
    const tags = Object.fromEntries(['a', 'b', 'c'].map((key) => [key, 'x'.repeat(4000)]));

    await expect(registry.updateTwin(deviceId, { tags }, '*')).rejects.toMatchObject({ name: 'TooManyDevicesError' });
  });
});

describe('the Twin object', () => {
  test('update writes with the etag it was read with, and keeps up with each answer.', async () => {
    const { responseBody: twin } = await registry.getTwin(await newDevice());

    await twin.update({ tags: { step: 1 } });
    await twin.update({ tags: { step: 2 } });

    expect(twin.tags).toEqual({ step: 2 });
  });

  test('update of a twin that another app has changed is InvalidEtagError; after get it works.', async () => {
    const { responseBody: twin } = await registry.getTwin(await newDevice());
    await registry.updateTwin(twin.deviceId, { tags: { other: 1 } }, '*');

    await expect(twin.update({ tags: { mine: 1 } })).rejects.toMatchObject({ name: 'InvalidEtagError' });
    await twin.get();
    await twin.update({ tags: { mine: 1 } });

    expect(twin.tags).toEqual({ other: 1, mine: 1 });
  });

  test('etag * forces the update.', async () => {
    const { responseBody: twin } = await registry.getTwin(await newDevice());
    await registry.updateTwin(twin.deviceId, { tags: { other: 1 } }, '*');

    twin.etag = '*';
    await twin.update({ tags: { mine: 1 } });

    expect(twin.tags).toEqual({ other: 1, mine: 1 });
  });

  test('What a device reports does not outdate the etag.', async () => {
    const { responseBody: twin } = await registry.getTwin(await newDevice());
    await hub.hub.twins.report({ deviceId: twin.deviceId, body: { temperature: 20 }, baseVersion: undefined });

    await twin.update({ tags: { mine: 1 } });

    expect(twin.properties.reported).toMatchObject({ temperature: 20, $version: 2 });
  });
});

test('A registry policy may not read twins.', async () => {
  const deviceId = await newDevice();
  const other = Registry.fromConnectionString(hub.serviceConnectionString('registryReadWrite'));

  await expect(other.getTwin(deviceId)).rejects.toMatchObject({ name: 'UnauthorizedError' });
});
