// An automated test of a back end and a device against a hub of its own: no cloud, no mock, no fixed port.
import azureIotDevice from 'azure-iot-device';
import azureIotDeviceMqtt from 'azure-iot-device-mqtt';
import azureIotHub from 'azure-iothub';
import { expect, test } from 'vitest';
// In a project of your own: import { startHub } from 'twinhub';
import { startHub } from '../../src/index.ts';

test('A rebooted device answers the call and shows the time in its twin.', async () => {
  await using hub = await startHub();
  const device = azureIotDevice.Client.fromConnectionString(await hub.createDevice('press-7'), azureIotDeviceMqtt.Mqtt);
  await device.open();
  device.onDeviceMethod('reboot', (_request, response) => {
    response.send(200, 'Reboot started', () => undefined);
    device.getTwin((_error, twin) => {
      twin?.properties.reported.update({ lastReboot: '2026-01-01T00:00:00Z' }, () => undefined);
    });
  });

  const backEnd = hub.connectionString('service');
  const { result } = await azureIotHub.Client.fromConnectionString(backEnd).invokeDeviceMethod('press-7', {
    methodName: 'reboot',
    connectTimeoutInSeconds: 10,
    responseTimeoutInSeconds: 10,
  });
  const registry = azureIotHub.Registry.fromConnectionString(backEnd);

  expect(result).toEqual({ status: 200, payload: 'Reboot started' });
  await expect
    .poll(async () => (await registry.getTwin('press-7')).responseBody.properties.reported)
    .toMatchObject({ lastReboot: '2026-01-01T00:00:00Z' });
  await device.close();
});
