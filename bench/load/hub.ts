// The hub under measurement: started in a process of its own, on a new folder or one that has devices in it.
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readHubRecord } from '../../src/config/hub-record.ts';
import { MeasuredProcess } from './child-process.ts';
import { type Endpoint, tokenMaker } from './endpoint.ts';
import { forEach } from './flow.ts';
import { HttpsCaller } from './https-caller.ts';

const CERTIFICATES = ['ca.pem', 'ca-key.pem', 'server.pem', 'server-key.pem'];
const HOST_NAME = 'localhost';
/** All that a bulk call may name. */
const BULK = 100;
const PROFILES = resolve('bench-profiles');

export type HubUnderTest = AsyncDisposable & {
  readonly process: MeasuredProcess;
  readonly endpoint: Endpoint;
  readonly folder: string;
  /** Empty when the store is no file. */
  readonly databasePath: string;
  /** A token for any device, signed by a policy. */
  readonly deviceToken: () => string;
  /** A fresh token of policy iothubowner. */
  readonly serviceToken: () => string;
};

/** What the hub leaves in the folder bench-profiles when it ends. */
export type Profile = { readonly cpu: boolean; readonly heap: boolean };

export type HubOptions = {
  readonly profile?: Profile;
  /** The folder of another hub, whose CA and certificate this one takes over. */
  readonly certificatesFrom?: string;
  /** Its data dir, which stays; a new one, which goes with the hub, unless given. */
  readonly folder?: string;
  /** As option --store takes it; a file in its data dir unless given. */
  readonly store?: string;
};

export async function startHub({ profile, certificatesFrom, folder: given, store }: HubOptions = {}): Promise<HubUnderTest> {
  const folder = given ?? (await temporaryFolder());
  if (certificatesFrom !== undefined) {
    await Promise.all(CERTIFICATES.map((file) => copyFile(join(certificatesFrom, file), join(folder, file))));
  }
  const key = randomBytes(32).toString('base64');
  const keys = ['--policy', `iothubowner=${key}`, '--policy', `device=${key}`];
  const ports = ['--https-port', '0', '--mqtt-port', '0', '--bind', '127.0.0.1', '--log-level', 'warn'];
  const stored = store === undefined ? [] : ['--store', store];
  const hub = await MeasuredProcess.start({
    name: 'The hub',
    args: ['src/cli/main.ts', 'start', '--data-dir', folder, ...stored, ...ports, ...keys],
    env: profile ? { NODE_OPTIONS: nodeOptionsFor(profile) } : {},
    readyLine: /^twinhub ready/,
  });
  const { httpsPort, mqttPort, storePath = '' } = await readHubRecord(folder);
  const caPem = await readFile(join(folder, 'ca.pem'), 'utf8');
  return {
    process: hub,
    endpoint: { hostName: HOST_NAME, httpsPort, mqttPort, caPem },
    folder,
    databasePath: storePath,
    deviceToken: tokenMaker({ resource: `${HOST_NAME}%2Fdevices`, key, policyName: 'device' }),
    serviceToken: tokenMaker({ resource: HOST_NAME, key, policyName: 'iothubowner' }),
    async [Symbol.asyncDispose](): Promise<void> {
      if (profile?.heap) hub.signal('SIGUSR2');
      await hub[Symbol.asyncDispose]();
      if (given === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Whoever asks for it removes it; one that is left when the bench is broken off goes with the process. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'twinhub-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** In the environment, since the threads of the store take nothing from the command line of their process. */
function nodeOptionsFor({ cpu, heap }: Profile): string {
  const ofCpu = cpu ? ['--cpu-prof', `--cpu-prof-dir=${PROFILES}`] : [];
  const ofHeap = heap ? ['--heapsnapshot-signal=SIGUSR2', `--diagnostic-dir=${PROFILES}`] : [];
  return [process.env['NODE_OPTIONS'] ?? '', ...ofCpu, ...ofHeap].join(' ').trim();
}

/** @param tags of each device. @throws Error when the hub refuses any. */
export async function registerDevices(hub: HubUnderTest, ids: readonly string[], tags: object = {}): Promise<void> {
  using caller = await HttpsCaller.open(hub.endpoint, 4);
  const chunks = Array.from({ length: Math.ceil(ids.length / BULK) }, (_, index) => ids.slice(index * BULK, (index + 1) * BULK));
  await forEach(chunks, 4, async (chunk) => {
    const body = JSON.stringify(chunk.map((id) => ({ id, importMode: 'create', tags })));
    const answer = await caller.call({
      method: 'POST',
      path: '/devices?api-version=2021-04-12',
      authorization: hub.serviceToken(),
      body,
    });
    if (answer.status !== 200) throw new Error(`Devices were not registered: ${answer.body}`);
  });
}
