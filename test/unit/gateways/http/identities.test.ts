// What an identity is made of, as the API shows it: keys, reasons, times, what its twin mirrors, and what being disabled means.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { NEVER } from '../../../../src/domain/time.ts';
import { principalOf, RecordingLink } from '../../../support/open-hub.ts';
import { type Answer, type HttpApi, openHttpApi } from './open-http-api.ts';
import { sasKeys } from '../../../support/identities.ts';

let api: HttpApi;
beforeAll(async () => {
  api = await openHttpApi();
});
afterAll(() => api[Symbol.asyncDispose]());

function keyOf(bytes: number, fill = 1): string {
  return Buffer.alloc(bytes, fill).toString('base64');
}

let devices = 0;
function newId(): string {
  devices += 1;
  return `device-${devices}`;
}

function put(deviceId: string, body: object, ifMatch?: string): Promise<Answer> {
  return api.call({ method: 'PUT', path: `/devices/${deviceId}`, body, ...(ifMatch !== undefined && { ifMatch }) });
}

async function twinOf(deviceId: string): Promise<Answer['json']> {
  return (await api.call({ path: `/twins/${deviceId}` })).json;
}

describe('keys', () => {
  const withKeys = (primaryKey: unknown, secondaryKey: unknown): object => ({
    authentication: { symmetricKey: { primaryKey, secondaryKey } },
  });

  test('of 16 and of 64 bytes are kept, on create and on update.', async () => {
    const deviceId = newId();
    const [shortest, longest] = [keyOf(LIMITS.keyMinBytes.value), keyOf(LIMITS.keyMaxBytes.value)];

    const created = await put(deviceId, withKeys(shortest, longest));
    const updated = await put(deviceId, withKeys(longest, shortest), '*');

    expect(created.json.authentication.symmetricKey).toEqual({ primaryKey: shortest, secondaryKey: longest });
    expect(updated.json.authentication.symmetricKey).toEqual({ primaryKey: longest, secondaryKey: shortest });
  });

  test.each([
    ['of 15 bytes', keyOf(15), keyOf(32)],
    ['of 65 bytes', keyOf(32), keyOf(65)],
    ['that are no base64', 'not base64 at all!', keyOf(32)],
    ['of which one is missing', keyOf(32), undefined],
    ['of which the other is empty', '', keyOf(32)],
  ])('%s are refused, and the device stays as it was.', async (_, primaryKey, secondaryKey) => {
    const deviceId = newId();
    const { json: before } = await put(deviceId, {});

    const { status, headers } = await put(deviceId, withKeys(primaryKey, secondaryKey), '*');

    expect({ status, errorCode: headers['iothub-errorcode'] }).toEqual({ status: 400, errorCode: 'ArgumentInvalid' });
    expect((await api.call({ path: `/devices/${deviceId}` })).json).toEqual(before);
  });

  test.each([
    ['without authentication', {}],
    ['with null as authentication', { authentication: null }],
    ['with a type alone', { authentication: { type: 'sas' } }],
    ['with empty keys', { authentication: { type: 'sas', symmetricKey: { primaryKey: '', secondaryKey: '' } } }],
  ])('are new after an update %s.', async (_, body) => {
    const deviceId = newId();
    const { json: before } = await put(deviceId, {});

    const { json: after } = await put(deviceId, body, '*');

    const { primaryKey, secondaryKey } = after.authentication.symmetricKey;
    const { symmetricKey: old } = before.authentication;
    expect(new Set([primaryKey, secondaryKey, old.primaryKey, old.secondaryKey]).size).toBe(4);
    expect([primaryKey, secondaryKey].map((key) => Buffer.from(key, 'base64').length)).toEqual([32, 32]);
    expect(after.authentication.type).toBe('sas');
  });

  test('stay when the device that was read is sent back.', async () => {
    const deviceId = newId();
    const { json: before } = await put(deviceId, {});

    const { json: after } = await put(deviceId, { ...before, statusReason: 'new' }, `"${before.etag}"`);

    expect(after).toEqual({ ...before, statusReason: 'new', etag: expect.not.stringMatching(before.etag) });
  });
});

describe('authentication of another type', () => {
  test.each([
    ['none', "must not be 'none'"],
    ['SAS', "must be 'sas'"],
    ['password', "must be 'sas'"],
    [7, "must be 'sas'"],
  ])('%j is refused in words.', async (type, words) => {
    const { status, headers, json } = await put(newId(), { authentication: { type } });

    expect({ status, errorCode: headers['iothub-errorcode'] }).toEqual({ status: 400, errorCode: 'ArgumentInvalid' });
    expect(json.Message).toContain(words);
  });

  test('is refused for a thumbprint that is none, whatever the type says.', async () => {
    const { status, json } = await put(newId(), { authentication: { type: 'sas', x509Thumbprint: { primaryThumbprint: 'A'.repeat(39) } } });

    expect(status).toBe(400);
    expect(json.Message).toContain('primaryThumbprint');
  });
});

