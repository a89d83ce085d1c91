// What apps on the published SDKs see when keys change under them, and what a device with a bad key does to others: nothing.
import { expect, test } from 'vitest';
import { LIMITS } from '../../src/domain/limits.ts';
import type { Log } from '../../src/ports/log.ts';
import { systemClock } from '../../src/system/system-clock.ts';
import { SOMEONE } from '../support/actors.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { answering, mqttClient, openDevice, Registry, ServiceClient } from '../support/sdk.ts';
import { openTestHub, type TestHub } from '../support/test-hub.ts';

/** Counts the lines that matter here. */
class SignInLog implements Log {
  refused = 0;
  warnings = 0;

  debug(): void {}

  info(_fields: unknown, message: string): void {
    if (message === 'Device refused.') this.refused += 1;
  }

  warn(): void {
    this.warnings += 1;
  }

  error(): void {}
}

test('An SDK with a bad key is held back beside good devices of the same address, which connect and work, also under its own id.', async () => {
  const clock = new FakeClock(systemClock.nowMs());
  const log = new SignInLog();
  await using hub = await openTestHub({ clock, log });
  const lamp = await hub.createDevice('lamp');
  const bad = await openDevice(hub.deviceConnectionString(lamp));
  bad.onDeviceMethod('who', answering(200, 'bad'));
  await expect.poll(async () => await hub.hub.subscriptions.readSubscriptions({ deviceId: 'lamp' })).toContain('methods');

  const changed = await hub.hub.devices.put(
    { deviceId: 'lamp', status: 'enabled', statusReason: null, authentication: undefined },
    { kind: 'any' },
    SOMEONE,
  );
  await expect.poll(() => log.warnings).toBe(1);
  const refusedWhileTimeStands = log.refused;
  {
    await using door = await openDevice(hub.deviceConnectionString(await hub.createDevice('door')));
    await using good = await openDevice(hub.deviceConnectionString(changed));
    door.onDeviceMethod('who', answering(200, 'door'));
    good.onDeviceMethod('who', answering(200, 'good'));

    expect(await invoke(hub, 'door')).toEqual({ status: 200, payload: 'door' });
    expect(await invoke(hub, 'lamp')).toEqual({ status: 200, payload: 'good' });
  }
  const refusedBesideGoodOnes = log.refused;
  clock.advance(LIMITS.refusalFirstMs.value);
  await expect.poll(() => log.refused).toBe(refusedBesideGoodOnes + 1);

  expect([refusedWhileTimeStands, refusedBesideGoodOnes]).toEqual([LIMITS.refusalsAtOnce.value, LIMITS.refusalsAtOnce.value]);
  await bad.close();
});

test('A device that a policy signs for is disconnected when that key is rotated, and signs in with the other key.', async () => {
  await using hub = await openTestHub();
  await hub.createDevice('lamp');
  const old = hub.hub.policies.get('device').keys;
  const client = mqttClient(policySigned(old.primaryKey));
  await client.open();

  await hub.hub.policies.rotate('device', 'primary', SOMEONE);
  await expect.poll(() => hub.hub.connections.count).toBe(0);
  await expect(mqttClient(policySigned(old.primaryKey)).open()).rejects.toMatchObject({ name: 'UnauthorizedError' });
  await using again = await openDevice(policySigned(old.secondaryKey));

  expect((await again.getTwin()).properties.reported).toMatchObject({ $version: 1 });
  await client.close();
});

test('A back end moves to new keys without an interruption, and is UnauthorizedError with an old one.', async () => {
  await using hub = await openTestHub();
  await hub.createDevice('lamp');
  const connectionString = (key: string): string => `HostName=localhost;SharedAccessKeyName=registryRead;SharedAccessKey=${key}`;
  const old = hub.hub.policies.get('registryRead').keys;
  const running = Registry.fromConnectionString(connectionString(old.primaryKey));
  await running.get('lamp');

  const { secondaryKey } = (await hub.hub.policies.rotate('registryRead', 'secondary', SOMEONE)).keys;
  const during = await running.get('lamp');
  const moved = Registry.fromConnectionString(connectionString(secondaryKey));
  await hub.hub.policies.rotate('registryRead', 'primary', SOMEONE);
  const after = await moved.get('lamp');

  expect([during.responseBody.deviceId, after.responseBody.deviceId]).toEqual(['lamp', 'lamp']);
  await expect(running.get('lamp')).rejects.toMatchObject({ name: 'UnauthorizedError' });
});

function policySigned(key: string): string {
  return `HostName=localhost;DeviceId=lamp;SharedAccessKeyName=device;SharedAccessKey=${key}`;
}

async function invoke(hub: TestHub, deviceId: string): Promise<unknown> {
  const client = ServiceClient.fromConnectionString(hub.serviceConnectionString('service'));
  const { result } = await client.invokeDeviceMethod(deviceId, {
    methodName: 'who',
    payload: null,
    connectTimeoutInSeconds: 30,
    responseTimeoutInSeconds: 30,
  });
  return result;
}
