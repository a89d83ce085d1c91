// What a device app hears through the published SDK: desired properties by path, methods by name, messages; also after a lost connection.
import { randomUUID } from 'node:crypto';
import azureIotDevice, { type DeviceMethodResponse } from 'azure-iot-device';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answering, Collected, type DeviceClient, Message, openDevice, Registry, report, ServiceClient } from '../support/sdk.ts';
import { calledBack, type CallTable, testEveryMethod } from '../support/sdk-forms.ts';
import { openTestHub, type TestHub } from '../support/test-hub.ts';

let hub: TestHub;
let registry: InstanceType<typeof Registry>;
beforeAll(async () => {
  hub = await openTestHub();
  registry = Registry.fromConnectionString(hub.serviceConnectionString());
});
afterAll(() => hub.close());

type App = AsyncDisposable & { readonly deviceId: string; readonly client: DeviceClient };

async function newApp(): Promise<App> {
  const device = await hub.createDevice(`device-${randomUUID()}`);
  const client = await openDevice(hub.deviceConnectionString(device));
  return { deviceId: device.deviceId, client, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() };
}

async function desire(deviceId: string, desired: object): Promise<void> {
  await registry.updateTwin(deviceId, { properties: { desired } }, '*');
}

/** The SDK does not say when its subscription is there; the hub knows. */
async function listensTo(deviceId: string, subscription: string): Promise<void> {
  await expect.poll(() => hub.hub.subscriptions.readSubscriptions({ deviceId })).toContain(subscription);
}

async function invoke(deviceId: string, methodName: string, payload: unknown = null): Promise<unknown> {
  const service = ServiceClient.fromConnectionString(hub.serviceConnectionString('service'));
  return (await service.invokeDeviceMethod(deviceId, { methodName, payload, connectTimeoutInSeconds: 20 })).result;
}

describe('Desired properties', () => {
  test('are heard by their path: at once when they are there, and whenever they or what lies in them is written.', async () => {
    await using app = await newApp();
    await desire(app.deviceId, { colour: { hue: 1, bright: true }, level: 5 });
    const twin = await app.client.getTwin();
    const [hue, colour, level, nothing] = [new Collected(), new Collected(), new Collected(), new Collected()];
    twin.on('properties.desired.colour.hue', hue.add);
    twin.on('properties.desired.colour', colour.add);
    twin.on('properties.desired.level', level.add);
    twin.on('properties.desired.colour.nothing', nothing.add);
    await listensTo(app.deviceId, 'desiredChanges');
    await hue.first(1);

    await desire(app.deviceId, { colour: { hue: 2 } });
    await desire(app.deviceId, { level: 6 });
    await level.first(2);

    expect(hue.values).toEqual([1, 2]);
    expect(colour.values).toEqual([{ hue: 1, bright: true }, { hue: 2 }]);
    expect(level.values).toEqual([5, 6]);
    expect(nothing.values).toEqual([]);
    expect(twin.properties.desired).toEqual({ colour: { hue: 2, bright: true }, level: 6, $version: 4 });
  });

  test('that are removed are heard as null by their path.', async () => {
    await using app = await newApp();
    await desire(app.deviceId, { colour: { hue: 1, bright: true } });
    const twin = await app.client.getTwin();
    const hue = new Collected();
    twin.on('properties.desired.colour.hue', hue.add);
    await listensTo(app.deviceId, 'desiredChanges');
    await hue.first(1);

    await desire(app.deviceId, { colour: { hue: null } });

    expect(await hue.first(2)).toEqual([1, null]);
    expect(twin.properties.desired).toEqual({ colour: { bright: true }, $version: 3 });
  });

  test('are read anew by get, also those that changed while nobody listened.', async () => {
    await using app = await newApp();
    const twin = await app.client.getTwin();

    await desire(app.deviceId, { level: 7 });
    const again = await twin.get();

    expect(again).toBe(twin);
    expect(twin.properties.desired).toEqual({ level: 7, $version: 2 });
  });
});

