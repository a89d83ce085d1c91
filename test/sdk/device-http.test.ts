// Devices on the SDK's HTTPS transport: every public method of Client, what it refuses by itself, and the errors that answers become.
import { randomUUID } from 'node:crypto';
import azureIotDevice from 'azure-iot-device';
import azureIotDeviceHttp from 'azure-iot-device-http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { LogFields } from '../../src/ports/log.ts';
import { answering, type DeviceClient, Message, NO_RETRY, openDevice } from '../support/sdk.ts';
import { calledBack, type CallTable, type Done, testEveryMethod } from '../support/sdk-forms.ts';
import { createModule, moduleConnectionString } from '../support/modules.ts';
import { openTestHub, sasToken, type TestHub } from '../support/test-hub.ts';
import { sas, sasKeys } from '../support/identities.ts';

const { Client, ModuleClient } = azureIotDevice;
const { Http } = azureIotDeviceHttp;

type Subject = { readonly deviceId: string; readonly client: DeviceClient; readonly token: string };

const HERE = 'device-http.test.ts';

let hub: TestHub;
const answered: LogFields[] = [];
const made: DeviceClient[] = [];
beforeAll(async () => {
  const ignore = (): void => undefined;
  hub = await openTestHub({ log: { debug: (fields) => answered.push(fields), info: ignore, warn: ignore, error: ignore } });
});
afterEach(async () => {
  for (const client of made.splice(0)) await client.close();
});
afterAll(() => hub.close());

function httpClient(connectionString: string): DeviceClient {
  const client = Client.fromConnectionString(connectionString, Http);
  client.setRetryPolicy(NO_RETRY);
  made.push(client);
  return client;
}

function clientWithToken(token: string): DeviceClient {
  const client = Client.fromSharedAccessSignature(token, Http);
  client.setRetryPolicy(NO_RETRY);
  made.push(client);
  return client;
}

async function newSubject(): Promise<Subject> {
  const device = await hub.createDevice(`device ${randomUUID()}`.replace(' ', "'"));
  const { deviceId } = device;
  const resource = encodeURIComponent(`localhost/devices/${deviceId}`);
  const token = sasToken({ key: sasKeys(device).primaryKey, resource });
  return { deviceId, token, client: httpClient(hub.deviceConnectionString(device)) };
}

/** The SDK tells kinds of results apart by class alone. */
function kindOf(result: unknown): string {
  return typeof result === 'object' && result !== null ? result.constructor.name : String(result);
}

function withProperty(key: string, value: string): azureIotDevice.Message {
  const message = new Message('hello');
  message.properties.add(key, value);
  return message;
}

/** As the SDK makes one of what a hub with such messages answers. */
function lockedMessage(): azureIotDevice.Message {
  return Object.assign(new Message('hello'), { lockToken: randomUUID() });
}

const MESSAGES = [withProperty('alert', 'yes'), new Message(Buffer.from([0, 255]))];
const NO_LOCK = { fails: { name: 'Error', message: 'Precondition Failed' } };
const NO_FILES = { fails: { name: 'Error', message: 'Not Found' } };

const CALLS: CallTable<Subject> = {
  open: {
    promise: async ({ client }) => kindOf(await client.open()),
    callback: ({ client }, done) => client.open((error, result) => done(error, kindOf(result))),
    gives: 'Connected',
  },
  close: {
    promise: async ({ client }) => kindOf(await client.close()),
    callback: ({ client }, done) => client.close((error, result) => done(error, kindOf(result))),
    gives: 'Disconnected',
  },
  sendEvent: {
    promise: async ({ client }) => kindOf(await client.sendEvent(new Message('hello'))),
    callback: ({ client }, done) => client.sendEvent(new Message('hello'), (error, result) => done(error, kindOf(result))),
    gives: 'MessageEnqueued',
  },
  sendEventBatch: {
    promise: async ({ client }) => kindOf(await client.sendEventBatch(MESSAGES)),
    callback: ({ client }, done) => client.sendEventBatch(MESSAGES, (error, result) => done(error, kindOf(result))),
    gives: 'MessageEnqueued',
  },
  complete: {
    promise: ({ client }) => client.complete(lockedMessage()),
    callback: ({ client }, done) => client.complete(lockedMessage(), done),
    ...NO_LOCK,
  },
  reject: {
    promise: ({ client }) => client.reject(lockedMessage()),
    callback: ({ client }, done) => client.reject(lockedMessage(), done),
    ...NO_LOCK,
  },
  abandon: {
    promise: ({ client }) => client.abandon(lockedMessage()),
    callback: ({ client }, done) => client.abandon(lockedMessage(), done),
    ...NO_LOCK,
  },
  setOptions: {
    promise: ({ client }) => client.setOptions({ http: { receivePolicy: { manualPolling: true } } }),
    callback: ({ client }, done) => client.setOptions({ http: { receivePolicy: { manualPolling: true } } }, done),
    gives: undefined,
  },
  updateSharedAccessSignature: {
    // There is no other form than the callback, and none for a client that signs by itself.
    promise: ({ token }) => calledBack((done) => renewWhileOpen(token, done)),
    callback: ({ token }, done) => renewWhileOpen(token, done),
    gives: 'SharedAccessSignatureUpdated',
  },
  getBlobSharedAccessSignature: {
    promise: ({ client }) => client.getBlobSharedAccessSignature('photo'),
    callback: ({ client }, done) => client.getBlobSharedAccessSignature('photo', done),
    ...NO_FILES,
  },
  notifyBlobUploadStatus: {
    promise: ({ client }) => client.notifyBlobUploadStatus('id', true, 200, 'done'),
    callback: ({ client }, done) => client.notifyBlobUploadStatus('id', true, 200, 'done', done),
    ...NO_FILES,
  },
  getTwin: { testedIn: HERE },
  onDeviceMethod: { testedIn: HERE },
  setRetryPolicy: { testedIn: HERE },
  setTransportOptions: { testedIn: 'device-client-methods.test.ts' },
  uploadToBlob: { testedIn: 'device-client-methods.test.ts' },
  'static fromConnectionString': { testedIn: HERE },
  'static fromSharedAccessSignature': { testedIn: HERE },
  'static fromAuthenticationProvider': { testedIn: 'device-client-methods.test.ts' },
};

