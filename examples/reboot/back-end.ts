// Reboots a device and waits until its twin says that it is back.
//
// Run it: IOTHUB_CONNECTION_STRING='HostName=…;SharedAccessKeyName=service;SharedAccessKey=…' node back-end.ts DEVICE_ID
import { setTimeout as pause } from 'node:timers/promises';
import azureIotHub from 'azure-iothub';

const { Client, Registry } = azureIotHub;

const connectionString = process.env['IOTHUB_CONNECTION_STRING'];
const deviceId = process.argv[2];
if (connectionString === undefined) throw new Error('Set IOTHUB_CONNECTION_STRING: `twinhub policy connection-string service` prints one.');
if (deviceId === undefined) throw new Error('Name the device: node back-end.ts DEVICE_ID');

const POLL_MS = 500;
const GIVE_UP_AFTER_MS = 60_000;

const client = Client.fromConnectionString(connectionString);
const registry = Registry.fromConnectionString(connectionString);

const call = { methodName: 'reboot', payload: { reason: 'maintenance' }, responseTimeoutInSeconds: 30 };
const { result } = await client.invokeDeviceMethod(deviceId, call);
console.log(`${deviceId} answered ${result.status}: ${JSON.stringify(result.payload)}`);

const startedAt = Date.now();
for (;;) {
  const { responseBody: twin } = await registry.getTwin(deviceId);
  const { reboot } = twin.properties.reported;
  console.log(`The twin says: ${JSON.stringify(reboot ?? {})}`);
  if (reboot?.state === 'running') break;
  if (Date.now() - startedAt > GIVE_UP_AFTER_MS) throw new Error(`${deviceId} did not come back within ${GIVE_UP_AFTER_MS / 1000} s.`);
  await pause(POLL_MS);
}
console.log(`${deviceId} is back.`);
