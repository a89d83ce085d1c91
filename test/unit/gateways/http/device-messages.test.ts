// Devices over HTTPS: telemetry alone and in batches, the inbox that is always empty, and what shows of a device that does so.
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Device } from '../../../../src/domain/identity/device.ts';
import type { Module } from '../../../../src/domain/identity/module.ts';
import { parseDeviceSpec } from '../../../../src/domain/identity/parse-device-spec.ts';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { SOMEONE } from '../../../support/actors.ts';
import { sasToken } from '../../../support/test-hub.ts';
import { type Answer, type HttpApi, openHttpApi } from './open-http-api.ts';
import { type Credentials, resourceOf, sas, sasKeys } from '../../../support/identities.ts';
import { createModule } from '../../../support/modules.ts';

const EVENTS = '/devices/lamp/messages/events';
const BATCH = { 'content-type': 'application/vnd.microsoft.iothub.json' };
const SOURCE = '192.0.2.1';

type Call = Parameters<HttpApi['call']>[0];

let api: HttpApi;
let lamp: Device;
beforeEach(async () => {
  api = await openHttpApi();
  onTestFinished(() => api[Symbol.asyncDispose]());
  lamp = await api.createDevice('lamp');
});

/** As the device, unless the call says otherwise. */
function call(parts: Partial<Call> = {}): Promise<Answer> {
  return api.call({ method: 'POST', path: EVENTS, authorization: tokenOf(lamp), ...parts });
}

function tokenOf(device: Device): string {
  return sasToken({ key: sasKeys(device).primaryKey, resource: encodeURIComponent(`localhost/devices/${device.deviceId}`) });
}

function codeOf({ status, headers }: Answer): readonly unknown[] {
  return [status, headers['iothub-errorcode']];
}

describe('a message', () => {
  test('is accepted with whatever its headers say, and counted.', async () => {
    const headers = {
      'iothub-app-alert': 'yes',
      'iothub-messageid': '1',
      'iothub-to': EVENTS,
      'iothub-contenttype': 'application/json',
      'iothub-contentencoding': 'utf-8',
      'dt-subject': 'thermostat',
    };

    const { status, text } = await call({ bytes: '{"level":1}', headers });

    expect({ status, text }).toEqual({ status: 204, text: '' });
    expect(api.hub.telemetry.count()).toEqual({ messages: 1, bytes: 11 });
  });

  test.each<[string, Partial<Call>, number]>([
    ['without a body', {}, 0],
    ['of bytes that are no text', { bytes: Uint8Array.of(0, 255) }, 2],
    ['that says it is JSON and is not', { bytes: '{', headers: { 'content-type': 'application/json' } }, 1],
    ['that looks like a batch and does not say so', { bytes: '[{"body":"aA=="}]' }, 17],
    ['of the greatest length', { bytes: new Uint8Array(256 * 1024) }, 256 * 1024],
  ])('%s counts with its bytes as they are.', async (_, parts, bytes) => {
    expect(await call(parts)).toMatchObject({ status: 204 });
    expect(api.hub.telemetry.count()).toEqual({ messages: 1, bytes });
  });

  test('of one byte more is too large, and not counted.', async () => {
    expect(codeOf(await call({ bytes: new Uint8Array(256 * 1024 + 1) }))).toEqual([413, 'MessageTooLarge']);
    expect(api.hub.telemetry.count()).toEqual({ messages: 0, bytes: 0 });
  });

  test('may be sent by a policy with DeviceConnect in the place of the device, which must exist.', async () => {
    const policy = (path: string): Promise<Answer> => api.call({ method: 'POST', path, policy: 'device', bytes: 'x' });

    expect((await policy(EVENTS)).status).toBe(204);
    expect(codeOf(await policy('/devices/nobody/messages/events'))).toEqual([401, 'IotHubUnauthorizedAccess']);
  });

  test('may be of a device whose id must be percent-encoded.', async () => {
    const odd = await api.createDevice("it's#50%");

    const { status } = await call({ path: `/devices/${encodeURIComponent(odd.deviceId)}/messages/events`, authorization: tokenOf(odd) });

    expect(status).toBe(204);
  });

  test.each(['2016-11-14', '2017-06-30', '2017-11-08-preview', '2018-06-30', '2019-03-31', '2020-09-30', '2021-04-12'])(
    'is accepted in the api-version %s.',
    async (version) => {
      expect(await call({ path: `${EVENTS}?api-version=${version}` })).toMatchObject({ status: 204 });
    },
  );

  test('needs an api-version.', async () => {
    expect(codeOf(await call({ path: `${EVENTS}?` }))).toEqual([400, 'InvalidProtocolVersion']);
  });
});

