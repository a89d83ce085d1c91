// Plugs the hub together: the only file that knows every adapter. A configuration goes in, a running hub comes out.
import { LocalDeviceBus } from './buses/local/local-device-bus.ts';
import { createCertificateReader } from './certificates/certificate-reader.ts';
import { clientCertificateOf as certificateOf } from './certificates/client-certificate.ts';
import { ensureCertificates, loadOwnCertificate } from './certificates/server-certificate.ts';
import type { Config, StoreConfig } from './config/config.ts';
import { prepareDataDir } from './config/data-dir.ts';
import { startHttpGateway } from './gateways/http/server.ts';
import { type MqttGateway, startMqttGateway } from './gateways/mqtt/server.ts';
import { createHub, type Hub } from './hub/hub.ts';
import type { Clock } from './ports/clock.ts';
import type { Log } from './ports/log.ts';
import type { Random } from './ports/random.ts';
import type { Signer } from './ports/signer.ts';
import type { StoreInspection } from './ports/store-inspection.ts';
import type { Stores } from './ports/stores.ts';
import { inspectSqliteStore } from './stores/sqlite/inspect-store.ts';
import { isFolderLocked, lockFolder } from './stores/sqlite/lock-folder.ts';
import { measuredStores } from './stores/measured/measured-stores.ts';
import { openEphemeralStore } from './stores/sqlite/open-ephemeral-store.ts';
import { openSqliteStore } from './stores/sqlite/open-sqlite-store.ts';
import { packageVersion } from './system/package-version.ts';
import { createPrometheusMetrics } from './system/prometheus-metrics.ts';
import { pause } from './system/pause.ts';
import { systemStopwatch } from './system/system-stopwatch.ts';

/**
 * What the machine gives. `clock` is the time of the hub, which tests may move; `machineClock` that of the world outside, by which clients
 * check certificates, and wait for a hub that stops or for the answer to a refused sign-in.
 */
export type Machine = {
  readonly clock: Clock;
  readonly machineClock: Clock;
  readonly random: Random;
  readonly signer: Signer;
  readonly log: Log;
};

export type RunningHub = {
  readonly hostName: string;
  readonly hostNames: readonly string[];
  readonly httpsPort: number;
  readonly mqttPort: number;
  /** The local CA, which clients must trust; `undefined` when the hub runs with the operator's own certificate. */
  readonly caPath: string | undefined;
  /** The use cases, for whoever runs in the same process. */
  readonly hub: Hub;
  /** Stops listening, lets requests under way end, then closes everything in reverse order. */
  close(): Promise<void>;
};

const DAY_MS = 24 * 3600 * 1000;

/**
 * Starts a hub; when it resolves every listener accepts. What was opened before a failure is closed again.
 * @throws SetupError or HubError with the way out; an error with `code` EADDRINUSE or EACCES where a port cannot be had.
 */
