// The main jobs from end to end: starts a hub in a temporary folder, reboots a device, locks the doors of a small fleet, and cleans up.
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DemoProcess } from './demo-processes.ts';

const CLI = 'src/cli/main.ts';
const DEVICE_ID = 'press-7';
const DOOR_IDS = ['door-1', 'door-2', 'door-3'];
const TIMEOUT_MS = 90_000;

const started: DemoProcess[] = [];
const signal = AbortSignal.timeout(TIMEOUT_MS);
let cleaned: Promise<void> | undefined;
// Before there is anything to clean up, so that no signal can come in between.
for (const [name, number] of Object.entries({ SIGINT: 2, SIGTERM: 15 })) {
  process.on(name, () => void cleanUp().finally(() => process.exit(128 + number)));
}
const dataDir = mkdtempSync(join(tmpdir(), 'twinhub-demo-'));

try {
  await startDemoHub();
  const serviceString = await twinhub('policy', 'connection-string', 'service');
  await rebootDevice(serviceString);
  await lockDoors(serviceString);
} finally {
  await cleanUp();
}
console.log('\nThe hub is stopped and its folder removed. Start one that stays with: npm start');

/** Once, whoever asks for it; after it began, no process starts. */
function cleanUp(): Promise<void> {
  return (cleaned ??= stopAll());
}

async function stopAll(): Promise<void> {
  for (const demoProcess of started.toReversed()) await demoProcess.stop();
  await rm(dataDir, { recursive: true, force: true });
}

async function startDemoHub(): Promise<void> {
  const [httpsPort, mqttPort] = await choosePorts();
  console.log('1. A hub, in a temporary folder.');
  const flags = ['--data-dir', dataDir, '--https-port', String(httpsPort), '--mqtt-port', String(mqttPort), '--log-level', 'warn'];
  const hub = start('hub', [CLI, 'start', ...flags]);
  console.log(`   ${await hub.seen('twinhub ready')}`);
}

async function rebootDevice(serviceString: string): Promise<void> {
  console.log(`\n2. A device: twinhub device create ${DEVICE_ID}`);
  const deviceString = await createDevice(DEVICE_ID);

  console.log('\n3. The device app: twinhub exec -- node examples/reboot/device.ts');
  const device = startApp('device', ['examples/reboot/device.ts'], { DEVICE_CONNECTION_STRING: deviceString });
  await device.seen('Connected');

  console.log(`\n4. The back end reboots it: twinhub exec -- node examples/reboot/back-end.ts ${DEVICE_ID}`);
  const backEnd = startApp('back end', ['examples/reboot/back-end.ts', DEVICE_ID], { IOTHUB_CONNECTION_STRING: serviceString });
  await backEnd.output();
  await device.seen('Back again.');

  console.log(`\n5. What the twin says: twinhub twin show ${DEVICE_ID}`);
  console.log(await twinhub('twin', 'show', DEVICE_ID));
}

/** One door is away when the jobs begin, and is called when it comes. */
async function lockDoors(serviceString: string): Promise<void> {
  console.log(`\n6. Doors, one of which is away: ${DOOR_IDS.join(', ')}`);
  const doorStrings = await Promise.all(DOOR_IDS.map(createDevice));
  const [, , late = ''] = doorStrings;
  const doors = doorStrings.slice(0, 2).map((text, index) => startDoor(DOOR_IDS[index] ?? '', text));
  for (const door of doors) await door.seen('Connected');

  const condition = `deviceId IN [${DOOR_IDS.map((id) => `'${id}'`).join(', ')}]`;
  console.log(`\n7. Two jobs for all of them: twinhub exec -- node examples/lock-doors/back-end.ts "${condition}"`);
  const backEnd = startApp('back end', ['examples/lock-doors/back-end.ts', condition], { IOTHUB_CONNECTION_STRING: serviceString });
  await backEnd.seen('lock: running, 2 of 3 devices done');
  startDoor(DOOR_IDS[2] ?? '', late);
  await backEnd.output();

  console.log('\n8. What became of them: twinhub job list');
  console.log(await twinhub('job', 'list'));
}

async function createDevice(deviceId: string): Promise<string> {
  await twinhub('device', 'create', deviceId);
  return twinhub('device', 'connection-string', deviceId);
}

function startDoor(deviceId: string, connectionString: string): DemoProcess {
  return startApp(deviceId, ['examples/lock-doors/device.ts'], { DEVICE_CONNECTION_STRING: connectionString });
}

/** Those the SDKs know where they can be had, else any. */
async function choosePorts(): Promise<readonly [httpsPort: number, mqttPort: number]> {
  return (await canListen(443)) && (await canListen(8883)) ? [443, 8883] : [0, 0];
}

async function canListen(port: number): Promise<boolean> {
  const server = createServer();
  const can = once(server, 'listening').then(
    () => true,
    () => false,
  );
  server.listen(port);
  if (!(await can)) return false;
  server.close();
  await once(server, 'close');
  return true;
}

function start(name: string, args: readonly string[]): DemoProcess {
  return launch({ name, args, show: () => undefined });
}

function startApp(name: string, app: readonly string[], env: Record<string, string>): DemoProcess {
  const args = [CLI, 'exec', '--data-dir', dataDir, '--', process.execPath, ...app];
  return launch({ name, args, env, show: (line) => console.log(`   ${name.padEnd(8)} | ${line}`) });
}

function twinhub(...args: readonly string[]): Promise<string> {
  return start(args.join(' '), [CLI, ...args, '--data-dir', dataDir]).output();
}

function launch(parts: Omit<ConstructorParameters<typeof DemoProcess>[0], 'signal'>): DemoProcess {
  if (cleaned) throw new Error('The demo has been stopped.');
  const demoProcess = new DemoProcess({ ...parts, signal });
  started.push(demoProcess);
  return demoProcess;
}
