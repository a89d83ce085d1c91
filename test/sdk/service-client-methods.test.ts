// Every public method of Client, JobClient, Twin and Query of the service SDK, in both of their forms.
import { randomUUID } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import azureIotHub from 'azure-iothub';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createModule, moduleConnectionString } from '../support/modules.ts';
import { answering, type DeviceClient, JobClient, moduleClient, NO_RETRY, openDevice, Registry, ServiceClient } from '../support/sdk.ts';
import { calledBack, type CallTable, testEveryMethod } from '../support/sdk-forms.ts';
import { openTestHub, sasToken, type TestHub } from '../support/test-hub.ts';

type Client = InstanceType<typeof ServiceClient>;
type Jobs = InstanceType<typeof JobClient>;
type Twin = InstanceType<typeof azureIotHub.Twin>;
type Query = ReturnType<InstanceType<typeof Registry>['createQuery']>;

const ECHO = { methodName: 'echo', payload: 'hello', connectTimeoutInSeconds: 20 };
const ANSWER = { status: 200, payload: 'hello' };
const HERE = 'service-client-methods.test.ts';

let hub: TestHub;
let device: DeviceClient & AsyncDisposable;
beforeAll(async () => {
  hub = await openTestHub();
  device = await openDevice(hub.deviceConnectionString(await hub.createDevice('lamp')));
  device.onDeviceMethod('echo', (request, response) => answering(200, request.payload)(request, response));
});
afterAll(async () => {
  await device[Symbol.asyncDispose]();
  await hub.close();
});

function keyOf(policyName: string): string {
  return hub.hub.policies.find(policyName)?.keys.primaryKey ?? '';
}

function serviceToken(): string {
  return sasToken({ key: keyOf('service'), resource: 'localhost', policyName: 'service' });
}

const BEARER = { getToken: () => Promise.resolve({ token: 'a.b.c', expiresOnTimestamp: 4_000_000_000_000 }) };

describe('Client', () => {
  // All but direct methods goes through AMQP, which has nothing to connect to.
  const notConnected = { fails: { name: 'NotConnectedError' } };

  const calls: CallTable<Client> = {
    invokeDeviceMethod: {
      promise: async (client) => (await client.invokeDeviceMethod('lamp', { ...ECHO })).result,
      callback: (client, done) => client.invokeDeviceMethod('lamp', { ...ECHO }, done),
      gives: ANSWER,
    },
    open: { promise: (client) => client.open(), callback: (client, done) => client.open(done), ...notConnected },
    send: {
      promise: (client) => client.send('lamp', 'hello'),
      callback: (client, done) => client.send('lamp', 'hello', done),
      ...notConnected,
    },
    getFeedbackReceiver: {
      promise: (client) => client.getFeedbackReceiver(),
      callback: (client, done) => client.getFeedbackReceiver(done),
      ...notConnected,
    },
    getFileNotificationReceiver: {
      promise: (client) => client.getFileNotificationReceiver(),
      callback: (client, done) => client.getFileNotificationReceiver(done),
      ...notConnected,
    },
    close: {
      promise: async (client) => (await client.close()).result,
      callback: (client, done) => client.close(done),
      gives: expect.objectContaining({}),
    },
    setRetryPolicy: { testedIn: HERE },
    'static fromConnectionString': { testedIn: HERE },
    'static fromSharedAccessSignature': { testedIn: HERE },
    'static fromTokenCredential': { testedIn: HERE },
  };

  test('invokeDeviceMethod calls a module, in both forms, and not its device.', async () => {
    const module = await createModule(hub, { deviceId: `device-${randomUUID()}`, moduleId: 'dimmer' });
    const client = ServiceClient.fromConnectionString(hub.serviceConnectionString());
    const app = moduleClient(moduleConnectionString(module));
    app.onMethod('echo', (_, response) => void response?.send(200, 'hello').catch(() => undefined));

    try {
      await app.open();
      const promised = await client.invokeDeviceMethod(module.deviceId, 'dimmer', { ...ECHO });
      const called = await calledBack((done) => client.invokeDeviceMethod(module.deviceId, 'dimmer', { ...ECHO }, done));

      expect([promised.result, called]).toEqual([ANSWER, ANSWER]);
    } finally {
      await app.close();
    }
  });

  testEveryMethod(ServiceClient, calls, async () => {
    const text = hub.serviceConnectionString();
    const client = ServiceClient.fromConnectionString(text, amqpAt(await closedPort()));
    client.setRetryPolicy(NO_RETRY);
    return client;
  });

  test('With the retry policy of the SDK, what needs AMQP is tried again for minutes; setRetryPolicy shortens it.', async () => {
    const client = ServiceClient.fromConnectionString(hub.serviceConnectionString(), amqpAt(await closedPort()));
    const seen: string[] = [];
    client.setRetryPolicy({
      shouldRetry: (error) => seen.push(error.name) < 3,
      nextRetryTimeout: () => 0,
    });

    await expect(client.open()).rejects.toMatchObject({ name: 'NotConnectedError' });

    expect(seen).toEqual(['NotConnectedError', 'NotConnectedError', 'NotConnectedError']);
  });

  test('Over WebSockets AMQP is refused too.', async () => {
    const client = ServiceClient.fromConnectionString(hub.serviceConnectionString(), azureIotHub.AmqpWs);
    client.setRetryPolicy(NO_RETRY);
    // The AMQP library prints what happened to its WebSocket.
    using _quiet = vi.spyOn(console, 'warn').mockImplementation(() => undefined);

    await expect(client.open()).rejects.toMatchObject({ name: 'NotConnectedError' });
  });

  test('A module that is not there is told apart in the body of the error alone, for the SDK has no class for it.', async () => {
    const client = ServiceClient.fromConnectionString(hub.serviceConnectionString());
    const refusal = { name: 'Error', message: 'Not found', responseBody: expect.stringContaining('ErrorCode:ModuleNotFound;') };

    await expect(client.invokeDeviceMethod('lamp', 'ghost', { ...ECHO })).rejects.toMatchObject(refusal);
    await expect(calledBack((done) => client.invokeDeviceMethod('lamp', 'ghost', { ...ECHO }, done))).rejects.toMatchObject(refusal);
  });

  test('fromSharedAccessSignature signs in with a token that the app made.', async () => {
    const client = ServiceClient.fromSharedAccessSignature(serviceToken());

    expect((await client.invokeDeviceMethod('lamp', { ...ECHO })).result).toEqual(ANSWER);
  });

  test('fromTokenCredential is refused with the way out.', async () => {
    const client = ServiceClient.fromTokenCredential('localhost', BEARER);

    await expect(client.invokeDeviceMethod('lamp', { ...ECHO })).rejects.toMatchObject({
      name: 'UnauthorizedError',
      message: expect.stringContaining('Sign in with a shared access policy'),
    });
  });
});