describe('a batch', () => {
  test.each(['application/vnd.microsoft.iothub.json', 'Application/vnd.Microsoft.IoTHub.json; charset=utf-8'])(
    'of the type %s counts as its messages.',
    async (type) => {
      const body = [{ body: 'aGVsbG8=', properties: { 'iothub-app-a': 'b' } }, { body: 'aA==' }];

      expect(await call({ body, headers: { 'content-type': type } })).toMatchObject({ status: 204 });
      expect(api.hub.telemetry.count()).toEqual({ messages: 2, bytes: 6 });
    },
  );

  test('is refused whole for one message that is malformed, whose index the answer names.', async () => {
    const answer = await call({ body: [{ body: 'aA==' }, { body: 'a' }], headers: BATCH });

    expect(codeOf(answer)).toEqual([400, 'ArgumentInvalid']);
    expect(answer.json.Message).toContain('The message at index 1 of the batch is malformed');
    expect(api.hub.telemetry.count()).toEqual({ messages: 0, bytes: 0 });
  });

  test.each([
    ['no JSON', '[{"body":', [400, 'DeserializationError']],
    ['nothing', '', [400, 'ArgumentNull']],
  ])('of %s is refused.', async (_, bytes, expected) => {
    expect(codeOf(await call({ bytes, headers: BATCH }))).toEqual(expected);
  });

  test('may be as large as a message, and no larger.', async () => {
    const fitting = '[{"body":"aA=="}]'.padEnd(LIMITS.messageBytes.value, ' ');

    expect(await call({ bytes: fitting, headers: BATCH })).toMatchObject({ status: 204 });
    expect(codeOf(await call({ bytes: `${fitting} `, headers: BATCH }))).toEqual([413, 'MessageTooLarge']);
    expect(api.hub.telemetry.count()).toEqual({ messages: 1, bytes: 1 });
  });
});

describe.each(['devicebound', 'deviceBound'])('the inbox /messages/%s', (name) => {
  const inbox = `/devices/lamp/messages/${name}`;

  test('is always empty.', async () => {
    const { status, text } = await call({ method: 'GET', path: inbox });

    expect({ status, text }).toEqual({ status: 204, text: '' });
  });

  test.each([
    ['completes', 'DELETE', `${inbox}/lock?api-version=2021-04-12`],
    ['rejects', 'DELETE', `${inbox}/lock?api-version=2021-04-12&reject`],
    ['abandons', 'POST', `${inbox}/lock/abandon`],
  ])('has no message that a device %s.', async (_, method, path) => {
    expect(codeOf(await call({ method, path, ifMatch: 'lock' }))).toEqual([412, 'DeviceMessageLockLost']);
  });
});

test.each([
  ['POST', '/devices/lamp/modules/m/messages/events'],
  ['GET', '/devices/lamp/modules/m/messages/devicebound'],
  ['POST', '/devices/lamp/files'],
  ['POST', '/devices/lamp/files/notifications/1'],
])('%s %s is not there, and the answer says where to look.', async (method, path) => {
  const answer = await call({ method, path });

  expect(codeOf(answer)).toEqual([404, 'GenericNotFound']);
  expect(answer.json.Message).toContain('See docs/compatibility.md');
});

describe('what shows of a device that sends over HTTPS', () => {
  async function savedDevice(): Promise<Device> {
    await api.hub.connections.saveActivity();
    return api.hub.devices.get('lamp');
  }

  test('is the time when it did so, and nothing else: it is not connected.', async () => {
    api.clock.advance(60_000);
    const at = new Date(api.clock.nowMs()).getTime();

    await call({ bytes: 'x' });
    api.clock.advance(1000);
    const { lastActivityTime, ...rest } = await savedDevice();

    expect(new Date(lastActivityTime).getTime()).toBe(at);
    expect(rest).toEqual(Object.fromEntries(Object.entries(lamp).filter(([key]) => key !== 'lastActivityTime')));
  });

  test('is also that it looked for messages.', async () => {
    await call({ method: 'GET', path: '/devices/lamp/messages/devicebound' });

    expect((await savedDevice()).lastActivityTime).not.toBe(lamp.lastActivityTime);
  });

  test('is nothing when its sign-in is refused.', async () => {
    await call({ authorization: tokenOf({ ...lamp, authentication: sas({ ...sasKeys(lamp), primaryKey: 'eA==' }) }) });

    expect(await savedDevice()).toEqual(lamp);
  });

  test('is known to the store when the hub has stopped.', async () => {
    await call({ bytes: 'x' });

    await api.hub.stop();

    expect((await api.stores.devices.readDevice('lamp'))?.lastActivityTime).not.toBe(lamp.lastActivityTime);
  });
});

