// The brokers that the hub is put beside, each in a process of its own with the certificate of the hub.
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { MeasuredProcess } from '../load/child-process.ts';
import type { Endpoint } from '../load/endpoint.ts';

export type Broker = AsyncDisposable & { readonly name: string; readonly process: MeasuredProcess; readonly endpoint: Endpoint };

/** A sentence instead of a broker says why there is none. @param folder has the certificate. */
export async function startMosquitto(folder: string, caPem: string): Promise<Broker | string> {
  // Debian puts it where the path of a user does not lead.
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  const command = folders.map((each) => join(each, 'mosquitto')).find((path) => existsSync(path));
  if (command === undefined) return 'Mosquitto is not installed here and is left out; on Debian the package mosquitto has it.';
  const port = await freePort();
  const config = join(folder, 'mosquitto.conf');
  await writeFile(
    config,
    [
      // Started by root it would become a user that may not read the folder.
      'user root',
      'allow_anonymous true',
      `listener ${port} 127.0.0.1`,
      `certfile ${join(folder, 'server.pem')}`,
      `keyfile ${join(folder, 'server-key.pem')}`,
      'set_tcp_nodelay true',
      // Otherwise it drops messages of a client that has so many in flight.
      'max_queued_messages 0',
      'log_dest stderr',
      'log_timestamp false',
      'log_type error',
      'log_type information',
    ].join('\n'),
  );
  const broker = await MeasuredProcess.start({
    name: 'Mosquitto',
    command,
    args: ['-c', config],
    readyLine: /^mosquitto version (\S+) running$/,
    readyOn: 'stderr',
  });
  return brokerOf(`Mosquitto ${broker.readyText}`, broker, { hostName: 'localhost', httpsPort: 0, mqttPort: port, caPem });
}

/** As `startMosquitto`. */
export async function startAedes(folder: string, caPem: string): Promise<Broker | string> {
  if (!isInstalled('aedes')) return 'Aedes is not installed here and is left out; `npm ci` installs it.';
  const broker = await MeasuredProcess.start({
    name: 'Aedes',
    args: ['bench/peers/aedes-broker.ts'],
    env: { BENCH_FOLDER: folder },
    readyLine: /^broker ready (.*)$/,
  });
  const [version, port] = broker.readyText.split(' ');
  return brokerOf(`Aedes ${version}`, broker, { hostName: 'localhost', httpsPort: 0, mqttPort: Number(port), caPem });
}

function isInstalled(packageName: string): boolean {
  try {
    return import.meta.resolve(packageName) !== '';
  } catch {
    return false;
  }
}

function brokerOf(name: string, broker: MeasuredProcess, endpoint: Endpoint): Broker {
  return { name, process: broker, endpoint, [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose]() };
}

/** For a program that cannot say which port it was given. Somebody else may take it before the program does, and then it says so. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
