// Modules over MQTT: a connection, a twin, methods and subscriptions of their own, next to those of their device.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { IdentityId } from '../../../src/domain/identity/identity-id.ts';
import { SOMEONE } from '../../support/actors.ts';
import { resourceOf, sasKeys } from '../../support/identities.ts';
import { createModule } from '../../support/modules.ts';
import {
  connectDevice,
  connectPacket,
  FILTERS,
  type MqttClient,
  openMqttClient,
  publishPacket,
  sendConnect,
} from '../../support/mqtt-client.ts';
import { openTestHub, sasToken, type TestHub } from '../../support/test-hub.ts';

let hub: TestHub;
beforeAll(async () => (hub = await openTestHub()));
afterAll(() => hub.close());

function write(id: IdentityId, desired: JsonObject): Promise<unknown> {
  return hub.hub.twins.write({ ...id, by: SOMEONE, kind: 'patch', body: { properties: { desired } }, precondition: { kind: 'none' } });
}

function invoke(id: IdentityId): Promise<unknown> {
  return hub.hub.methods.invoke(id, { methodName: 'blink', payload: null, responseTimeoutSeconds: 30, connectTimeoutSeconds: 0 });
}

async function answerWith(client: MqttClient, payload: string): Promise<void> {
  const request = await client.message('$iothub/methods/POST/');
  client.publish(request.topic.replace('POST/blink', 'res/200'), payload);
}

describe('A module', () => {
  it('connects beside its device and other modules, each on a line of its own (behaviour 7.1).', async () => {
    const device = await hub.createDevice('house');
    const door = await createModule(hub, { deviceId: 'house', moduleId: 'door' });
    const roof = await createModule(hub, { deviceId: 'house', moduleId: 'roof' });

    await using ofDevice = await connectDevice(hub, device);
    await using ofDoor = await connectDevice(hub, door);
    await using ofRoof = await connectDevice(hub, roof);
    const olderEnds = ofRoof.closed;
    await using newer = await connectDevice(hub, roof);
    await olderEnds;
    await Promise.all([ofDevice, ofDoor, newer].map((client) => client.ping()));

    expect(await hub.hub.modules.get(door)).toMatchObject({ connectionState: 'Connected' });
    expect(await hub.hub.devices.get('house')).toMatchObject({ connectionState: 'Connected' });
  });

  it('leaves its device disconnected when it connects alone.', async () => {
    const module = await createModule(hub, { deviceId: 'alone', moduleId: 'm' });

    await using client = await connectDevice(hub, module);
    await client.ping();

    expect(await hub.hub.modules.get(module)).toMatchObject({ connectionState: 'Connected' });
    expect(await hub.hub.devices.get('alone')).toMatchObject({ connectionState: 'Disconnected' });
  });

  it('has a twin of its own: it reads it, reports to it, and is told of its desired properties alone.', async () => {
    const module = await createModule(hub, { deviceId: 'twins', moduleId: 'm' });
    await using client = await connectDevice(hub, module);
    await client.subscribe(FILTERS.twinResponses, FILTERS.desired);

    client.publish('$iothub/twin/PATCH/properties/reported/?$rid=1', '{"level":7}');
    const reported = await client.message('$iothub/twin/res/204/');
    await write({ deviceId: 'twins' }, { of: 'device' });
    await write(module, { of: 'module' });
    const notice = await client.message('$iothub/twin/PATCH/properties/desired/');
    client.publish('$iothub/twin/GET/?$rid=2');
    const twin = await client.message('$iothub/twin/res/200/');

    expect(reported.topic).toBe('$iothub/twin/res/204/?$rid=1&$version=2');
    expect(JSON.parse(notice.payload)).toEqual({ of: 'module', $version: 2 });
    expect(JSON.parse(twin.payload)).toEqual({ desired: { of: 'module', $version: 2 }, reported: { level: 7, $version: 2 } });
    expect((await hub.hub.twins.get({ deviceId: 'twins' })).twin.reported.properties).toEqual({});
  });

  it('is called by its own methods, and its device by those of the device.', async () => {
    const device = await hub.createDevice('called');
    const module = await createModule(hub, { deviceId: 'called', moduleId: 'm' });
    await using ofDevice = await connectDevice(hub, device);
    await using ofModule = await connectDevice(hub, module);
    await ofDevice.subscribe(FILTERS.methods);
    await ofModule.subscribe(FILTERS.methods);

    const answers = Promise.all([invoke(device), invoke(module)]);
    await answerWith(ofModule, '"module"');
    await answerWith(ofDevice, '"device"');

    expect(await answers).toEqual([
      { status: 200, payload: 'device' },
      { status: 200, payload: 'module' },
    ]);
  });

  it('keeps its subscriptions when its line is cut, apart from those of its device (contract 0.3).', async () => {
    const device = await hub.createDevice('cut');
    const module = await createModule(hub, { deviceId: 'cut', moduleId: 'm' });
    const before = await connectDevice(hub, module);
    await before.subscribe(FILTERS.methods, 'devices/cut/modules/m/inputs/#', 'devices/cut/modules/m/#');
    await before.drop();

    await using client = await openMqttClient(hub);
    const answer = await sendConnect(client, connectPacket(module));
    const answered = invoke(module);
    await answerWith(client, '1');

    expect(answer).toEqual({ returnCode: 0, sessionPresent: true });
    await expect(answered).resolves.toEqual({ status: 200, payload: 1 });
    expect(await hub.hub.subscriptions.readSubscriptions(device)).toBeUndefined();
  });

  it('sends telemetry and output events on its own topic, and its will.', async () => {
    const module = await createModule(hub, { deviceId: 'meter', moduleId: 'm' });
    const events = 'devices/meter/modules/m/messages/events/';
    const client = await connectDevice(hub, module, { will: { topic: events, payload: Buffer.from('goodbye'), qos: 1, retain: false } });
    const before = hub.hub.telemetry.count();

    client.send(publishPacket(`${events}%24.on=alerts&a=b/`, 'four', 1));
    const answer = await client.next();
    await client.drop();

    expect(answer).toMatchObject({ cmd: 'puback', messageId: 7 });
    await expect.poll(() => hub.hub.telemetry.count()).toEqual({ messages: before.messages + 2, bytes: before.bytes + 11 });
  });

  it('announces a model, which its twin names; without one the twin names none.', async () => {
    const module = await createModule(hub, { deviceId: 'model', moduleId: 'm' });
    const username = 'localhost/model/m/?api-version=2021-04-12&model-id=dtmi%3Acom%3Aexample%3ALamp%3B1';

    await using client = await connectDevice(hub, module, { username });
    const { identity: announced } = await hub.hub.twins.get(module);
    await client.takeLeave();
    await using later = await connectDevice(hub, module);
    await later.ping();

    expect(announced.modelId).toBe('dtmi:com:example:Lamp;1');
    expect(await hub.hub.modules.get(module)).toMatchObject({ modelId: '' });
    expect(await hub.hub.devices.get('model')).toMatchObject({ modelId: '' });
  });

  it.each<[string, (client: MqttClient) => void]>([
    ["publishes on its device's events topic", (client) => client.publish('devices/strange/messages/events/', 'x')],
    ["publishes on another module's events topic", (client) => client.publish('devices/strange/modules/other/messages/events/', 'x')],
    [
      "subscribes to its device's messages",
      (client) => void client.subscribe('devices/strange/messages/devicebound/#').catch(() => undefined),
    ],
    [
      "subscribes to another module's inputs",
      (client) => void client.subscribe('devices/strange/modules/other/inputs/#').catch(() => undefined),
    ],
  ])('that %s is disconnected (behaviour 7.2).', async (what, act) => {
    const module = await createModule(hub, { deviceId: 'strange', moduleId: what.replaceAll(/[^a-z]/g, '-') });
    await using client = await connectDevice(hub, module);

    act(client);

    await expect(client.closed).resolves.toBeUndefined();
  });

  it('is disconnected when it is deleted, when its keys change, and when its device is disabled.', async () => {
    const device = await hub.createDevice('changing');
    const modules = await Promise.all(
      ['deleted', 'rekeyed', 'orphan'].map((moduleId) => createModule(hub, { deviceId: 'changing', moduleId })),
    );
    const [deleted, rekeyed] = modules;
    const clients = await Promise.all(modules.map((module) => connectDevice(hub, module)));

    if (deleted) await hub.hub.modules.delete(deleted, { kind: 'any' }, SOMEONE);
    if (rekeyed) await hub.hub.modules.put({ ...rekeyed, authentication: undefined }, { kind: 'any' }, SOMEONE);
    await clients[0]?.closed;
    await clients[1]?.closed;
    await clients[2]?.ping();
    await hub.hub.devices.put({ ...device, status: 'disabled' }, { kind: 'any' }, SOMEONE);

    await expect(clients[2]?.closed).resolves.toBeUndefined();
  });
});