describe('statusReason', () => {
  test('of 128 characters, of whichever script, is kept and mirrored in the twin.', async () => {
    const deviceId = newId();
    const statusReason = 'ж'.repeat(LIMITS.statusReasonChars.value);

    const { status, json } = await put(deviceId, { statusReason });

    expect([status, json.statusReason, (await twinOf(deviceId)).statusReason]).toEqual([200, statusReason, statusReason]);
  });

  test('of 129 characters is refused.', async () => {
    expect(await put(newId(), { statusReason: 'x'.repeat(LIMITS.statusReasonChars.value + 1) })).toMatchObject({ status: 400 });
  });

  test('that is left out goes, and leaves the twin as well.', async () => {
    const deviceId = newId();
    await put(deviceId, { statusReason: 'spare' });

    const { json } = await put(deviceId, {}, '*');

    expect(json.statusReason).toBeNull();
    expect(await twinOf(deviceId)).not.toHaveProperty('statusReason');
  });
});

describe('times', () => {
  test('of what never happened are in the year 1.', async () => {
    const deviceId = newId();

    const { json } = await put(deviceId, { status: 'disabled' });

    const { connectionStateUpdatedTime, statusUpdatedTime, lastActivityTime } = json;
    expect([connectionStateUpdatedTime, statusUpdatedTime, lastActivityTime]).toEqual([NEVER, NEVER, NEVER]);
    expect(await twinOf(deviceId)).toMatchObject({ statusUpdateTime: NEVER, lastActivityTime: NEVER });
  });

  test('of the status move with the status alone, under another name in the twin.', async () => {
    const deviceId = newId();
    await put(deviceId, {});
    const timesAfter = async (body: object): Promise<unknown[]> => {
      api.clock.advance(1000);
      const { json } = await put(deviceId, body, '*');
      return [json.statusUpdatedTime, (await twinOf(deviceId)).statusUpdateTime];
    };

    const disabled = await timesAfter({ status: 'disabled' });
    const explained = await timesAfter({ status: 'disabled', statusReason: 'stolen' });
    const enabled = await timesAfter({ status: 'enabled' });

    expect(disabled[0]).toMatch(/^2026-01-01T00:00:\d\d\.000Z$/);
    expect(disabled[1]).toBe(disabled[0]);
    expect(explained).toEqual(disabled);
    expect(Date.parse(String(enabled[0])) - Date.parse(String(disabled[0]))).toBe(2000);
  });

  test('of connections move with connections, and etags do not.', async () => {
    const device = await api.createDevice(newId());
    const connection = await api.hub.connections.connect(principalOf(device), new RecordingLink());
    const connectedAt = new Date(api.clock.nowMs()).toISOString();

    const { json: during } = await api.call({ path: `/devices/${device.deviceId}` });
    await connection.end();
    const { json: after } = await api.call({ path: `/devices/${device.deviceId}` });

    expect(during).toMatchObject({ connectionState: 'Connected', connectionStateUpdatedTime: connectedAt, lastActivityTime: connectedAt });
    expect(after).toMatchObject({ connectionState: 'Disconnected', lastActivityTime: connectedAt });
    expect([during.etag, after.etag]).toEqual([device.etag, device.etag]);
  });
});

test('The twin mirrors its identity: its etag under another name, thumbprints with a capital letter, no keys.', async () => {
  const deviceId = newId();
  const { json: device } = await put(deviceId, { status: 'disabled', statusReason: 'spare' });

  const twin = await twinOf(deviceId);

  expect(twin).toMatchObject({
    deviceId,
    deviceEtag: device.etag,
    status: 'disabled',
    statusReason: 'spare',
    connectionState: 'Disconnected',
    cloudToDeviceMessageCount: 0,
    authenticationType: 'sas',
    x509Thumbprint: { PrimaryThumbprint: null, SecondaryThumbprint: null },
    capabilities: { iotEdge: false },
  });
  expect(device.authentication.x509Thumbprint).toEqual({ primaryThumbprint: null, secondaryThumbprint: null });
  for (const absent of ['generationId', 'connectionStateUpdatedTime', 'authentication', 'deviceScope', 'parentScopes', 'modelId']) {
    expect(twin).not.toHaveProperty(absent);
  }
  expect(JSON.stringify(twin)).not.toContain(device.authentication.symmetricKey.primaryKey);
});

