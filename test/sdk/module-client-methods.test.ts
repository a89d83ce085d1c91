// Every public method of the device SDK's ModuleClient over MQTT and over MQTT on WebSockets, in both of their forms.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import azureIotDevice from 'azure-iot-device';
import azureIotDeviceMqtt from 'azure-iot-device-mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Module } from '../../src/domain/identity/module.ts';
import { SOMEONE } from '../support/actors.ts';
import { resourceOf, sasKeys } from '../support/identities.ts';
import { createModule, moduleConnectionString } from '../support/modules.ts';
import { Collected, Message, NO_RETRY, report } from '../support/sdk.ts';
import { calledBack, type CallTable, type Done, testEveryMethod } from '../support/sdk-forms.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { openTestHub, sasToken, type TestHub } from '../support/test-hub.ts';

const { ModuleClient, SharedAccessKeyAuthenticationProvider } = azureIotDevice;
const { Mqtt, MqttWs } = azureIotDeviceMqtt;

type Client = InstanceType<typeof ModuleClient>;
type Subject = { readonly module: Module; readonly client: Client; readonly token: string };

const HERE = 'module-client-methods.test.ts';

let hub: TestHub;
const made: Client[] = [];
beforeAll(async () => {
  hub = await openTestHub();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const client of made.splice(0)) await client.close();
});
afterAll(() => hub.close());

function newModule(): Promise<Module> {
  return createModule(hub, { deviceId: `device-${randomUUID()}`, moduleId: "eye@1'" });
}

function kept(client: Client): Client {
  made.push(client);
  return client;
}

/** The SDK tells kinds of results apart by class alone. */
function kindOf(result: unknown): string {
  return typeof result === 'object' && result !== null ? result.constructor.name : String(result);
}

/** The types of the SDK call it private. */
function validateEnvironment(): unknown {
  const validate: unknown = Reflect.get(ModuleClient, 'validateEnvironment');
  return typeof validate === 'function' ? validate() : 'no function';
}