describe('A module is refused', () => {
  const NOT_AUTHORISED = { returnCode: 5, sessionPresent: false };

  it("with its device's key, with another module's, and with its own token for another module or for the device.", async () => {
    const device = await hub.createDevice('keys');
    const module = await createModule(hub, { deviceId: 'keys', moduleId: 'm' });
    const other = await createModule(hub, { deviceId: 'keys', moduleId: 'other' });
    const own = sasToken({ key: sasKeys(module).primaryKey, resource: resourceOf(module) });
    const tries = [
      connectPacket(module, { password: Buffer.from(sasToken({ key: sasKeys(device).primaryKey, resource: resourceOf(module) })) }),
      connectPacket(module, { password: Buffer.from(sasToken({ key: sasKeys(other).primaryKey, resource: resourceOf(module) })) }),
      connectPacket(other, { password: Buffer.from(own) }),
      connectPacket(device, { password: Buffer.from(own) }),
    ];

    const answers = [];
    for (const packet of tries) {
      await using client = await openMqttClient(hub);
      answers.push(await sendConnect(client, packet));
    }

    expect(answers).toEqual(tries.map(() => NOT_AUTHORISED));
  });

  it('that is not registered, or whose device is not, or is disabled, like one with a wrong key.', async () => {
    const module = await createModule(hub, { deviceId: 'off', moduleId: 'm' });
    const device = await hub.hub.devices.get('off');
    await hub.hub.devices.put({ ...device, status: 'disabled' }, { kind: 'any' }, SOMEONE);
    const strangers = [module, { ...module, moduleId: 'ghost' }, { ...module, deviceId: 'ghost' }];

    const answers = [];
    for (const stranger of strangers) {
      await using client = await openMqttClient(hub);
      answers.push(await sendConnect(client, connectPacket(stranger)));
    }

    expect(answers).toEqual(strangers.map(() => NOT_AUTHORISED));
  });

  it('and accepted with a token of a policy that has DeviceConnect.', async () => {
    const module = await createModule(hub, { deviceId: 'gateway', moduleId: 'm' });
    const key = hub.hub.policies.find('device')?.keys.primaryKey ?? '';
    await using client = await openMqttClient(hub);

    const token = sasToken({ key, resource: 'localhost%2Fdevices', policyName: 'device' });
    const answer = await sendConnect(client, connectPacket(module, { password: Buffer.from(token) }));

    expect(answer).toEqual({ returnCode: 0, sessionPresent: false });
  });
});
