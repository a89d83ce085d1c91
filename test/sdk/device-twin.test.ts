// Device twins as the published device SDK sees them over MQTT, with the service SDK on the other side.
import { expect, test } from 'vitest';
import { Collected, openDevice, Registry, report } from '../support/sdk.ts';
import { openTestHub } from '../support/test-hub.ts';

type Properties = Record<string, unknown>;

test('A device reads its twin, without tags and metadata.', async () => {
  await using hub = await openTestHub();
  const registry = Registry.fromConnectionString(hub.serviceConnectionString());
  await using device = await openDevice(hub.deviceConnectionString(await hub.createDevice('lamp')));
  await registry.updateTwin('lamp', { tags: { floor: 2 }, properties: { desired: { level: 40 } } }, '*');

  const twin = await device.getTwin();

  expect(twin.properties.desired).toEqual({ level: 40, $version: 2 });
  expect(twin.properties.reported).toMatchObject({ $version: 1 });
});

test('Reported properties merge, null removes, and the back end sees them at once.', async () => {
  await using hub = await openTestHub();
  const registry = Registry.fromConnectionString(hub.serviceConnectionString());
  await using device = await openDevice(hub.deviceConnectionString(await hub.createDevice('lamp')));
  const twin = await device.getTwin();

  await report(twin, { battery: { level: 90, charging: true }, firmware: '1.0' });
  await report(twin, { battery: { charging: null } });
  const { responseBody: seen } = await registry.getTwin('lamp');

  expect(seen.properties.reported).toMatchObject({ battery: { level: 90 }, firmware: '1.0', $version: 3 });
  expect(seen.properties.reported.battery).not.toHaveProperty('charging');
});

test('A reported patch that breaks a rule is an error for the app, and the next one is accepted.', async () => {
  await using hub = await openTestHub();
  await using device = await openDevice(hub.deviceConnectionString(await hub.createDevice('lamp')));
  const twin = await device.getTwin();

  await expect(report(twin, { 'a.b': 1 })).rejects.toThrow('a.b');
  await expect(report(twin, { long: 'x'.repeat(4097) })).rejects.toThrow('maximum 4096 bytes');
  await report(twin, { long: 'x'.repeat(4096) });

  expect((await hub.hub.twins.get({ deviceId: 'lamp' })).twin.reported.properties).toEqual({ long: 'x'.repeat(4096) });
});

test('A device is told of each change of its desired properties, also of one that changes no value.', async () => {
  await using hub = await openTestHub();
  const registry = Registry.fromConnectionString(hub.serviceConnectionString());
  await using device = await openDevice(hub.deviceConnectionString(await hub.createDevice('lamp')));
  const twin = await device.getTwin();
  const patches = new Collected<Properties>();
  twin.on('properties.desired', patches.add);
  await patches.first(1);
  await listensToDesired(hub);

  await registry.updateTwin('lamp', { properties: { desired: { level: 40, colour: { hue: 1 } } } }, '*');
  await registry.updateTwin('lamp', { properties: { desired: { level: 40 } } }, '*');
  await registry.updateTwin('lamp', { properties: { desired: { colour: { hue: null } } } }, '*');

  expect((await patches.first(4)).slice(1)).toEqual([
    { level: 40, colour: { hue: 1 }, $version: 2 },
    { level: 40, $version: 3 },
    { colour: { hue: null }, $version: 4 },
  ]);
  expect(twin.properties.desired).toEqual({ level: 40, colour: {}, $version: 4 });
});

test('When desired is set to null the device ends with none of its properties.', async () => {
  await using hub = await openTestHub();
  const registry = Registry.fromConnectionString(hub.serviceConnectionString());
  await using device = await openDevice(hub.deviceConnectionString(await hub.createDevice('lamp')));
  await registry.updateTwin('lamp', { properties: { desired: { level: 40, colour: { hue: 1 } } } }, '*');
  const twin = await device.getTwin();
  const patches = new Collected<Properties>();
  twin.on('properties.desired', patches.add);
  await patches.first(1);
  await listensToDesired(hub);

  await registry.updateTwin('lamp', { properties: { desired: null } }, '*');
  await patches.first(2);

  expect(twin.properties.desired).toEqual({ $version: 3 });
});

test('A hundred reports at once are all acknowledged and all counted.', async () => {
  await using hub = await openTestHub();
  await using device = await openDevice(hub.deviceConnectionString(await hub.createDevice('lamp')));
  const twin = await device.getTwin();

  await Promise.all(Array.from({ length: 100 }, (_, index) => report(twin, { [`p${index}`]: index })));
  const { reported } = (await hub.hub.twins.get({ deviceId: 'lamp' })).twin;

  expect(reported.version).toBe(101);
  expect(Object.keys(reported.properties)).toHaveLength(100);
});

/** The SDK says nothing when its subscription is there; the hub knows. */
async function listensToDesired(hub: Awaited<ReturnType<typeof openTestHub>>): Promise<void> {
  await expect.poll(() => hub.hub.subscriptions.readSubscriptions({ deviceId: 'lamp' })).toContain('desiredChanges');
}
