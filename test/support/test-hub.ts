// A whole hub in the test's process: free ports, ephemeral store unless told otherwise, the published SDKs led to it.
import { createHmac } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startConfiguredHub } from '../../src/compose.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { formatDeviceConnectionString, formatServiceConnectionString } from '../../src/domain/access/connection-string.ts';
import { parseDeviceSpec } from '../../src/domain/identity/parse-device-spec.ts';
import { parseModuleSpec } from '../../src/domain/identity/parse-module-spec.ts';
import type { Device } from '../../src/domain/identity/device.ts';
import type { ModuleId } from '../../src/domain/identity/identity-id.ts';
import type { Module } from '../../src/domain/identity/module.ts';
import type { Hub } from '../../src/hub/hub.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Log } from '../../src/ports/log.ts';
import { leadThisProcessTo } from '../../src/redirect/this-process.ts';
import { createLog } from '../../src/system/log.ts';
import { createSigner } from '../../src/system/signer.ts';
import { systemClock } from '../../src/system/system-clock.ts';
import { systemRandom } from '../../src/system/system-random.ts';
import { SOMEONE } from './actors.ts';
import { sasKeys } from './identities.ts';
import { storeOfTests } from './test-store.ts';

export type TestHubOptions = {
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Default: the machine's. */
  readonly machineClock?: Clock;
  /** Default: nothing is kept of it. */
  readonly log?: Log;
  /** What `--store` says. Default: what the run of the tests says. */
  readonly store?: string;
  /** Keeps the data, so that the test may start the hub again in the same folder. Default: a temporary folder, ephemeral store. */
  readonly dataDir?: string;
  /** Default: any free ports. A restart takes those of the hub before. */
  readonly httpsPort?: number;
  readonly mqttPort?: number;
};

export type TestHub = AsyncDisposable & {
  readonly hub: Hub;
  readonly httpsPort: number;
  readonly mqttPort: number;
  readonly caPem: string;
  serviceConnectionString(policyName?: string): string;
  createDevice(deviceId: string): Promise<Device>;
  /** Of a device that is there. */
  createModule(id: ModuleId): Promise<Module>;
  deviceConnectionString(device: Device): string;
  close(): Promise<void>;
};

/** @throws whatever keeps the hub from starting. */
export async function openTestHub(options: TestHubOptions = {}): Promise<TestHub> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'twinhub-test-')));
  const store = options.store ?? storeOfTests(options.dataDir);
  const flags = {
    dataDir,
    bind: '127.0.0.1',
    httpsPort: String(options.httpsPort ?? 0),
    mqttPort: String(options.mqttPort ?? 0),
    ...(store !== undefined && { store }),
  };
  const config = loadConfig({ flags, env: {} });
  const log = options.log ?? createLog({ level: 'silent' });
  const running = await startConfiguredHub(config, {
    clock: options.clock ?? systemClock,
    machineClock: options.machineClock ?? systemClock,
    random: systemRandom,
    signer: createSigner(),
    log,
  });
  const caPem = await readFile(join(dataDir, 'ca.pem'), 'utf8');
  const stopLeading = leadThisProcessTo({ ...running, caPem });
  async function close(): Promise<void> {
    stopLeading();
    await running.close();
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
  }
  return {
    hub: running.hub,
    httpsPort: running.httpsPort,
    mqttPort: running.mqttPort,
    caPem,
    serviceConnectionString(policyName = 'iothubowner'): string {
      const policy = running.hub.policies.find(policyName);
      if (!policy) throw new Error(`no policy ${policyName}`);
      return formatServiceConnectionString({ hostName: 'localhost', policy: policyName, key: policy.keys.primaryKey });
    },
    createModule: (id) => running.hub.modules.put(parseModuleSpec(id, {}), { kind: 'none' }, SOMEONE),
    createDevice: (deviceId) => running.hub.devices.put(parseDeviceSpec(deviceId, {}), { kind: 'none' }, SOMEONE),
    deviceConnectionString: (device) =>
      formatDeviceConnectionString({ hostName: 'localhost', deviceId: device.deviceId, key: sasKeys(device).primaryKey }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

export type TokenParts = {
  /** Base64. */
  readonly key: string;
  /** As it shall stand in the token. */
  readonly resource: string;
  readonly policyName?: string;
  /** Default: far away. */
  readonly expirySeconds?: number;
};

/** A SAS token signed with the standard library alone, so that the hub's own signing cannot hide a mistake. */
export function sasToken({ key, resource, policyName, expirySeconds = 4_000_000_000 }: TokenParts): string {
  const signature = createHmac('sha256', Buffer.from(key, 'base64')).update(`${resource}\n${expirySeconds}`).digest('base64');
  const skn = policyName === undefined ? '' : `&skn=${policyName}`;
  return `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}&se=${expirySeconds}${skn}`;
}
