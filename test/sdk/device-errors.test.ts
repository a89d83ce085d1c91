// Every error class of the device SDK over MQTT: it is caused for real, or the table says why it cannot be.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import azureIotDevice, { type DeviceMethodResponse } from 'azure-iot-device';
import azureIotDeviceMqtt from 'azure-iot-device-mqtt';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueCa } from '../../src/certificates/issue.ts';
import { systemClock } from '../../src/system/system-clock.ts';
import { holdStore } from '../support/held-store.ts';
import { type DeviceClient, Message, mqttClient, NO_RETRY, openDevice, report, ServiceClient } from '../support/sdk.ts';
import { type ErrorTable, errorsOf, testEveryError } from '../support/sdk-errors.ts';
import { openTestHub, sasToken, type TestHub } from '../support/test-hub.ts';
import { sasKeys } from '../support/identities.ts';

const { Client, ModuleClient, X509AuthenticationProvider } = azureIotDevice;
const { Mqtt } = azureIotDeviceMqtt;

const OTHER_TRANSPORTS = 'made over AMQP, which the hub does not offer to devices, or of answers that it never gives them over HTTPS';

let dataDir: string;
let hub: TestHub;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'twinhub-errors-'));
  hub = await openTestHub({ dataDir });
});
afterAll(async () => {
  await hub.close();
  await rm(dataDir, { recursive: true, force: true });
});

const TABLE: ErrorTable = {
  ArgumentError: {
    by: async () => (await newClient()).setOptions({ cert: 'x', key: 'y' }),
    message: 'Cannot set x509 options on a device that uses token authentication.',
  },
  FormatError: { by: async () => Client.fromSharedAccessSignature('no token', Mqtt).open(), message: 'Malformed signature' },
  InvalidOperationError: {
    by: async () => (await clientWithToken()).setOptions({ tokenRenewal: { tokenValidTimeInSeconds: 20, tokenRenewalMarginInSeconds: 5 } }),
    message: 'can only set token renewal options when using pre-shared key authentication',
  },
  MessageTooLargeError: {
    by: async () => {
      await using app = await openDevice(await newDevice());
      await app.sendEvent(new Message(Buffer.alloc(256 * 1024 + 1)));
    },
    message: 'Message size is greater than 256KiB',
  },
  NotConnectedError: { by: answerAfterTheConnection, message: 'device disconnected: the service already considers the method has failed' },
  NotImplementedError: {
    by: async () => (await newClient()).sendEventBatch([new Message('hello')]),
    message: 'MQTT Transport does not support batching yet',
  },
  ServiceUnavailableError: { by: connectToHeldStore, message: /Server unavailable/ },
  UnauthorizedError: {
    by: async () => mqttClient((await newDevice()).replace('DeviceId=', 'DeviceId=not-')).open(),
    message: /Failure on first connection.*Not authorized/,
  },
  InternalServerError: { never: 'over MQTT it stands for a packet type that MQTT does not have; the hub sends none' },
  TimeoutError: { never: 'a message is acknowledged as soon as it is accepted; the SDK waits 30 seconds for that' },
  DeviceNotFoundError: { never: `${OTHER_TRANSPORTS}; over MQTT an unknown device is an UnauthorizedError` },
  InvalidEtagError: { never: OTHER_TRANSPORTS },
  IotHubQuotaExceededError: { never: OTHER_TRANSPORTS },
  ThrottlingError: { never: OTHER_TRANSPORTS },
  ArgumentOutOfRangeError: { never: 'unused' },
  BadDeviceResponseError: { never: 'unused' },
  CloudToDeviceDetachedError: { never: 'unused' },
  DeviceAlreadyExistsError: { never: 'unused' },
  DeviceMaximumQueueDepthExceededError: { never: 'unused' },
  DeviceMessageLockLostError: { never: 'unused' },
  DeviceMethodsDetachedError: { never: 'unused' },
  DeviceRegistrationFailedError: { never: 'unused' },
  DeviceTimeoutError: { never: 'unused' },
  GatewayTimeoutError: { never: 'unused' },
  IoTHubSuspendedError: { never: 'unused' },
  IotHubNotFoundError: { never: 'unused' },
  JobNotFoundError: { never: 'unused' },
  OperationCancelledError: { never: 'unused' },
  PreconditionFailedError: { never: 'unused' },
  SecurityDeviceError: { never: 'unused' },
  TooManyDevicesError: { never: 'unused' },
  TwinDetachedError: { never: 'unused' },
  TwinRequestError: { never: 'unused' },
};