export async function startConfiguredHub(config: Config, machine: Machine): Promise<RunningHub> {
  const opened = new AsyncDisposableStack();
  try {
    return await openAll(config, machine, opened);
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

async function openAll(config: Config, machine: Machine, opened: AsyncDisposableStack): Promise<RunningHub> {
  const { clock, random, log } = machine;
  await prepareDataDir(config.dataDir);
  // Before anything else in the folder is looked at or made: two hubs would overwrite each other's certificates.
  opened.adopt(lockFolder(config.dataDir), (lock) => lock.release());
  const certificate = await readCertificate(config, machine.machineClock);
  const metrics = opened.adopt(createPrometheusMetrics(log), (open) => open.close());
  const stores = measuredStores(
    opened.adopt(await openStore(config, machine), (open) => open.close()),
    { metrics, stopwatch: systemStopwatch },
  );
  const hub = opened.adopt(
    await createHub({
      ...machine,
      metrics,
      stopwatch: systemStopwatch,
      pause,
      hostNames: config.hostNames,
      policyKeys: config.policyKeys,
      strictQueries: config.strictQueries,
      autoIndexes: config.autoIndexes,
      stores,
      bus: new LocalDeviceBus(),
      certificateReader: createCertificateReader(),
    }),
    (running) => running.stop(),
  );
  const listening = {
    hub,
    tls: certificate,
    bindAddress: config.bindAddress,
    clock,
    machineClock: machine.machineClock,
    random,
    log,
    certificateOf,
  };
  const mqtt = opened.adopt(await startMqttGateway({ ...listening, port: config.mqttPort }), (gateway) => gateway.close());
  const onWebSocket: MqttGateway['serveStream'] = (stream, peer) => mqtt.serveStream(stream, peer);
  const http = opened.adopt(
    await startHttpGateway({ ...listening, port: config.httpsPort, version: packageVersion, onWebSocket }),
    (gateway) => gateway.close(),
  );
  const renewal = renewDaily(config, machine, [mqtt, http]);
  opened.defer(() => renewal.stop());
  opened.defer(() => hub.stopJobs());
  // First of all, since the gateways let requests under way end.
  opened.defer(() => hub.liveQueries.stop());
  opened.defer(() => hub.methods.stopWaiting());
  opened.defer(() => hub.refusedSignIns.stop());
  return {
    hostName: config.primaryHostName,
    hostNames: config.hostNames,
    httpsPort: http.port,
    mqttPort: mqtt.port,
    caPath: certificate.caPath,
    hub,
    close: () => opened.disposeAsync(),
  };
}

/** Looks at a store without changing it, whoever uses it. @param readAtMostBytes what may be read to see whether it is intact. */
export async function inspectStore(store: StoreConfig, readAtMostBytes: number): Promise<StoreInspection> {
  switch (store.kind) {
    case 'ephemeral':
      return { kind: 'ephemeral' };
    case 'sqlite':
      return inspectSqliteStore(store.path, readAtMostBytes);
    case 'postgres': {
      const { inspectPostgresStore } = await import('./stores/postgres/inspect-postgres-store.ts');
      return inspectPostgresStore(store);
    }
  }
}

/** Whether a hub runs from the folder, in this process or another. @throws HubError when that cannot be seen. */
export function isDataDirInUse(dataDir: string): boolean {
  return isFolderLocked(dataDir);
}

type Certificate = { readonly certPem: string; readonly keyPem: string; readonly caPath: string | undefined };

async function readCertificate(config: Config, clock: Clock): Promise<Certificate> {
  if (config.tls) return { ...(await loadOwnCertificate({ ...config.tls, clock })), caPath: undefined };
  return ensureCertificates({ directory: config.dataDir, hostNames: config.hostNames, clock });
}

async function openStore({ store }: Config, { log, machineClock }: Machine): Promise<Stores> {
  const onFault = (error: Error): void => log.error({ error }, 'The store has failed. Look at its disk, then start the hub again.');
  switch (store.kind) {
    case 'ephemeral':
      return openEphemeralStore({ onFault, stopwatch: systemStopwatch });
    case 'sqlite':
      return openSqliteStore({ path: store.path, durability: 'full', onFault, stopwatch: systemStopwatch });
    case 'postgres': {
      // Loaded here, since its driver would make every other hub start later.
      const { openPostgresStore } = await import('./stores/postgres/open-postgres-store.ts');
      return openPostgresStore(store, machineClock, (error) =>
        log.warn({ error }, 'PostgreSQL does not tell what became of a write of a job. Jobs wait until it does.'),
      );
    }
  }
}

/** A hub that runs for months renews its certificate without a restart; open connections keep the one they began with. */
function renewDaily(config: Config, machine: Machine, gateways: readonly Pick<MqttGateway, 'setCertificate'>[]): { stop(): void } {
  const { machineClock: clock, log } = machine;
  const renew = async (): Promise<void> => {
    try {
      const certificate = await readCertificate(config, clock);
      for (const gateway of gateways) gateway.setCertificate(certificate);
    } catch (error) {
      log.error({ error: error instanceof Error ? error : undefined }, 'The server certificate could not be read again.');
    }
  };
  let timer = clock.after(DAY_MS, next);
  let stopped = false;
  function next(): void {
    void renew().then(() => {
      if (!stopped) timer = clock.after(DAY_MS, next);
    });
  }
  return {
    stop(): void {
      stopped = true;
      timer.cancel();
    },
  };
}