test('A write of the twin leaves the etag of the device alone, and a write of the device that of the twin.', async () => {
  const deviceId = newId();
  const { json: device } = await put(deviceId, {});
  const before = await twinOf(deviceId);

  const { json: patched } = await api.call({ method: 'PATCH', path: `/twins/${deviceId}`, body: { tags: { a: 1 } } });
  const { json: updated } = await put(deviceId, { statusReason: 'new' }, '*');
  const after = await twinOf(deviceId);

  expect([patched.deviceEtag, after.deviceEtag]).toEqual([device.etag, updated.etag]);
  expect(updated.etag).not.toBe(device.etag);
  expect([patched.etag, after.etag]).toEqual([after.etag, patched.etag]);
  expect(patched.etag).not.toBe(before.etag);
  expect([patched.version, after.version]).toEqual([before.version + 1, before.version + 1]);
});

describe('A disabled device', () => {
  async function disabledDevice(): Promise<string> {
    const deviceId = newId();
    await put(deviceId, { status: 'disabled', statusReason: 'stolen' });
    return deviceId;
  }

  test('is read, listed, counted and found like any other.', async () => {
    const deviceId = await disabledDevice();

    const read = await api.call({ path: `/devices/${deviceId}` });
    const listed = await api.call({ path: '/devices' });
    const query = `SELECT deviceId FROM devices WHERE status = 'disabled' AND deviceId = '${deviceId}'`;
    const found = await api.call({ method: 'POST', path: '/devices/query', body: { query } });
    const counted = await api.call({ path: '/statistics/devices' });

    expect(read.json.status).toBe('disabled');
    expect(listed.json).toContainEqual(read.json);
    expect(found.json).toEqual([{ deviceId }]);
    expect(counted.json.disabledDeviceCount).toBeGreaterThanOrEqual(1);
  });

  test('has a twin that the back end changes, at once, by a PUT and by a job.', async () => {
    const deviceId = await disabledDevice();

    const patched = await api.call({ method: 'PATCH', path: `/twins/${deviceId}`, body: { properties: { desired: { a: 1 } } } });
    const replaced = await api.call({ method: 'PUT', path: `/twins/${deviceId}`, body: { tags: { b: 2 } } });
    const updateTwin = { etag: '*', tags: { byJob: true } };
    const job = { jobId: deviceId, type: 'scheduleUpdateTwin', queryCondition: `deviceId = '${deviceId}'`, updateTwin };
    await api.call({ method: 'PUT', path: `/jobs/v2/${deviceId}`, body: job });

    expect([patched.status, replaced.status]).toEqual([200, 200]);
    await expect.poll(async () => (await twinOf(deviceId)).tags).toEqual({ b: 2, byJob: true });
  });

  test('is not online for a method call, also when the caller would wait for it.', async () => {
    const deviceId = await disabledDevice();
    const call = (connectTimeoutInSeconds: number): Promise<Answer> =>
      api.call({ method: 'POST', path: `/twins/${deviceId}/methods`, body: { methodName: 'reboot', connectTimeoutInSeconds } });

    const atOnce = await call(0);
    const timers = api.clock.pendingTimers;
    const waiting = call(10);
    await expect.poll(() => api.clock.pendingTimers).toBe(timers + 1);
    api.clock.advance(10_000);
    const afterWaiting = await waiting;

    expect([atOnce, afterWaiting].map(({ status, headers }) => [status, headers['iothub-errorcode']])).toEqual([
      [404, 'DeviceNotOnline'],
      [404, 'DeviceNotOnline'],
    ]);
  });

  test('may be enabled and deleted.', async () => {
    const deviceId = await disabledDevice();

    const enabled = await put(deviceId, { status: 'enabled' }, '*');
    await put(deviceId, { status: 'disabled' }, '*');
    const deleted = await api.call({ method: 'DELETE', path: `/devices/${deviceId}`, ifMatch: '*' });

    expect([enabled.json.status, deleted.status]).toEqual(['enabled', 204]);
  });

  test('is disconnected when it is disabled, and the calls that wait for its answer end.', async () => {
    const device = await api.createDevice(newId());
    const link = new RecordingLink();
    const connection = await api.hub.connections.connect(principalOf(device), link);
    const sent = link.nextMethod();
    const calling = api.call({ method: 'POST', path: `/twins/${device.deviceId}/methods`, body: { methodName: 'reboot' } });
    await sent;

    await put(device.deviceId, { status: 'disabled', authentication: { symmetricKey: sasKeys(device) } }, '*');
    // What a gateway does when it is told to close.
    await connection.end();

    expect(link.closed).toEqual(['signInChanged']);
    expect(await calling).toMatchObject({ status: 404, headers: { 'iothub-errorcode': 'DeviceNotOnline' } });
  });
});