describe('refused sign-ins', () => {
  const bad = (): Promise<Answer> =>
    call({ source: SOURCE, authorization: sasToken({ key: 'eA==', resource: 'localhost%2Fdevices%2Flamp' }) });

  async function refuseAtOnce(): Promise<void> {
    for (let index = 0; index < LIMITS.refusalsAtOnce.value; index += 1) expect((await bad()).status).toBe(401);
  }

  test('of a device are answered late after the first few, and good ones at once.', async () => {
    await refuseAtOnce();
    const timers = api.clock.pendingTimers;
    const late = bad();
    await expect.poll(() => api.clock.pendingTimers).toBe(timers + 1);

    const good = await call({ source: SOURCE });
    api.clock.advance(LIMITS.refusalFirstMs.value);

    expect([good.status, ...codeOf(await late)]).toEqual([204, 401, 'IotHubUnauthorizedAccess']);
    expect(api.log.find(({ level }) => level === 'warn')?.fields).toMatchObject({ source: SOURCE, identity: 'device lamp' });
  });

  test('are answered 429 when too many of them wait.', async () => {
    await refuseAtOnce();
    const timers = api.clock.pendingTimers;
    const held = Array.from({ length: LIMITS.refusalsHeldPerIdentity.value }, bad);
    await expect.poll(() => api.clock.pendingTimers).toBe(timers + held.length);

    expect(codeOf(await bad())).toEqual([429, 'ThrottlingException']);
    api.clock.advance(LIMITS.refusalLastMs.value);
    expect((await Promise.all(held)).map(({ status }) => status)).toEqual(held.map(() => 401));
  });

  test('without a token are no refused sign-ins, however many.', async () => {
    for (let index = 0; index <= LIMITS.refusalsAtOnce.value; index += 1) {
      expect(codeOf(await call({ source: SOURCE, authorization: null }))).toEqual([401, 'GenericUnauthorized']);
    }
  });
});

describe('a module', () => {
  const eye = { deviceId: 'lamp', moduleId: 'eye@1' };
  const moduleToken = (credentials: Credentials): string =>
    sasToken({ key: sasKeys(credentials).primaryKey, resource: resourceOf(credentials) });

  test('sends its messages under the path of its device, with its own token, and it is the module that was there.', async () => {
    const module = await createModule(api, eye);

    const { status } = await call({ bytes: 'hello', authorization: moduleToken(module) });
    await api.hub.connections.saveActivity();

    expect(status).toBe(204);
    expect(api.hub.telemetry.count()).toEqual({ messages: 1, bytes: 5 });
    expect((await api.hub.modules.get(eye)).lastActivityTime).not.toBe(module.lastActivityTime);
    expect((await api.hub.devices.get('lamp')).lastActivityTime).toBe(lamp.lastActivityTime);
  });

  test('is refused under the path of another device, and in the inbox of its own, which is not for modules.', async () => {
    const module = await createModule(api, eye);
    await api.createDevice('other');
    const authorization = moduleToken(module);

    const answers = [
      await call({ path: '/devices/other/messages/events', authorization }),
      await call({ method: 'GET', path: '/devices/lamp/messages/devicebound', authorization }),
    ];

    expect(answers.map(codeOf)).toEqual(answers.map(() => [401, 'IotHubUnauthorizedAccess']));
  });

  test.each<[string, (module: Module) => Credentials]>([
    ["its device's key", (module) => ({ ...module, authentication: lamp.authentication })],
    ['the id of a module that is not there', (module) => ({ ...module, moduleId: 'ghost' })],
    ['no id', (module) => ({ ...module, moduleId: '' })],
  ])('is refused with %s.', async (_, changed) => {
    const module = await createModule(api, eye);

    const answer = await call({ authorization: moduleToken(changed(module)) });

    expect(codeOf(answer)).toEqual([401, 'IotHubUnauthorizedAccess']);
    expect(api.hub.telemetry.count().messages).toBe(0);
  });

  test('is refused when it was deleted.', async () => {
    const module = await createModule(api, eye);
    const authorization = moduleToken(module);
    await api.hub.modules.delete(eye, { kind: 'any' }, SOMEONE);

    expect((await call({ authorization })).status).toBe(401);
  });
});

test('A device that is disabled while its message is on its way is refused when the message is there.', async () => {
  const { devices, access } = api.hub;
  const disable = (): Promise<Device> => devices.put(parseDeviceSpec('lamp', { status: 'disabled' }), { kind: 'any' }, SOMEONE);
  const authenticate = access.authenticateDevice.bind(access);
  let signIns = 0;
  access.authenticateDevice = async (...given) => {
    signIns += 1;
    const principal = await authenticate(...given);
    if (signIns === 1) await disable();
    return principal;
  };

  expect(codeOf(await call({ bytes: 'x' }))).toEqual([401, 'IotHubUnauthorizedAccess']);
  expect(api.hub.telemetry.count()).toEqual({ messages: 0, bytes: 0 });
});

test('A device is told that the store fails, not that its token is bad.', async () => {
  await using broken = await openHttpApi((hub) => ({
    ...hub,
    access: Object.assign(Object.create(hub.access), { authenticateDevice: () => Promise.reject(new Error('secret detail')) }),
  }));

  const answer = await broken.call({ method: 'POST', path: EVENTS });

  expect(codeOf(answer)).toEqual([500, 'ServerError']);
  expect(answer.text).not.toContain('secret detail');
});
