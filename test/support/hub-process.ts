// A hub in a process of its own that can be killed, with the SDKs of the test's process led to it.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { readHubRecord } from '../../src/config/hub-record.ts';
import { leadThisProcessTo } from '../../src/redirect/this-process.ts';
import { startCli } from './run-cli.ts';
import { Registry } from './sdk.ts';

type Parts = {
  readonly child: ChildProcess;
  readonly connectionString: string;
  readonly endpoint: { readonly mqttPort: number; readonly caPem: string };
  readonly stopLeading: () => void;
};

export class HubProcess {
  /** Of policy iothubowner. */
  readonly connectionString: string;
  readonly registry: InstanceType<typeof Registry>;
  /** Where devices connect to. */
  readonly endpoint: Parts['endpoint'];
  readonly #child: ChildProcess;
  readonly #stopLeading: () => void;

  constructor({ child, connectionString, endpoint, stopLeading }: Parts) {
    this.#child = child;
    this.connectionString = connectionString;
    this.registry = Registry.fromConnectionString(connectionString);
    this.endpoint = endpoint;
    this.#stopLeading = stopLeading;
  }

  /** Starts a hub on free ports, on the data of the hub that was in this folder before. @throws Error with what it complained about. */
  static async start(folder: string): Promise<HubProcess> {
    const child = startCli(['start', '--data-dir', folder, '--https-port', '0', '--mqtt-port', '0', '--bind', '127.0.0.1']);
    await readyLine(child);
    const { httpsPort, mqttPort, hostNames, connectionString } = await readHubRecord(folder);
    const caPem = await readFile(join(folder, 'ca.pem'), 'utf8');
    const stopLeading = leadThisProcessTo({ hostNames, httpsPort, mqttPort, caPem });
    return new HubProcess({ child, connectionString, endpoint: { mqttPort, caPem }, stopLeading });
  }

  /** As `kill -9` does; resolves when it is gone. Harmless when called again. */
  async kill(): Promise<void> {
    if (this.#child.signalCode !== null) return;
    const closed = once(this.#child, 'exit');
    this.#stopLeading();
    this.#child.kill('SIGKILL');
    await closed;
  }
}

async function readyLine(child: ChildProcess): Promise<void> {
  if (!child.stdout || !child.stderr) throw new Error('the hub has pipes');
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('twinhub ready')) return;
  }
  throw new Error(`The hub ended before it was ready: ${complaints}`);
}
