// Every public method of the device SDK's Client, Twin and Message over MQTT and MQTT over WebSocket, in both of their forms.
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { randomUUID } from 'node:crypto';
import azureIotDevice from 'azure-iot-device';
import azureIotDeviceMqtt from 'azure-iot-device-mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { answering, type DeviceClient, Message, mqttClient, NO_RETRY, openDevice } from '../support/sdk.ts';
import { calledBack, type CallTable, type Done, testEveryMethod } from '../support/sdk-forms.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { openTestHub, sasToken, type TestHub } from '../support/test-hub.ts';
import { sasKeys } from '../support/identities.ts';

const { Client, SharedAccessKeyAuthenticationProvider } = azureIotDevice;
const { Mqtt, MqttWs } = azureIotDeviceMqtt;

const TRANSPORTS = [
  ['Mqtt', Mqtt],
  ['MqttWs', MqttWs],
] as const;

type Subject = { readonly client: DeviceClient; readonly token: string };
type Twin = InstanceType<typeof azureIotDevice.Twin>;

const HERE = 'device-client-methods.test.ts';

let hub: TestHub;
const made: DeviceClient[] = [];
beforeAll(async () => {
  hub = await openTestHub();
});
afterEach(async () => {
  for (const client of made.splice(0)) await client.close();
});
afterAll(() => hub.close());

/** With a token of the app's own, since the SDK renews no other. */
async function newSubject(transport: (typeof TRANSPORTS)[number][1] = Mqtt): Promise<Subject> {
  const device = await hub.createDevice(`device-${randomUUID()}`);
  const { deviceId } = device;
  const token = sasToken({ key: sasKeys(device).primaryKey, resource: `localhost%2Fdevices%2F${deviceId}` });
  const client = Client.fromSharedAccessSignature(token, transport);
  made.push(client);
  return { client, token };
}

/** The SDK tells kinds of results apart by class alone. */
function kindOf(result: unknown): string {
  return typeof result === 'object' && result !== null ? result.constructor.name : String(result);
}