// The SDK has no name for itself, which it needs to settle a message, before it has sent or looked for one.
testEveryMethod(Client, CALLS, async () => {
  const subject = await newSubject();
  await subject.client.sendEvent(new Message('hello'));
  return subject;
});

function renewWhileOpen(token: string, done: Done): void {
  const client = clientWithToken(token);
  client.open((error) => {
    if (error) done(error);
    else client.updateSharedAccessSignature(token, (refused, result) => done(refused, kindOf(result)));
  });
}

test('After updateSharedAccessSignature messages are sent with the new token.', async () => {
  const { token } = await newSubject();
  const client = clientWithToken(token.replace(/sig=[^&]*/, 'sig=eA'));
  await expect(client.sendEvent(new Message('hello'))).rejects.toMatchObject({ name: 'UnauthorizedError' });

  await calledBack((done) => client.updateSharedAccessSignature(token, done));

  expect(kindOf(await client.sendEvent(new Message('hello')))).toBe('MessageEnqueued');
});

test('Messages alone and in batches are counted with their bytes, and make the device no connected one.', async () => {
  const { deviceId, client } = await newSubject();
  const before = hub.hub.telemetry.count();

  await client.sendEvent(new Message('hello'));
  await client.sendEventBatch([new Message('a'), withProperty('alert', 'yes'), new Message(Buffer.alloc(1000))]);
  await client.sendEventBatch([]);

  expect(hub.hub.telemetry.count()).toEqual({ messages: before.messages + 4, bytes: before.bytes + 5 + 1 + 5 + 1000 });
  await hub.hub.connections.saveActivity();
  const { connectionState, lastActivityTime } = await hub.hub.devices.get(deviceId);
  expect(connectionState).toBe('Disconnected');
  expect(lastActivityTime).not.toMatch(/^0001/);
});

test('Every property of a message may be set, as far as headers hold its characters.', async () => {
  const { client } = await newSubject();
  const message = new Message('hello');
  message.messageId = 'id / 1';
  message.correlationId = '#+';
  message.userId = 'someone';
  message.to = '/a/b';
  message.ack = 'full';
  message.contentType = 'application/json';
  message.contentEncoding = 'utf-8';
  message.expiryTimeUtc = new Date(4_000_000_000_000).toISOString();
  message.interfaceId = 'urn:a:b';
  for (const value of ['', 'a/b?c=d&e', '#+$', '%2F']) message.properties.add(`key-${value.length}`, value);
  message.properties.add('dt-subject', 'thermostat');

  expect(kindOf(await client.sendEvent(message))).toBe('MessageEnqueued');
});

test('A device that listens for messages polls in peace.', async () => {
  const { client } = await newSubject();
  const heard: unknown[] = [];
  const polls = (): LogFields[] =>
    answered.filter(({ method, route }) => method === 'GET' && route === '/devices/:deviceId/messages/devicebound');
  const before = polls().length;
  await client.setOptions({ http: { receivePolicy: { interval: 0.02 } } });

  client.on('error', (error) => heard.push(error));
  client.on('message', (message) => heard.push(message));

  await expect.poll(() => polls().length).toBeGreaterThan(before + 2);
  expect(new Set(polls().map(({ status }) => status))).toEqual(new Set([204]));
  expect(heard).toEqual([]);
});

test('A policy with DeviceConnect signs for a device.', async () => {
  const { deviceId } = await hub.createDevice(`device-${randomUUID()}`);
  const key = hub.hub.policies.find('device')?.keys.primaryKey ?? '';
  const token = sasToken({ key, resource: encodeURIComponent(`localhost/devices/${deviceId}`), policyName: 'device' });

  expect(kindOf(await clientWithToken(token).sendEvent(new Message('hello')))).toBe('MessageEnqueued');
});