testEveryError(errorsOf('azure-iot-device', 'azure-iot-common'), TABLE, [
  'azure-iot-device',
  'azure-iot-device-mqtt',
  'azure-iot-mqtt-base',
  'azure-iot-common',
]);

/** The connection string of a device of its own. */
async function newDevice(): Promise<string> {
  return hub.deviceConnectionString(await hub.createDevice(`device-${randomUUID()}`));
}

async function newClient(): Promise<DeviceClient> {
  return mqttClient(await newDevice());
}

async function clientWithToken(): Promise<DeviceClient> {
  const device = await hub.createDevice(`device-${randomUUID()}`);
  const { deviceId } = device;
  return Client.fromSharedAccessSignature(
    sasToken({ key: sasKeys(device).primaryKey, resource: `localhost%2Fdevices%2F${deviceId}` }),
    Mqtt,
  );
}

async function answerAfterTheConnection(): Promise<void> {
  const device = await hub.createDevice(`device-${randomUUID()}`);
  const app = await openDevice(hub.deviceConnectionString(device));
  const handed = new Promise<DeviceMethodResponse>((resolve) => {
    app.onDeviceMethod('wait', (_request, response) => resolve(response));
  });
  const service = ServiceClient.fromConnectionString(hub.serviceConnectionString());
  const called = service
    .invokeDeviceMethod(device.deviceId, { methodName: 'wait', connectTimeoutInSeconds: 20 })
    .catch((error: unknown) => error);
  const response = await handed;

  await app.close();

  expect(await called).toMatchObject({ responseBody: expect.stringContaining('The device disconnected before it answered.') });
  await response.send(200);
}

async function connectToHeldStore(): Promise<void> {
  const client = await newClient();
  client.setRetryPolicy(NO_RETRY);
  await using _held = await holdStore(dataDir);
  await client.open();
}

// The class that the SDK has for a TLS connection that fails, too (contract 1.4).
test('A connection to a hub whose certificate another CA signed is an UnauthorizedError at once.', async () => {
  const client = await clientWithAnotherCa();

  await expect(client.open()).rejects.toMatchObject({ name: 'UnauthorizedError', message: expect.stringMatching(/certificate/) });
});

async function clientWithAnotherCa(): Promise<DeviceClient> {
  const client = await newClient();
  await client.setOptions({ ca: (await issueCa(systemClock.nowMs())).certPem });
  return client;
}

test('A module that is not registered is an UnauthorizedError at once.', async () => {
  const text = `${await newDevice()};ModuleId=dimmer`;

  await expect(ModuleClient.fromConnectionString(text, Mqtt).open()).rejects.toMatchObject({
    name: 'UnauthorizedError',
    message: expect.stringContaining('Not authorized'),
  });
});

test('A device with a certificate in place of a key is an UnauthorizedError at once.', async () => {
  const { deviceId } = await hub.createDevice(`device-${randomUUID()}`);
  const client = Client.fromAuthenticationProvider(new X509AuthenticationProvider({ host: 'localhost', deviceId }), Mqtt);
  const { certPem, keyPem } = await issueCa(systemClock.nowMs());
  await client.setOptions({ cert: certPem, key: keyPem });

  await expect(client.open()).rejects.toMatchObject({ name: 'UnauthorizedError' });
});

test('A hub that is gone is a NotConnectedError for a device that was connected.', async () => {
  await using app = await openDevice(await newDevice());
  app.setRetryPolicy(NO_RETRY);

  const [[lost]] = await Promise.all([once(app, 'disconnect'), hub.hub.connections.closeAll()]);

  expect(lost).toMatchObject({ transportObj: { name: 'NotConnectedError' } });
});

test.each<[string, object, string]>([
  ['a key with a dot', { 'a.b': 1 }, "Keys may not hold control characters, white space, '.', '$' or '#'. Error in Property/Tag a.b"],
  ['a value that is too long', { a: 'x'.repeat(4097) }, 'Property or Tag value should be maximum 4096 bytes. Error in Property/Tag a'],
  ['too much in all', Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`p${index}`, 'x'.repeat(4000)])), '32768 bytes'],
  ['no object', [1], "'reported' must be a JSON object."],
])('Reported properties with %s are an Error with the words of the hub.', async (_, patch, words) => {
  await using app = await openDevice(await newDevice());
  const twin = await app.getTwin();

  await expect(report(twin, patch)).rejects.toMatchObject({ name: 'Error', message: expect.stringContaining(words) });

  await report(twin, { accepted: true });
});