/** The SDK's AMQP, led to this port. */
function amqpAt(port: number): typeof azureIotHub.Amqp {
  return class extends azureIotHub.Amqp {
    constructor(config: ConstructorParameters<typeof azureIotHub.Amqp>[0]) {
      super({ ...config, host: `localhost:${port}` });
    }
  };
}

/** Where nothing listens, as on 5671 of a hub. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address: AddressInfo | string | null = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}

describe('JobClient', () => {
  type Subject = { readonly jobs: Jobs; readonly planned: string };

  const lock = { methodName: 'lockDoor', payload: null, responseTimeoutInSeconds: 15 };
  const patch = { etag: '*', properties: { desired: { floor: 3 } } };
  const nobody = "deviceId = 'nobody'";
  const start = new Date(Date.now() + 3_600_000);
  const queued = (type: string): unknown => expect.objectContaining({ type, status: 'queued', queryCondition: nobody });

  const calls: CallTable<Subject> = {
    scheduleDeviceMethod: {
      promise: async ({ jobs }) => (await jobs.scheduleDeviceMethod(randomUUID(), nobody, lock, start, 300)).jobStatus,
      callback: ({ jobs }, done) => jobs.scheduleDeviceMethod(randomUUID(), nobody, lock, start, 300, done),
      gives: queued('scheduleDeviceMethod'),
    },
    scheduleTwinUpdate: {
      promise: async ({ jobs }) => (await jobs.scheduleTwinUpdate(randomUUID(), nobody, patch, start, 300)).jobStatus,
      callback: ({ jobs }, done) => jobs.scheduleTwinUpdate(randomUUID(), nobody, patch, start, 300, done),
      gives: queued('scheduleUpdateTwin'),
    },
    getJob: {
      promise: async ({ jobs, planned }) => (await jobs.getJob(planned)).jobStatus,
      callback: ({ jobs, planned }, done) => jobs.getJob(planned, done),
      gives: expect.objectContaining({ type: 'scheduleUpdateTwin', status: expect.stringMatching(/^(queued|scheduled)$/) }),
    },
    cancelJob: {
      promise: async ({ jobs, planned }) => (await jobs.cancelJob(planned)).jobStatus,
      callback: ({ jobs, planned }, done) => jobs.cancelJob(planned, done),
      gives: expect.objectContaining({ status: 'cancelled' }),
    },
    createQuery: { testedIn: 'jobs.test.ts' },
    'static fromConnectionString': { testedIn: HERE },
    'static fromSharedAccessSignature': { testedIn: HERE },
    'static fromTokenCredential': { testedIn: HERE },
  };

  testEveryMethod(JobClient, calls, async () => {
    const jobs = JobClient.fromConnectionString(hub.serviceConnectionString('service'));
    const planned = randomUUID();
    await jobs.scheduleTwinUpdate(planned, nobody, patch, start, 300);
    return { jobs, planned };
  });

  test.each<[string, (jobs: Jobs) => Promise<unknown>]>([
    ['a method job', async (jobs) => (await jobs.scheduleDeviceMethod(randomUUID(), nobody, lock)).jobStatus],
    ['a method job with a callback', (jobs) => calledBack((done) => jobs.scheduleDeviceMethod(randomUUID(), nobody, lock, done))],
    ['a twin job', async (jobs) => (await jobs.scheduleTwinUpdate(randomUUID(), nobody, patch)).jobStatus],
    ['a twin job with a callback', (jobs) => calledBack((done) => jobs.scheduleTwinUpdate(randomUUID(), nobody, patch, done))],
  ])('Without a start and a window %s starts at once and has an hour.', async (_, schedule) => {
    const jobs = JobClient.fromConnectionString(hub.serviceConnectionString('service'));

    expect(await schedule(jobs)).toMatchObject({ status: 'queued', maxExecutionTimeInSeconds: 3600 });
  });

  test('fromSharedAccessSignature signs in with a token that the app made.', async () => {
    const jobs = JobClient.fromSharedAccessSignature(serviceToken());

    expect((await jobs.getJob('ghost')).jobStatus).toMatchObject({ status: 'unknown' });
  });

  test('fromTokenCredential is refused with the way out.', async () => {
    await expect(JobClient.fromTokenCredential('localhost', BEARER).getJob('ghost')).rejects.toMatchObject({
      name: 'UnauthorizedError',
      message: expect.stringContaining('Sign in with a shared access policy'),
    });
  });
});

describe('Twin', () => {
  const calls: CallTable<Twin> = {
    get: {
      promise: async (twin) => (await twin.get()).result.tags,
      callback: (twin, done) => twin.get((error, read) => done(error, read?.tags)),
      gives: { floor: 1 },
    },
    update: {
      promise: async (twin) => (await twin.update({ tags: { floor: 2 } })).result.tags,
      callback: (twin, done) => twin.update({ tags: { floor: 2 } }, (error, read) => done(error, read?.tags)),
      gives: { floor: 2 },
    },
    toJSON: { testedIn: HERE },
  };

  testEveryMethod(azureIotHub.Twin, calls, async () => new azureIotHub.Twin(await newDeviceOnFloor(1), readingRegistry()));

  test('toJSON has the twin, and not the client that read it.', async () => {
    const deviceId = await newDeviceOnFloor(1);

    const { responseBody: twin } = await readingRegistry().getTwin(deviceId);

    expect(twin.toJSON()).toMatchObject({ deviceId, tags: { floor: 1 }, properties: { desired: { $version: 1 } } });
    expect(JSON.parse(JSON.stringify(twin))).not.toHaveProperty('_registry');
  });
});

describe('Query', () => {
  const calls: CallTable<Query> = {
    next: {
      promise: async (query) => (await query.next()).result,
      callback: (query, done) => query.next(done),
      gives: [{ deviceId: 'lamp' }],
    },
    nextAsTwin: {
      promise: async (query) => (await query.nextAsTwin()).result,
      callback: (query, done) => query.nextAsTwin(done),
      gives: [expect.objectContaining({ deviceId: 'lamp' })],
    },
  };
  const newQuery = (): Query => readingRegistry().createQuery("SELECT deviceId FROM devices WHERE deviceId = 'lamp'");
  // The SDK does not export the class.
  const anyQuery = Registry.fromConnectionString('HostName=localhost;SharedAccessKeyName=a;SharedAccessKey=YQ==').createQuery('SELECT *');

  testEveryMethod({ name: 'Query', prototype: Object.getPrototypeOf(anyQuery) }, calls, () => Promise.resolve(newQuery()));
});

function readingRegistry(): InstanceType<typeof Registry> {
  return Registry.fromConnectionString(hub.serviceConnectionString('service'));
}

async function newDeviceOnFloor(floor: number): Promise<string> {
  const { deviceId } = await hub.createDevice(`device-${randomUUID()}`);
  await readingRegistry().updateTwin(deviceId, { tags: { floor } }, '*');
  return deviceId;
}