test('A device over HTTPS and one of the same identity over MQTT do not disturb each other.', async () => {
  const device = await hub.createDevice(`device-${randomUUID()}`);
  await using connected = await openDevice(hub.deviceConnectionString(device));
  const twin = await connected.getTwin();

  await httpClient(hub.deviceConnectionString(device)).sendEvent(new Message('hello'));
  await twin.get();

  expect(await hub.hub.devices.get(device.deviceId)).toMatchObject({ connectionState: 'Connected' });
});

describe('errors', () => {
  const tooLarge = { name: 'MessageTooLargeError', message: 'Could not send message: Payload Too Large' };

  test('A bad key is UnauthorizedError, for a message and for a batch.', async () => {
    const device = await hub.createDevice(`device-${randomUUID()}`);
    const bad = { ...device, authentication: sas({ ...sasKeys(device), primaryKey: Buffer.from('another key').toString('base64') }) };
    const client = httpClient(hub.deviceConnectionString(bad));
    const refused = { name: 'UnauthorizedError', message: 'Could not send message: Unauthorized' };

    await expect(client.sendEvent(new Message('hello'))).rejects.toMatchObject(refused);
    await expect(client.sendEventBatch([new Message('hello')])).rejects.toMatchObject(refused);
  });

  test('An unknown device is UnauthorizedError too.', async () => {
    const device = await hub.createDevice(`device-${randomUUID()}`);
    const client = httpClient(hub.deviceConnectionString({ ...device, deviceId: 'nobody' }));

    await expect(client.sendEvent(new Message('hello'))).rejects.toMatchObject({ name: 'UnauthorizedError' });
  });

  test('A deleted device is refused with its next message.', async () => {
    const { deviceId, client } = await newSubject();
    await client.sendEvent(new Message('hello'));

    await hub.hub.devices.delete(deviceId, { kind: 'any' }, { policy: null, source: null });

    await expect(client.sendEvent(new Message('hello'))).rejects.toMatchObject({ name: 'UnauthorizedError' });
  });

  test('The largest message is sent, and one byte more is MessageTooLargeError.', async () => {
    const { client } = await newSubject();

    expect(kindOf(await client.sendEvent(new Message(Buffer.alloc(256 * 1024))))).toBe('MessageEnqueued');
    await expect(client.sendEvent(new Message(Buffer.alloc(256 * 1024 + 1)))).rejects.toMatchObject(tooLarge);
  });

  test('A batch whose JSON is larger than a message is MessageTooLargeError, and none of it is accepted.', async () => {
    const { client } = await newSubject();
    const before = hub.hub.telemetry.count();

    await expect(client.sendEventBatch([new Message('a'), new Message(Buffer.alloc(200 * 1024))])).rejects.toMatchObject(tooLarge);
    expect(hub.hub.telemetry.count()).toEqual(before);
  });

  test('A batch with a quotation mark in a property, which the SDK does not escape, is ArgumentError.', async () => {
    const { client } = await newSubject();

    await expect(client.sendEventBatch([withProperty('a', '"')])).rejects.toMatchObject({
      name: 'ArgumentError',
      message: 'Could not send message: Bad Request',
    });
  });

  test('Twins and direct methods are refused by the SDK itself.', async () => {
    const { client } = await newSubject();
    const refused = (what: string): object => ({ name: 'NotImplementedError', message: `${what} not implemented over HTTP.` });

    await expect(client.getTwin()).rejects.toMatchObject(refused('Twin is'));
    expect(() => client.onDeviceMethod('reboot', answering(200))).toThrow(expect.objectContaining(refused('Direct methods are')));
  });

  test('The SDK sends messages of a module under the path of its device, with the token of the module.', async () => {
    const module = await createModule(hub, { deviceId: `device-${randomUUID()}`, moduleId: 'm' });
    const client = ModuleClient.fromConnectionString(moduleConnectionString(module), Http);
    const before = hub.hub.telemetry.count();

    await client.sendEvent(new Message('hello'));
    await client.sendEventBatch([new Message('hello'), new Message('again')]);

    expect(hub.hub.telemetry.count()).toEqual({ messages: before.messages + 3, bytes: before.bytes + 15 });
  });

  test('A module with a wrong key is told so.', async () => {
    const module = await createModule(hub, { deviceId: `device-${randomUUID()}`, moduleId: 'm' });
    const device = await hub.hub.devices.get(module.deviceId);
    const client = ModuleClient.fromConnectionString(moduleConnectionString({ ...module, authentication: device.authentication }), Http);
    client.setRetryPolicy(NO_RETRY);

    await expect(client.sendEvent(new Message('hello'))).rejects.toMatchObject({ name: 'UnauthorizedError' });
  });
});
