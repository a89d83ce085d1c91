// Runs a hub in this process from its start to the signal that ends it, and says on standard output what to do with it.
import { relative } from 'node:path';
import { type RunningHub, startConfiguredHub } from '../compose.ts';
import type { Config } from '../config/config.ts';
import { type HubRecord, removeHubRecord, writeHubRecord } from '../config/hub-record.ts';
import { formatServiceConnectionString } from '../domain/access/connection-string.ts';
import type { Log } from '../ports/log.ts';
import { keepNewObjectsYoung, letConnectionsGrow } from '../system/engine-flags.ts';
import { createLog } from '../system/log.ts';
import { packageVersion } from '../system/package-version.ts';
import { createSigner } from '../system/signer.ts';
import { systemClock } from '../system/system-clock.ts';
import { systemRandom } from '../system/system-random.ts';
import { EXIT_CODES } from './command-failure.ts';
import { explainStartFault } from './start-fault.ts';

/**
 * Resolves after a clean stop. A second signal ends the process at once. @param json prints the record of the hub instead of words.
 * @throws SetupError or HubError with the way out when the hub cannot start.
 */
export async function runHub(config: Config, json: boolean): Promise<void> {
  keepNewObjectsYoung();
  letConnectionsGrow();
  const askedToStop = untilAskedToStop();
  const log = createLog({ level: config.logLevel, pretty: process.stderr.isTTY });
  const machine = { clock: systemClock, machineClock: systemClock, random: systemRandom, signer: createSigner(), log };
  const hub = await startConfiguredHub(config, machine).catch((error: unknown) => {
    throw explainStartFault(error);
  });
  try {
    const record = recordOf(hub, config);
    await writeHubRecord(config.dataDir, record);
    // Commands sign in with what stands in the record.
    let renewed: Promise<void> = Promise.resolve();
    const stopRenewing = hub.hub.policies.onChange(() => (renewed = renewRecord(hub, config, log)));
    console.log(json ? JSON.stringify(record) : welcome(hub, config));
    await askedToStop;
    stopRenewing();
    // It would bring the record back.
    await renewed;
    await removeHubRecord(config.dataDir, process.pid);
  } finally {
    await hub.close();
  }
}

async function renewRecord(hub: RunningHub, config: Config, log: Log): Promise<void> {
  try {
    await writeHubRecord(config.dataDir, recordOf(hub, config));
  } catch (error) {
    const fields = { error: error instanceof Error ? error : undefined };
    log.error(fields, 'The record of the hub could not be written. Commands need --connect, or a restart of the hub.');
  }
}

function untilAskedToStop(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (): void => {
      if (asked) process.exit(EXIT_CODES.failed);
      asked = true;
      resolve();
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
  });
}

function recordOf({ hub, hostName, hostNames, httpsPort, mqttPort, caPath }: RunningHub, { bindAddress, store }: Config): HubRecord {
  const storePath = store.kind === 'sqlite' ? store.path : undefined;
  const storeName = store.kind === 'postgres' ? store.name : undefined;
  const connectionString = connectionStringOf(hub, hostName, 'iothubowner');
  return {
    version: packageVersion,
    pid: process.pid,
    hostName,
    hostNames,
    bindAddress,
    httpsPort,
    mqttPort,
    caPath,
    storePath,
    storeName,
    connectionString,
  };
}

function connectionStringOf({ policies }: RunningHub['hub'], hostName: string, name: string): string {
  return formatServiceConnectionString({ hostName, policy: name, key: policies.get(name).keys.primaryKey });
}

/** The first line is one that scripts wait for. */
function welcome({ hub, hostName, httpsPort, mqttPort, caPath }: RunningHub, { dataDir, store }: Config): string {
  const folder = shortPath(dataDir);
  const kept = { ephemeral: ', devices and twins are forgotten on stop', sqlite: '', postgres: ', store ' }[store.kind];
  const database = store.kind === 'postgres' ? store.name : '';
  const command = `${import.meta.url.endsWith('.ts') ? 'npm run -s twinhub --' : 'twinhub'}${folder === '.twinhub' ? '' : ` --data-dir '${folder}'`}`;
  return [
    `twinhub ready: HTTPS ${httpsPort}, MQTT ${mqttPort}, host ${hostName}, data ${folder}${kept}${database}`,
    '',
    'Connection strings for back-end apps, the second with all rights:',
    `  ${connectionStringOf(hub, hostName, 'service')}`,
    `  ${connectionStringOf(hub, hostName, 'iothubowner')}`,
    ...(caPath === undefined ? [] : ['', 'CA that clients must trust (exec sets it):', `  NODE_EXTRA_CA_CERTS=${caPath}`]),
    '',
    'Try in another terminal:',
    `  ${command} device create myDevice`,
    `  ${command} device connection-string myDevice`,
    `  ${command} exec -- node app.js`,
    '',
    'Ctrl+C stops the hub.',
  ].join('\n');
}

function shortPath(path: string): string {
  const fromHere = relative('', path);
  return fromHere === '' || fromHere.startsWith('..') ? path : fromHere;
}
