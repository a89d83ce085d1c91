// A door that can be locked from afar. It answers the direct method `lockDoor`, and notes in its twin which building and floor it is told
// that it belongs to.
//
// Run it: DEVICE_CONNECTION_STRING='HostName=…;DeviceId=…;SharedAccessKey=…' node device.ts
import azureIotDevice, { type DeviceMethodRequest, type DeviceMethodResponse, type Twin } from 'azure-iot-device';
import azureIotDeviceMqtt from 'azure-iot-device-mqtt';

const { Client } = azureIotDevice;
const { Mqtt } = azureIotDeviceMqtt;

const connectionString = process.env['DEVICE_CONNECTION_STRING'];
if (connectionString === undefined) {
  throw new Error('Set DEVICE_CONNECTION_STRING, for example to what `twinhub device connection-string ID` prints.');
}

type Place = { building?: string; floor?: number };

const client = Client.fromConnectionString(connectionString, Mqtt);
await client.open();
const twin = await client.getTwin();
twin.on('properties.desired', ({ building, floor }: Place) => {
  if (building !== undefined || floor !== undefined) console.log(`This door is in building ${building ?? '?'}, floor ${floor ?? '?'}.`);
});
client.onDeviceMethod('lockDoor', (request, response) => {
  lockDoor(twin, request, response).catch(fail);
});
console.log('Connected, waiting for the direct method lockDoor.');

async function lockDoor(ownTwin: Twin, request: DeviceMethodRequest, response: DeviceMethodResponse): Promise<void> {
  console.log(`Called: ${request.methodName}. The door is locked.`);
  await response.send(200, { locked: true });
  await report(ownTwin, { door: { locked: true, since: new Date().toISOString() } });
}

/** Reported properties merge: what is not named stays. */
function report(ownTwin: Twin, patch: object): Promise<void> {
  return new Promise((resolve, reject) => {
    ownTwin.properties.reported.update(patch, (error?: Error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

function fail(error: unknown): void {
  console.error(error);
  process.exitCode = 1;
}
