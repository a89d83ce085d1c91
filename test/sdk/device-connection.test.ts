// Connections of the published device SDK: refused, renewed, lost, taken over, and the subscriptions it expects to find again.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { answering, Collected, Message, mqttClient, openDevice, Registry, report, ServiceClient } from '../support/sdk.ts';
import { openTestHub, sasToken, type TestHub } from '../support/test-hub.ts';
import { SOMEONE } from '../support/actors.ts';
import { sas, sasKeys } from '../support/identities.ts';

test('A wrong key, an unknown device, a disabled device and an expired token are UnauthorizedError.', async () => {
  await using hub = await openTestHub();
  const lamp = await hub.createDevice('lamp');
  const off = await hub.createDevice('off');
  await hub.hub.devices.put(
    { deviceId: 'off', status: 'disabled', statusReason: 'stolen', authentication: sas(sasKeys(off)) },
    { kind: 'any' },
    SOMEONE,
  );
  const wrongKeys = { primaryKey: Buffer.alloc(32, 7).toString('base64'), secondaryKey: '' };
  const attempts = [
    mqttClient(hub.deviceConnectionString({ ...lamp, authentication: sas(wrongKeys) })),
    mqttClient(hub.deviceConnectionString({ ...lamp, deviceId: 'ghost' })),
    mqttClient(hub.deviceConnectionString(off)),
    mqttClient(`HostName=localhost;DeviceId=lamp;SharedAccessSignature=${deviceToken(sasKeys(lamp).primaryKey, 1_700_000_000)}`),
  ];

  for (const client of attempts) {
    await expect(client.open()).rejects.toMatchObject({ name: 'UnauthorizedError' });
    await client.close();
  }
});

test('A device signs in with a token of its own, and with a policy that has DeviceConnect.', async () => {
  await using hub = await openTestHub();
  const lamp = await hub.createDevice('lamp');
  const policy = hub.hub.policies.find('device');
  const strings = [
    `HostName=localhost;DeviceId=lamp;SharedAccessSignature=${deviceToken(sasKeys(lamp).secondaryKey, 4_000_000_000)}`,
    `HostName=localhost;DeviceId=lamp;SharedAccessKeyName=device;SharedAccessKey=${policy?.keys.primaryKey}`,
  ];

  for (const text of strings) {
    await using device = await openDevice(text);
    expect((await device.getTwin()).properties.reported).toMatchObject({ $version: 1 });
  }
});

test('After the SDK has renewed its token, methods, twin and desired properties work without a new subscription.', async () => {
  await using hub = await openTestHub();
  const registry = Registry.fromConnectionString(hub.serviceConnectionString());
  const client = mqttClient(hub.deviceConnectionString(await hub.createDevice('lamp')));
  await client.setOptions({ tokenRenewal: { tokenValidTimeInSeconds: 20, tokenRenewalMarginInSeconds: 18 } });
  await client.open();
  client.onDeviceMethod('echo', answering(200, 'here'));
  const twin = await client.getTwin();
  const patches = new Collected<Record<string, unknown>>();
  twin.on('properties.desired', patches.add);
  await listensToAll(hub);
  const firstConnection = (await hub.hub.devices.get('lamp')).connectionStateUpdatedTime;

  await expect
    .poll(async () => await hub.hub.devices.get('lamp'), { timeout: 15_000 })
    .toSatisfy((device) => device.connectionState === 'Connected' && device.connectionStateUpdatedTime !== firstConnection);
  const answer = await invoke(hub, 'echo');
  await registry.updateTwin('lamp', { properties: { desired: { level: 1 } } }, '*');
  await report(twin, { renewed: true });

  expect(answer).toEqual({ status: 200, payload: 'here' });
  expect(await patches.first(2)).toMatchObject([{ $version: 1 }, { level: 1, $version: 2 }]);
  await client.close();
});

test('After a restart of the hub the SDK comes back by itself and finds its subscriptions.', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'twinhub-restart-'));
  const before = await openTestHub({ dataDir });
  const client = mqttClient(before.deviceConnectionString(await before.createDevice('lamp')));
  await client.open();
  client.onDeviceMethod('echo', answering(200, 'still here'));
  const twin = await client.getTwin();
  const patches = new Collected<Record<string, unknown>>();
  twin.on('properties.desired', patches.add);
  await listensToAll(before);

  await before.close();
  {
    await using after = await openTestHub({ dataDir, httpsPort: before.httpsPort, mqttPort: before.mqttPort });
    const answer = await invoke(after, 'echo');
    await Registry.fromConnectionString(after.serviceConnectionString()).updateTwin('lamp', { properties: { desired: { level: 2 } } }, '*');
    await patches.first(2);
    await report(twin, { afterRestart: true });

    expect(answer).toEqual({ status: 200, payload: 'still here' });
    expect(patches.values.at(-1)).toEqual({ level: 2, $version: 2 });
    await client.close();
  }
  await rm(dataDir, { recursive: true, force: true });
});

test('A second client with the same id takes the connection over.', async () => {
  await using hub = await openTestHub();
  const text = hub.deviceConnectionString(await hub.createDevice('lamp'));
  const first = mqttClient(text);
  await first.open();

  await using second = await openDevice(text);
  second.onDeviceMethod('who', answering(200, 'second'));

  expect(await invoke(hub, 'who')).toEqual({ status: 200, payload: 'second' });
  expect(hub.hub.connections.count).toBe(1);
  await first.close();
});

test('A device that is deleted while connected is disconnected and cannot come back.', async () => {
  await using hub = await openTestHub();
  const registry = Registry.fromConnectionString(hub.serviceConnectionString());
  const text = hub.deviceConnectionString(await hub.createDevice('lamp'));
  const client = mqttClient(text);
  await client.open();

  await registry.delete('lamp');

  await expect.poll(() => hub.hub.connections.count).toBe(0);
  await expect(mqttClient(text).open()).rejects.toMatchObject({ name: 'UnauthorizedError' });
  await client.close();
});

test('Telemetry is acknowledged and counted.', async () => {
  await using hub = await openTestHub();
  await using device = await openDevice(hub.deviceConnectionString(await hub.createDevice('lamp')));
  const message = new Message(JSON.stringify({ temperature: 21 }));
  message.properties.add('alert', 'no / & ü');

  await device.sendEvent(message);
  await device.sendEvent(new Message('two'));

  expect(hub.hub.telemetry.count()).toMatchObject({ messages: 2 });
});

function deviceToken(key: string, expirySeconds: number): string {
  return sasToken({ key, resource: 'localhost%2Fdevices%2Flamp', expirySeconds });
}

/** The SDK does not say when its subscriptions are there; the hub knows. */
async function listensToAll(hub: TestHub): Promise<void> {
  await expect
    .poll(async () => (await hub.hub.subscriptions.readSubscriptions({ deviceId: 'lamp' }))?.toSorted())
    .toEqual(['desiredChanges', 'methods', 'twinResponses']);
}

async function invoke(hub: TestHub, methodName: string): Promise<unknown> {
  const client = ServiceClient.fromConnectionString(hub.serviceConnectionString('service'));
  const { result } = await client.invokeDeviceMethod('lamp', {
    methodName,
    payload: null,
    connectTimeoutInSeconds: 30,
    responseTimeoutInSeconds: 30,
  });
  return result;
}
