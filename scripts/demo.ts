// The main job from end to end: starts a hub in a temporary folder, registers a device, reboots it with the example apps, and cleans up.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DemoProcess } from './demo-processes.ts';

const CLI = 'src/cli/main.ts';
const DEVICE_ID = 'press-7';
const TIMEOUT_MS = 60_000;

const dataDir = await mkdtemp(join(tmpdir(), 'twinhub-demo-'));
const started: DemoProcess[] = [];
const signal = AbortSignal.timeout(TIMEOUT_MS);

try {
  await runDemo();
} finally {
  for (const demoProcess of started.toReversed()) await demoProcess.stop();
  await rm(dataDir, { recursive: true, force: true });
}
console.log('\nThe hub is stopped and its folder removed. Start one that stays with: npm start');

async function runDemo(): Promise<void> {
  const [httpsPort, mqttPort] = await choosePorts();
  console.log('1. A hub, in a temporary folder.');
  const flags = ['--data-dir', dataDir, '--https-port', String(httpsPort), '--mqtt-port', String(mqttPort), '--log-level', 'warn'];
  const hub = start('hub', [CLI, 'start', ...flags]);
  console.log(`   ${await hub.seen('twinhub ready')}`);

  console.log(`\n2. A device: twinhub device create ${DEVICE_ID}`);
  await twinhub('device', 'create', DEVICE_ID);
  const deviceString = await twinhub('device', 'connection-string', DEVICE_ID);
  const serviceString = await twinhub('policy', 'connection-string', 'service');

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
  const demoProcess = new DemoProcess({ name, args, show: () => undefined, signal });
  started.push(demoProcess);
  return demoProcess;
}

function startApp(name: string, app: readonly string[], env: Record<string, string>): DemoProcess {
  const args = [CLI, 'exec', '--data-dir', dataDir, '--', process.execPath, ...app];
  const demoProcess = new DemoProcess({ name, args, env, show: (line) => console.log(`   ${name.padEnd(8)} | ${line}`), signal });
  started.push(demoProcess);
  return demoProcess;
}

function twinhub(...args: readonly string[]): Promise<string> {
  return new DemoProcess({ name: args.join(' '), args: [CLI, ...args, '--data-dir', dataDir], show: () => undefined, signal }).output();
}