describe.each(TRANSPORTS)('Client over %s', (_, transport) => {
  // What the SDK says by itself, before anything is sent.
  const overMqtt = (message: string): { readonly fails: Readonly<Record<string, unknown>> } => ({
    fails: { name: 'NotImplementedError', message },
  });
  const noFiles = { fails: { name: 'Error', message: 'Not Found' } };
  const file = (): Readable => Readable.from(['hello']);

  const calls: CallTable<Subject> = {
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
      promise: ({ client }) => client.sendEventBatch([new Message('hello')]),
      callback: ({ client }, done) => client.sendEventBatch([new Message('hello')], done),
      ...overMqtt('MQTT Transport does not support batching yet'),
    },
    complete: {
      promise: async ({ client }) => kindOf(await client.complete(new Message('hello'))),
      callback: ({ client }, done) => client.complete(new Message('hello'), (error, result) => done(error, kindOf(result))),
      gives: 'MessageCompleted',
    },
    reject: {
      promise: ({ client }) => client.reject(new Message('hello')),
      callback: ({ client }, done) => client.reject(new Message('hello'), done),
      ...overMqtt('the MQTT transport does not support rejecting messages.'),
    },
    abandon: {
      promise: ({ client }) => client.abandon(new Message('hello')),
      callback: ({ client }, done) => client.abandon(new Message('hello'), done),
      ...overMqtt('The MQTT transport does not support abandoning messages.'),
    },
    getTwin: {
      promise: async ({ client }) => (await client.getTwin()).properties.desired,
      callback: ({ client }, done) => client.getTwin((error, twin) => done(error, twin?.properties.desired)),
      gives: { $version: 1 },
    },
    setOptions: {
      promise: ({ client }) => client.setOptions({ keepalive: 60 }),
      callback: ({ client }, done) => client.setOptions({ keepalive: 60 }, done),
      gives: undefined,
    },
    setTransportOptions: {
      promise: async ({ client }) => kindOf(await client.setTransportOptions({})),
      callback: ({ client }, done) => client.setTransportOptions({}, (error, result) => done(error, kindOf(result))),
      gives: 'TransportConfigured',
    },
    updateSharedAccessSignature: {
      // There is no other form than the callback.
      promise: ({ client, token }) => calledBack((done) => renewWhileOpen({ client, token }, done)),
      callback: renewWhileOpen,
      gives: 'SharedAccessSignatureUpdated',
    },
    getBlobSharedAccessSignature: {
      promise: ({ client }) => client.getBlobSharedAccessSignature('photo'),
      callback: ({ client }, done) => client.getBlobSharedAccessSignature('photo', done),
      fails: { ...noFiles.fails, responseBody: expect.stringContaining('See docs/compatibility.md') },
    },
    notifyBlobUploadStatus: {
      promise: ({ client }) => client.notifyBlobUploadStatus('id', true, 200, 'done'),
      callback: ({ client }, done) => client.notifyBlobUploadStatus('id', true, 200, 'done', done),
      ...noFiles,
    },
    uploadToBlob: {
      promise: ({ client }) => client.uploadToBlob('photo', file(), 5),
      callback: ({ client }, done) => client.uploadToBlob('photo', file(), 5, done),
      fails: {
        name: 'BlobSasError',
        message: 'Could not obtain blob shared access signature.',
        innerError: expect.objectContaining(noFiles.fails),
      },
    },
    onDeviceMethod: { testedIn: 'device-methods.test.ts' },
    setRetryPolicy: { testedIn: HERE },
    'static fromConnectionString': { testedIn: '../support/sdk.ts' },
    'static fromSharedAccessSignature': { testedIn: HERE },
    'static fromAuthenticationProvider': { testedIn: HERE },
  };

  testEveryMethod(Client, calls, () => newSubject(transport));

  function renewWhileOpen({ client, token }: Subject, done: Done): void {
    client.open((error) => {
      if (error) done(error);
      else client.updateSharedAccessSignature(token, (refused, result) => done(refused, kindOf(result)));
    });
  }

  test('After updateSharedAccessSignature the device works on with the new token.', async () => {
    const { client, token } = await newSubject(transport);
    const twin = await client.getTwin();

    await calledBack((done) => client.updateSharedAccessSignature(token, done));

    expect((await client.getTwin()).properties.desired).toEqual({ $version: 1 });
    expect(await client.getTwin()).toBe(twin);
  });

  test('fromAuthenticationProvider signs in with the credentials of the provider.', async () => {
    const device = await hub.createDevice(`device-${randomUUID()}`);
    const provider = SharedAccessKeyAuthenticationProvider.fromConnectionString(hub.deviceConnectionString(device), 100, 50);
    const client = Client.fromAuthenticationProvider(provider, transport);
    made.push(client);

    const connected = once(client, 'connect');
    await client.open();
    await connected;

    expect(await hub.hub.devices.get(device.deviceId)).toMatchObject({ connectionState: 'Connected' });
  });

  test('A device with productInfo, modelId, keepalive and a CA of its own connects and is served as any other.', async () => {
    const { client } = await newSubject(transport);
    await client.setOptions({ productInfo: 'lamp/1.0 (ü)', modelId: 'dtmi:com:example:Lamp;1', keepalive: 20, ca: hub.caPem });

    await client.open();

    expect((await client.getTwin()).properties.reported).toMatchObject({ $version: 1 });
    await expect(client.setOptions({ productInfo: 'too late' })).rejects.toThrow('before initiating any connection');
  });

  test('The CA may be named by its file.', async () => {
    const { client } = await newSubject(transport);
    const path = join(temporaryFolder(), 'ca.pem');
    await writeFile(path, hub.caPem);
    await client.setOptions({ ca: path });

    await client.open();

    expect(kindOf(await client.sendEvent(new Message('hello')))).toBe('MessageEnqueued');
  });

  test('setRetryPolicy decides whether a lost connection is made again: without a retry the app is told.', async () => {
    const { client } = await newSubject(transport);
    const asked: string[] = [];
    client.setRetryPolicy({
      ...NO_RETRY,
      shouldRetry: ({ name }) => {
        asked.push(name);
        return false;
      },
    });
    await client.open();

    const [lost] = await Promise.all([once(client, 'disconnect'), hub.hub.connections.closeAll()]);

    expect(lost).toMatchObject([{ transportObj: { name: 'NotConnectedError' } }]);
    expect(asked).toContain('NotConnectedError');
  });
});

