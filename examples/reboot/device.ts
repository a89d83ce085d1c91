// A device that can be rebooted from afar. It answers the direct method `reboot` at once, then "restarts" by closing and opening its
// connection, and reports both moments in its twin.
//
// Run it: DEVICE_CONNECTION_STRING='HostName=…;DeviceId=…;SharedAccessKey=…' node device.ts
import { setTimeout as pause } from 'node:timers/promises';
import azureIotDevice, { type DeviceMethodRequest, type DeviceMethodResponse } from 'azure-iot-device';
import azureIotDeviceMqtt from 'azure-iot-device-mqtt';

const { Client } = azureIotDevice;
const { Mqtt } = azureIotDeviceMqtt;

const connectionString = process.env['DEVICE_CONNECTION_STRING'];
if (connectionString === undefined) throw new Error('Set DEVICE_CONNECTION_STRING: `twinhub device connection-string ID` prints one.');

/** How long this device pretends to restart. */
const RESTART_MS = 500;

async function start(text: string): Promise<void> {
  const client = Client.fromConnectionString(text, Mqtt);
  await client.open();
  client.onDeviceMethod('reboot', (request, response) => {
    reboot({ client, text, request, response }).catch(fail);
  });
  console.log('Connected, waiting for the direct method reboot.');
}

type Reboot = {
  client: InstanceType<typeof Client>;
  text: string;
  request: DeviceMethodRequest;
  response: DeviceMethodResponse;
};

async function reboot({ client, text, request, response }: Reboot): Promise<void> {
  console.log(`Called: ${request.methodName} ${JSON.stringify(request.payload)}`);
  await response.send(200, 'Reboot started');
  await report(client, { state: 'rebooting', startedAt: new Date().toISOString() });

  console.log('Restarting.');
  await client.close();
  await pause(RESTART_MS);
  const restarted = Client.fromConnectionString(text, Mqtt);
  await restarted.open();
  restarted.onDeviceMethod('reboot', (again, answer) => {
    reboot({ client: restarted, text, request: again, response: answer }).catch(fail);
  });
  await report(restarted, { state: 'running', completedAt: new Date().toISOString() });
  console.log('Back again.');
}

/** Reported properties merge: what is not named stays. */
async function report(client: InstanceType<typeof Client>, rebootState: Record<string, string>): Promise<void> {
  const twin = await client.getTwin();
  await new Promise<void>((resolve, reject) => {
    twin.properties.reported.update({ reboot: rebootState }, (error?: Error) => {
      if (error) reject(error);
      else resolve();
    });
  });
  console.log(`Reported: ${JSON.stringify(rebootState)}`);
}

function fail(error: unknown): void {
  console.error(error);
  process.exitCode = 1;
}

await start(connectionString);