describe('Direct methods', () => {
  test('each reach the handler of their name, with their name and id.', async () => {
    await using app = await newApp();
    const requests = new Collected<object>();
    for (const name of ['on', 'off']) {
      app.client.onDeviceMethod(name, (request, response) => {
        requests.add({ methodName: request.methodName, requestId: request.requestId });
        answering(200, name)(request, response);
      });
    }

    const answers = [await invoke(app.deviceId, 'on'), await invoke(app.deviceId, 'off')];

    expect(answers).toEqual([
      { status: 200, payload: 'on' },
      { status: 200, payload: 'off' },
    ]);
    expect(requests.values).toEqual([
      { methodName: 'on', requestId: expect.stringMatching(/^[0-9a-f]+$/) },
      { methodName: 'off', requestId: expect.stringMatching(/^[0-9a-f]+$/) },
    ]);
  });

  test('have one handler for each name; a second one is refused by the SDK.', async () => {
    await using app = await newApp();
    app.client.onDeviceMethod('on', answering(200, 'first'));

    expect(() => app.client.onDeviceMethod('on', answering(200, 'second'))).toThrow('has already been registered');

    expect(await invoke(app.deviceId, 'on')).toEqual({ status: 200, payload: 'first' });
  });

  test('whose handler throws are answered with 400 by the SDK.', async () => {
    await using app = await newApp();
    app.client.onDeviceMethod('broken', () => {
      throw new Error('no lamp');
    });

    expect(await invoke(app.deviceId, 'broken')).toEqual({ status: 400, payload: 'Invalid request format: no lamp' });
  });
});

describe('DeviceMethodResponse', () => {
  const calls: CallTable<DeviceMethodResponse> = {
    send: {
      promise: (response) => response.send(200, { done: true }),
      callback: (response, done) => response.send(200, { done: true }, done),
      gives: undefined,
    },
  };

  testEveryMethod(azureIotDevice.DeviceMethodResponse, calls, async () => (await nextResponse()).response);

  test('may be sent without a payload, with a callback, and once only.', async () => {
    const { response, answer } = await nextResponse();

    await calledBack((done) => response.send(202, done));

    expect(await answer).toEqual({ status: 202, payload: null });
    await expect(response.send(200)).rejects.toThrow('already ended');
  });

  /** The response object of a call that waits for it. */
  async function nextResponse(): Promise<{ readonly response: DeviceMethodResponse; readonly answer: Promise<unknown> }> {
    const app = await newApp();
    const handed = new Promise<DeviceMethodResponse>((resolve) => {
      app.client.onDeviceMethod('wait', (_request, response) => resolve(response));
    });
    return { answer: waitFor(app), response: await handed };
  }
});

async function waitFor(open: App): Promise<unknown> {
  await using app = open;
  return await invoke(app.deviceId, 'wait');
}

describe('Cloud-to-device messages', () => {
  test('are subscribed to with the first listener and no longer with the last; none ever comes.', async () => {
    await using app = await newApp();
    const messages = new Collected();
    const listener = (message: unknown): void => messages.add(message);

    app.client.on('message', listener);
    await listensTo(app.deviceId, 'cloudToDevice');
    app.client.removeListener('message', listener);

    await expect.poll(() => hub.hub.subscriptions.readSubscriptions({ deviceId: app.deviceId })).not.toContain('cloudToDevice');
    expect(messages.values).toEqual([]);
  });
});

describe('A lost connection', () => {
  test('is made again by the SDK, which then hears all that it heard before.', async () => {
    await using app = await newApp();
    const twin = await app.client.getTwin();
    const levels = new Collected();
    const told = new Collected<string>();
    app.client.onDeviceMethod('echo', (request, response) => answering(200, request.payload)(request, response));
    app.client.on('message', () => undefined);
    app.client.on('disconnect', () => told.add('disconnect'));
    twin.on('properties.desired.level', levels.add);
    for (const subscription of ['methods', 'cloudToDevice', 'desiredChanges', 'twinResponses']) await listensTo(app.deviceId, subscription);
    const reconnected = new Promise<void>((resolve) => app.client.once('connect', resolve));

    await hub.hub.connections.closeAll();
    await reconnected;
    const answer = await invoke(app.deviceId, 'echo', 'back');
    await desire(app.deviceId, { level: 9 });
    await report(twin, { again: true });

    expect(answer).toEqual({ status: 200, payload: 'back' });
    expect(await levels.first(1)).toEqual([9]);
    expect(await hub.hub.subscriptions.readSubscriptions({ deviceId: app.deviceId })).toHaveLength(4);
    expect(told.values).toEqual([]);
  });

  test('is no matter for a device that listens to nothing: its next message connects, and its twin is there.', async () => {
    await using app = await newApp();
    await app.client.getTwin();

    await hub.hub.connections.closeAll();
    await app.client.sendEvent(new Message('hello'));

    expect((await app.client.getTwin()).properties.desired).toEqual({ $version: 1 });
  });
});