describe.each(TRANSPORTS)('Twin over %s', (_, transport) => {
  const calls: CallTable<Twin> = {
    get: {
      promise: async (twin) => (await twin.get()).properties.desired,
      callback: (twin, done) => twin.get((error, read) => done(error, read?.properties.desired)),
      gives: { $version: 1 },
    },
    enableTwinDesiredPropertiesUpdates: {
      promise: (twin) => calledBack((done) => twin.enableTwinDesiredPropertiesUpdates(done)),
      callback: (twin, done) => twin.enableTwinDesiredPropertiesUpdates(done),
      gives: undefined,
    },
    setRetryPolicy: { testedIn: HERE },
  };

  testEveryMethod(azureIotDevice.Twin, calls, async () => (await newSubject(transport)).client.getTwin());

  test('properties.reported.update tells its callback when the hub has the change.', async () => {
    const device = await hub.createDevice(`device-${randomUUID()}`);
    await using client = await openDevice(hub.deviceConnectionString(device));
    const twin = await client.getTwin();
    twin.setRetryPolicy(NO_RETRY);

    await calledBack((done) => twin.properties.reported.update({ level: 3 }, done));

    expect((await hub.hub.twins.get({ deviceId: device.deviceId })).twin.reported.properties).toEqual({ level: 3 });
    expect(twin.properties.reported).toMatchObject({ level: 3 });
  });
});

describe('Message', () => {
  const elsewhere = { testedIn: HERE };
  const calls: CallTable<never> = {
    getData: elsewhere,
    getBytes: elsewhere,
    setAsSecurityMessage: elsewhere,
    'static isBufferConvertible': elsewhere,
  };
  const none = (): Promise<never> => Promise.reject(new Error('no subject'));

  testEveryMethod(Message, calls, none);

  test.each<[string, string | Buffer]>([
    ['no bytes', ''],
    ['text', 'hello ü'],
    ['bytes that are no text', Buffer.from([0, 255])],
    ['256 KB, the largest that the SDK sends,', Buffer.alloc(256 * 1024, 'x')],
  ])('A message of %s arrives with each of its bytes.', async (_, body) => {
    const { client } = await newSubject();
    const message = new Message(body);
    const before = hub.hub.telemetry.count();

    const result = await client.sendEvent(message);

    expect(kindOf(result)).toBe('MessageEnqueued');
    expect(message.getData()).toBe(body);
    expect(Message.isBufferConvertible(body)).toBe(true);
    expect(hub.hub.telemetry.count()).toEqual({ messages: before.messages + 1, bytes: before.bytes + message.getBytes().length });
  });

  test('Every property of a message may be set, of any characters.', async () => {
    const { client } = await newSubject();
    const message = new Message('hello');
    message.setAsSecurityMessage();
    message.messageId = 'id / 1';
    message.correlationId = '#+';
    message.userId = 'ü';
    message.to = '/a/b';
    message.contentType = 'application/json';
    message.contentEncoding = 'utf-8';
    message.expiryTimeUtc = new Date(4_000_000_000_000);
    for (const value of ['', 'a/b?c=d&e', '#', '+', '$', 'ü 漢', '%2F']) message.properties.add(`key ${value}`, value);

    expect(kindOf(await client.sendEvent(message))).toBe('MessageEnqueued');
  });
});

test('A device whose connection string has a token is served as one with a key.', async () => {
  const device = await hub.createDevice(`device-${randomUUID()}`);
  const token = sasToken({ key: sasKeys(device).secondaryKey, resource: `localhost%2Fdevices%2F${device.deviceId}` });
  const client = mqttClient(`HostName=localhost;DeviceId=${device.deviceId};SharedAccessSignature=${token}`);
  made.push(client);
  await client.open();

  client.onDeviceMethod('echo', answering(200));

  await expect.poll(() => hub.hub.subscriptions.readSubscriptions({ deviceId: device.deviceId })).toContain('methods');
  expect((await client.getTwin()).properties.desired).toEqual({ $version: 1 });
});