describe.each([
  ['Mqtt', Mqtt],
  ['MqttWs', MqttWs],
])('ModuleClient over %s', (_, transport) => {
  /** With a token of the app's own, since the SDK renews no other. */
  async function newSubject(): Promise<Subject> {
    const module = await newModule();
    const token = sasToken({ key: sasKeys(module).primaryKey, resource: resourceOf(module) });
    return { module, token, client: kept(ModuleClient.fromSharedAccessSignature(token, transport)) };
  }

  function renewWhileOpen({ client, token }: Subject, done: Done): void {
    client.open((error) => {
      if (error) done(error);
      else client.updateSharedAccessSignature(token, (refused, result) => done(refused, kindOf(result)));
    });
  }

  // What the SDK says by itself, before anything is sent.
  const noBatches = { fails: { name: 'NotImplementedError', message: 'MQTT Transport does not support batching yet' } };
  const params = { methodName: 'blink', payload: null, connectTimeoutInSeconds: 0, responseTimeoutInSeconds: 10 };
  /** The SDK sends the call without an api-version, to the gateway that an edge device is. */
  const notAnEdgeHub = { fails: { name: 'ArgumentError', responseBody: expect.stringContaining('InvalidProtocolVersion') } };
  const withGateway = ({ module }: Subject): Client =>
    kept(ModuleClient.fromConnectionString(`${moduleConnectionString(module)};GatewayHostName=localhost`, transport));

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
      ...noBatches,
    },
    sendOutputEvent: {
      promise: async ({ client }) => kindOf(await client.sendOutputEvent('alerts/1', new Message('hello'))),
      callback: ({ client }, done) =>
        client.sendOutputEvent('alerts/1', new Message('hello'), (error, result) => done(error, kindOf(result))),
      gives: 'MessageEnqueued',
    },
    sendOutputEventBatch: {
      promise: ({ client }) => client.sendOutputEventBatch('alerts', [new Message('hello')]),
      callback: ({ client }, done) => client.sendOutputEventBatch('alerts', [new Message('hello')], done),
      ...noBatches,
    },
    complete: {
      promise: async ({ client }) => kindOf(await client.complete(new Message('hello'))),
      callback: ({ client }, done) => client.complete(new Message('hello'), (error, result) => done(error, kindOf(result))),
      gives: 'MessageCompleted',
    },
    reject: {
      promise: ({ client }) => client.reject(new Message('hello')),
      callback: ({ client }, done) => client.reject(new Message('hello'), done),
      fails: { name: 'NotImplementedError' },
    },
    abandon: {
      promise: ({ client }) => client.abandon(new Message('hello')),
      callback: ({ client }, done) => client.abandon(new Message('hello'), done),
      fails: { name: 'NotImplementedError' },
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
      promise: (subject) => calledBack((done) => renewWhileOpen(subject, done)),
      callback: renewWhileOpen,
      gives: 'SharedAccessSignatureUpdated',
    },
    invokeMethod: {
      promise: (subject) => withGateway(subject).invokeMethod('other', params),
      callback: (subject, done) => withGateway(subject).invokeMethod('other', params, done),
      ...notAnEdgeHub,
    },
    onMethod: { testedIn: HERE },
    setRetryPolicy: { testedIn: HERE },
    'static fromConnectionString': { testedIn: HERE },
    'static fromSharedAccessSignature': { testedIn: HERE },
    'static fromAuthenticationProvider': { testedIn: HERE },
    'static fromEnvironment': { testedIn: HERE },
    'static validateEnvironment': {
      promise: () => Promise.resolve(validateEnvironment()),
      callback: (_subject, done) => done(null, validateEnvironment()),
      gives: expect.objectContaining({ message: 'Environment variable IOTEDGE_WORKLOADURI was not provided.' }),
    },
  };

  testEveryMethod(ModuleClient, calls, newSubject);

  test('The module reports to its own twin, and is told of its desired properties.', async () => {
    const module = await newModule();
    const client = kept(ModuleClient.fromConnectionString(moduleConnectionString(module), transport));
    const twin = await client.getTwin();
    const told = new Collected<unknown>();
    twin.on('properties.desired', told.add);

    await report(twin, { level: 3 });
    await expect.poll(() => hub.hub.subscriptions.readSubscriptions(module)).toContain('desiredChanges');
    const body = { properties: { desired: { on: true } } };
    await hub.hub.twins.write({ ...module, by: SOMEONE, kind: 'patch', body, precondition: { kind: 'none' } });

    expect(await told.first(2)).toEqual([{ $version: 1 }, { on: true, $version: 2 }]);
    expect((await hub.hub.twins.get(module)).twin.reported.properties).toEqual({ level: 3 });
    expect((await hub.hub.twins.get({ deviceId: module.deviceId })).twin.reported.properties).toEqual({});
  });

  test('The module answers its methods, also after its token was renewed.', async () => {
    const { module, client, token } = await newSubject();
    await client.open();
    client.onMethod('blink', (_request, response) => {
      response?.send(200, { done: true }).catch(() => undefined);
    });
    await expect.poll(() => hub.hub.subscriptions.readSubscriptions(module)).toContain('methods');
    const call = { methodName: 'blink', payload: null, responseTimeoutSeconds: 30, connectTimeoutSeconds: 30 };

    const before = await hub.hub.methods.invoke(module, call);
    await calledBack((done) => client.updateSharedAccessSignature(token, done));
    const after = await hub.hub.methods.invoke(module, call);

    expect([before, after]).toEqual([
      { status: 200, payload: { done: true } },
      { status: 200, payload: { done: true } },
    ]);
  });

  test('The module may listen to its inputs, on which nothing comes, and stop to.', async () => {
    const { client } = await newSubject();
    const messages = new Collected<unknown>();
    const failed = new Collected<unknown>();
    client.on('error', failed.add);
    await client.open();

    client.on('inputMessage', messages.add);
    await client.getTwin();
    client.removeListener('inputMessage', messages.add);
    await client.sendOutputEvent('out', new Message('hello'));

    expect([messages.values, failed.values]).toEqual([[], []]);
  });

  test('fromAuthenticationProvider signs in with the credentials of the provider, and announces the model.', async () => {
    const module = await newModule();
    const provider = SharedAccessKeyAuthenticationProvider.fromConnectionString(moduleConnectionString(module), 100, 50);
    const client = kept(ModuleClient.fromAuthenticationProvider(provider, transport));
    await client.setOptions({ modelId: 'dtmi:com:example:Eye;1' });

    const connected = once(client, 'connect');
    await client.open();
    await connected;

    expect(await hub.hub.modules.get(module)).toMatchObject({ connectionState: 'Connected', modelId: 'dtmi:com:example:Eye;1' });
    expect(await hub.hub.devices.get(module.deviceId)).toMatchObject({ connectionState: 'Disconnected', modelId: '' });
  });

  test('fromEnvironment takes the connection string, and the file with the CA, as modules outside of edge devices do.', async () => {
    const module = await newModule();
    const caPath = join(temporaryFolder(), 'ca.pem');
    await writeFile(caPath, hub.caPem);
    vi.stubEnv('EdgeHubConnectionString', moduleConnectionString(module));
    vi.stubEnv('EdgeModuleCACertificateFile', caPath);

    const client = kept(await ModuleClient.fromEnvironment(transport));
    await client.open();

    expect(await hub.hub.modules.get(module)).toMatchObject({ connectionState: 'Connected' });
  });

  test('setRetryPolicy decides whether a lost connection is made again: without a retry the app is told.', async () => {
    const { client } = await newSubject();
    client.setRetryPolicy(NO_RETRY);
    await client.open();

    const [lost] = await Promise.all([once(client, 'disconnect'), hub.hub.connections.closeAll()]);

    expect(lost).toMatchObject([{ transportObj: { name: 'NotConnectedError' } }]);
  });
});

describe('On an edge device', () => {
  const EDGE = {
    IOTEDGE_WORKLOADURI: 'unix:///var/run/iotedge/workload.sock',
    IOTEDGE_DEVICEID: 'gateway',
    IOTEDGE_MODULEID: 'eye',
    IOTEDGE_IOTHUBHOSTNAME: 'localhost',
    IOTEDGE_AUTHSCHEME: 'sasToken',
    IOTEDGE_MODULEGENERATIONID: '1',
  };

  test('validateEnvironment is content with what the runtime sets.', () => {
    for (const [name, value] of Object.entries(EDGE)) vi.stubEnv(name, value);

    expect(validateEnvironment()).toBeUndefined();
  });

  test('fromEnvironment asks the security daemon for a token, and fails where there is none.', async () => {
    const socket = join(temporaryFolder(), 'no-daemon.sock');
    for (const [name, value] of Object.entries({ ...EDGE, IOTEDGE_WORKLOADURI: `unix://${socket}` })) vi.stubEnv(name, value);

    await expect(ModuleClient.fromEnvironment(Mqtt)).rejects.toThrow('ENOENT');
  });
});
