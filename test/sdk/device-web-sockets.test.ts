// The published device SDK over MqttWs: everything that it does over MQTT, through the HTTPS port.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sas } from '../support/identities.ts';
import { answering, Collected, Message, mqttClient, mqttWsClient, NO_RETRY, Registry, report, ServiceClient } from '../support/sdk.ts';
import { openTestHub, type TestHub } from '../support/test-hub.ts';

test('A device over WebSockets reads and reports its twin, hears of desired properties, answers methods and sends telemetry.', async () => {
  await using hub = await openTestHub();
  const registry = Registry.fromConnectionString(hub.serviceConnectionString());
  const client = mqttWsClient(hub.deviceConnectionString(await hub.createDevice('lamp')));
  await client.open();
  client.onDeviceMethod('echo', answering(200, 'here'));
  const twin = await client.getTwin();
  const patches = new Collected<Record<string, unknown>>();
  twin.on('properties.desired', patches.add);
  await listensToAll(hub);

  await report(twin, { level: 3 });
  await registry.updateTwin('lamp', { properties: { desired: { level: 4 } } }, '*');
  const answer = await invoke(hub, 'echo');
  await client.sendEvent(new Message(Buffer.alloc(200 * 1024)));
  await patches.first(2);

  expect(patches.values.at(-1)).toEqual({ level: 4, $version: 2 });
  expect(answer).toEqual({ status: 200, payload: 'here' });
  expect((await registry.getTwin('lamp')).responseBody.properties.reported).toMatchObject({ level: 3 });
  expect(hub.hub.telemetry.count()).toMatchObject({ messages: 1 });
  await client.close();
  await expect.poll(() => hub.hub.connections.count).toBe(0);
});

test('A wrong key and an unknown device are UnauthorizedError over WebSockets too.', async () => {
  await using hub = await openTestHub();
  const lamp = await hub.createDevice('lamp');
  const wrongKeys = { primaryKey: Buffer.alloc(32, 7).toString('base64'), secondaryKey: '' };
  const strangers = [
    { ...lamp, authentication: sas(wrongKeys) },
    { ...lamp, deviceId: 'ghost' },
  ];

  for (const stranger of strangers) {
    const client = mqttWsClient(hub.deviceConnectionString(stranger));
    client.setRetryPolicy(NO_RETRY);
    await expect(client.open()).rejects.toMatchObject({ name: 'UnauthorizedError' });
    await client.close();
  }
});

test('After a restart of the hub a device over WebSockets comes back by itself and finds its subscriptions.', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'twinhub-restart-'));
  const before = await openTestHub({ dataDir });
  const client = mqttWsClient(before.deviceConnectionString(await before.createDevice('lamp')));
  await client.open();
  client.onDeviceMethod('echo', answering(200, 'still here'));
  const twin = await client.getTwin();
  twin.on('properties.desired', () => undefined);
  await listensToAll(before);

  await before.close();
  {
    await using after = await openTestHub({ dataDir, httpsPort: before.httpsPort, mqttPort: before.mqttPort });
    const answer = await invoke(after, 'echo');
    await report(twin, { afterRestart: true });

    expect(answer).toEqual({ status: 200, payload: 'still here' });
    await client.close();
  }
  await rm(dataDir, { recursive: true, force: true });
});

test('A device has one connection, whichever way it comes: the newer one wins.', async () => {
  await using hub = await openTestHub();
  const text = hub.deviceConnectionString(await hub.createDevice('lamp'));
  const older = mqttClient(text);
  older.setRetryPolicy(NO_RETRY);
  await older.open();
  const newer = mqttWsClient(text);

  await newer.open();
  newer.onDeviceMethod('who', answering(200, 'newer'));

  expect(await invoke(hub, 'who')).toEqual({ status: 200, payload: 'newer' });
  expect(hub.hub.connections.count).toBe(1);
  await newer.close();
  await older.close();
});

/** The SDK does not say when its subscriptions are there; the hub knows. */
async function listensToAll({ hub }: TestHub): Promise<void> {
  await expect.poll(async () => (await hub.subscriptions.readSubscriptions({ deviceId: 'lamp' }))?.length).toBe(3);
}

async function invoke(hub: TestHub, methodName: string): Promise<unknown> {
  const service = ServiceClient.fromConnectionString(hub.serviceConnectionString());
  const { result } = await service.invokeDeviceMethod('lamp', { methodName, connectTimeoutInSeconds: 20, responseTimeoutInSeconds: 20 });
  return result;
}
