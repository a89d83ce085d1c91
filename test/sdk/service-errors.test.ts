// Every error class of the service SDK: the hub causes it for real, or the table says why it cannot.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { LIMITS } from '../../src/domain/limits.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { holdStore } from '../support/held-store.ts';
import { principalOf, RecordingLink } from '../support/open-hub.ts';
import { keysOf } from '../support/store-builders.ts';
import { answering, openDevice, Registry, ServiceClient } from '../support/sdk.ts';
import { type ErrorTable, errorsOf, testEveryError } from '../support/sdk-errors.ts';
import { openTestHub, type TestHub } from '../support/test-hub.ts';

const ONLY_AMQP = 'made by the AMQP transport alone, from conditions of a peer that speaks AMQP; nothing listens there';

// It starts with the machine's, since the SDK makes its tokens by that.
const clock = new FakeClock(Date.now());
let dataDir: string;
let hub: TestHub;
let registry: InstanceType<typeof Registry>;
let client: InstanceType<typeof ServiceClient>;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'twinhub-errors-'));
  hub = await openTestHub({ clock, dataDir });
  registry = Registry.fromConnectionString(hub.serviceConnectionString());
  client = ServiceClient.fromConnectionString(hub.serviceConnectionString());
});
afterAll(async () => {
  await hub.close();
  await rm(dataDir, { recursive: true, force: true });
});

const TABLE: ErrorTable = {
  ArgumentError: {
    by: () => registry.create({ deviceId: 'invalid/name' }),
    message: /device id.*invalid\/name/i,
  },
  UnauthorizedError: {
    by: () => Registry.fromConnectionString(hub.serviceConnectionString('registryRead')).create({ deviceId: 'lamp' }),
    message: /RegistryWrite/,
  },
  TooManyDevicesError: {
    // The class of any 403.
    by: async () =>
      registry.updateTwin(await newDevice(), { tags: { a: 'x'.repeat(4000), b: 'x'.repeat(4000), c: 'x'.repeat(4000) } }, '*'),
    message: "'Tags' size should be less than 8192 bytes.",
  },
  DeviceNotFoundError: { by: () => registry.get('ghost'), message: "No device with ID 'ghost' is registered." },
  DeviceAlreadyExistsError: {
    by: async () => registry.create({ deviceId: await newDevice() }),
    message: /^A device with ID 'device-.*' is already registered\.$/,
  },
  InvalidEtagError: { by: async () => registry.updateTwin(await newDevice(), { tags: {} }, 'AAAA'), message: /etag/i },
  BadDeviceResponseError: { by: () => callDeviceThatAnswers('x'.repeat(129 * 1024)), message: /payload of more than 131072 bytes/ },
  GatewayTimeoutError: { by: callSilentDevice, message: /504101.*Timed out waiting for the response from device/ },
  ServiceUnavailableError: { by: writeToHeldStore, message: 'Another program holds the store. End that program.' },
  FormatError: { by: async () => Registry.fromSharedAccessSignature('no token').list(), message: 'Malformed signature' },
  ThrottlingError: { by: signInTooOften, message: 'Too many sign-ins from this address were refused. Correct the connection string.' },
  NotConnectedError: { never: `${ONLY_AMQP}, which is how service-client-methods.test.ts causes it` },
  IotHubNotFoundError: { never: 'a hub has no other hubs: a token for another host name is a 401' },
  InternalServerError: { never: 'the answer to a bug: an app that sees one has found a fault of the hub' },
  DeviceTimeoutError: {
    never:
      '408 is for a request that takes a minute to arrive, which the SDK sends at once; a device that is away is a 404, a silent one a 504',
  },
  ArgumentOutOfRangeError: { never: ONLY_AMQP },
  DeviceMaximumQueueDepthExceededError: { never: ONLY_AMQP },
  DeviceMessageLockLostError: { never: ONLY_AMQP },
  InvalidOperationError: { never: ONLY_AMQP },
  IoTHubSuspendedError: { never: ONLY_AMQP },
  IotHubQuotaExceededError: { never: ONLY_AMQP },
  MessageTooLargeError: { never: ONLY_AMQP },
  NotImplementedError: { never: ONLY_AMQP },
  PreconditionFailedError: { never: ONLY_AMQP },
  TimeoutError: { never: ONLY_AMQP },
  CloudToDeviceDetachedError: { never: 'unused' },
  DeviceMethodsDetachedError: { never: 'unused' },
  DeviceRegistrationFailedError: { never: 'unused' },
  JobNotFoundError: { never: 'unused' },
  OperationCancelledError: { never: 'unused' },
  SecurityDeviceError: { never: 'unused' },
  TwinDetachedError: { never: 'unused' },
  TwinRequestError: { never: 'unused' },
};

testEveryError(errorsOf('azure-iothub', './dist/common-core/errors'), TABLE, ['azure-iothub']);

async function newDevice(): Promise<string> {
  return (await hub.createDevice(`device-${randomUUID()}`)).deviceId;
}

async function callDeviceThatAnswers(payload: string): Promise<unknown> {
  const device = await hub.createDevice(`device-${randomUUID()}`);
  await using app = await openDevice(hub.deviceConnectionString(device));
  app.onDeviceMethod('read', answering(200, payload));
  return await client.invokeDeviceMethod(device.deviceId, { methodName: 'read', connectTimeoutInSeconds: 20 });
}

async function callSilentDevice(): Promise<unknown> {
  const device = await hub.createDevice(`device-${randomUUID()}`);
  const link = new RecordingLink();
  await hub.hub.connections.connect(principalOf(device), link);
  const sent = link.nextMethod();
  const calling = client.invokeDeviceMethod(device.deviceId, { methodName: 'read', responseTimeoutInSeconds: 5 });
  await sent;
  clock.advance(5000);
  return calling;
}

/** With a bad key, until as many answers wait as may. Those come when the hub closes, since its clock stands still. */
async function signInTooOften(): Promise<unknown> {
  const stranger = Registry.fromConnectionString(
    hub.serviceConnectionString().replace(/SharedAccessKey=.*/, `SharedAccessKey=${keysOf('x').primaryKey}`),
  );
  const signIns = LIMITS.refusalsAtOnce.value + LIMITS.refusalsHeldPerIdentity.value + 1;
  return await new Promise((_, reject) => {
    for (let index = 0; index < signIns; index += 1) {
      stranger.list().catch((error: Error) => {
        if (error.name !== 'UnauthorizedError') reject(error);
      });
    }
  });
}

async function writeToHeldStore(): Promise<unknown> {
  await using _held = await holdStore(dataDir);
  return await registry.create({ deviceId: 'lamp' });
}
