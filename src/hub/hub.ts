// The hub as gateways see it: one object per group of use cases, on top of ports.
import { LIMITS } from '../domain/limits.ts';
import { toIsoTime } from '../domain/time.ts';
import type { CertificateReader } from '../ports/certificate-reader.ts';
import type { Clock } from '../ports/clock.ts';
import type { DeviceBus } from '../ports/device-bus.ts';
import type { Log } from '../ports/log.ts';
import type { Metrics, Watched } from '../ports/metrics.ts';
import type { Random } from '../ports/random.ts';
import type { Signer } from '../ports/signer.ts';
import type { Stopwatch } from '../ports/stopwatch.ts';
import type { Stores } from '../ports/stores.ts';
import type { SubscriptionStore } from '../ports/subscription-store.ts';
import { Access } from './access.ts';
import { AutoIndex } from './auto-index.ts';
import { Audit } from './audit.ts';
import { BulkRegistry } from './bulk-registry.ts';
import { type CaCertificates, openCaCertificates } from './ca-certificates.ts';
import { ClientCertificates } from './client-certificates.ts';
import { Connections } from './connections.ts';
import { ContinuationTokens } from './continuation-tokens.ts';
import { DesiredNotices } from './desired-notices.ts';
import { Devices } from './devices.ts';
import { Housekeeping } from './housekeeping.ts';
import { IndexAdvice } from './index-advice.ts';
import { IndexUses } from './index-uses.ts';
import { Indexes } from './indexes.ts';
import { JobRunner } from './jobs/job-runner.ts';
import { Jobs } from './jobs/jobs.ts';
import { LiveQueries } from './live/live-queries.ts';
import { ringingStores } from './live/ringing-stores.ts';
import { Methods } from './methods.ts';
import { Modules } from './modules.ts';
import { otherWriters } from './other-writers.ts';
import { openPolicies, type Policies } from './policies.ts';
import { Queries } from './queries.ts';
import { ScannedPaths } from './scanned-paths.ts';
import { RefusedSignIns } from './refused-sign-ins.ts';
import { Telemetry } from './telemetry.ts';
import { Twins } from './twins.ts';

/** What the hub needs from outside. `hostNames`: every name that tokens may be made for; a port after a name in a token does not matter. */
export type HubDependencies = {
  readonly hostNames: readonly string[];
  /** Primary keys that the operator set, by policy name. */
  readonly policyKeys: ReadonlyMap<string, string>;
  /** Additions of this hub to the query language of the service are refused. */
  readonly strictQueries: boolean;
  /** How many indexes the hub may make by itself. */
  readonly autoIndexes: number;
  readonly stores: Stores;
  readonly bus: DeviceBus;
  readonly clock: Clock;
  /** For a stop, refused sign-ins and certificates: the world outside waits and looks at its calendar in the time of the machine, whatever the hub's says. */
  readonly machineClock: Clock;
  readonly random: Random;
  readonly signer: Signer;
  readonly certificateReader: CertificateReader;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly stopwatch: Stopwatch;
  /** For a breath of some milliseconds in work that others hardly wait for; in the time of the machine. */
  readonly pause: (ms: number) => Promise<void>;
};

export type Hub = {
  readonly hostNames: readonly string[];
  readonly policies: Policies;
  readonly caCertificates: CaCertificates;
  readonly access: Access;
  readonly refusedSignIns: RefusedSignIns;
  readonly devices: Devices;
  readonly modules: Modules;
  readonly bulkRegistry: BulkRegistry;
  readonly twins: Twins;
  readonly queries: Queries;
  readonly indexes: Indexes;
  readonly indexAdvice: IndexAdvice;
  readonly liveQueries: LiveQueries;
  readonly methods: Methods;
  readonly jobs: Jobs;
  readonly audit: Audit;
  readonly connections: Connections;
  readonly subscriptions: SubscriptionStore;
  readonly telemetry: Telemetry;
  /** For gateways, which know what an operation is called and what it weighs. */
  readonly metrics: Metrics;
  /** What it says is at most `LIMITS.readinessSeconds` old. @throws HubError ServiceUnavailable when requests cannot be served. */
  checkReady(): Promise<void>;
  /**
   * Begins no more calls of jobs, and resolves when those under way have ended, at the latest after `LIMITS.shutdownSeconds`: comes before
   * devices are disconnected.
   */
  stopJobs(): Promise<void>;
  /** Ends what the hub does by itself and closes every device connection. Stores and bus stay open. */
  stop(): Promise<void>;
};

/** Makes a running hub over an open store. @throws HubError when a policy key is for no policy. */
export async function createHub(dependencies: HubDependencies): Promise<Hub> {
  const { hostNames, strictQueries, bus, clock, machineClock, random, signer, log, metrics, stopwatch, pause } = dependencies;
  const liveQueries = new LiveQueries({ ...dependencies.stores, clock: machineClock, pause, log, strict: strictQueries });
  const stores = ringingStores(dependencies.stores, () => liveQueries.ring());
  const policies = await openPolicies({ store: stores.policies, clock, random, givenKeys: dependencies.policyKeys });
  const reader = dependencies.certificateReader;
  const caCertificates = await openCaCertificates({ store: stores.caCertificates, reader, clock, machineClock, random });
  const certificates = new ClientCertificates({ reader, caCertificates, clock, machineClock });
  await stores.devices.disconnectAll(toIsoTime(clock.nowMs()));
  const connections = new Connections({ store: stores.devices, bus, policies, certificates, clock, random, pause });
  policies.onChange(() => connections.closeUnsigned());
  caCertificates.onChange(() => connections.closeUnsigned());
  const notices = new DesiredNotices(bus);
  const twins = new Twins({ store: stores.twins, notices, clock });
  const others = otherWriters(() => twins.writesAsked + connections.writesAsked);
  const runner = new JobRunner({ store: stores.jobs, others, bus, notices, clock, machineClock, random, log, metrics, strictQueries });
  const housekeeping = new Housekeeping({ ...stores, connections, clock, log });
  const tokens = new ContinuationTokens({ signer, policies });
  const [telemetry, scans, uses] = [new Telemetry(), new ScannedPaths(clock), new IndexUses()];
  const queries = new Queries({ stores, tokens, clock, stopwatch, strict: strictQueries, scans, uses });
  const indexes = new Indexes({ store: stores.indexes, others, clock, log });
  const autoIndex = new AutoIndex({ indexes, scans, uses, clock, log, most: dependencies.autoIndexes });
  housekeeping.start();
  indexes.start();
  autoIndex.start();
  await runner.start();
  metrics.watch(watchedOf({ stores, connections, telemetry, liveQueries, scans, twins }));
  return {
    hostNames,
    policies,
    caCertificates,
    access: new Access({ hostNames, policies, certificates, devices: stores.devices, modules: stores.modules, signer, clock }),
    refusedSignIns: new RefusedSignIns({ machineClock, log }),
    devices: new Devices({ store: stores.devices, bus, clock, random }),
    modules: new Modules({ store: stores.modules, devices: stores.devices, bus, clock, random }),
    bulkRegistry: new BulkRegistry({ store: stores.devices, bus, notices, clock, random }),
    twins,
    queries,
    indexes,
    indexAdvice: new IndexAdvice({ store: stores.indexes, scans }),
    liveQueries,
    methods: new Methods({ devices: stores.devices, modules: stores.modules, bus, clock }),
    jobs: new Jobs({ store: stores.jobs, runner, clock, metrics }),
    audit: new Audit(stores.audit),
    connections,
    subscriptions: stores.subscriptions,
    telemetry,
    metrics,
    checkReady: readiness(stores, clock),
    stopJobs: () => runner.stop(),
    async stop(): Promise<void> {
      await runner.stop();
      queries.stop();
      await liveQueries.stop();
      await housekeeping.stop();
      await autoIndex.stop();
      await indexes.stop();
      try {
        await connections.closeAll();
      } finally {
        // Also where the store takes nothing: outcomes would be tried again for ever.
        await runner.finish();
      }
    },
  };
}

type WatchedParts = {
  readonly stores: Stores;
  readonly connections: Connections;
  readonly telemetry: Telemetry;
  readonly liveQueries: LiveQueries;
  readonly scans: ScannedPaths;
  readonly twins: Twins;
};

function watchedOf({ stores, connections, telemetry, liveQueries, scans, twins }: WatchedParts): Watched {
  return {
    connectedDevices: () => connections.count,
    registeredDevices: async () => (await stores.devices.countDevices()).total,
    telemetry: () => telemetry.count(),
    liveQueries: () => liveQueries.count,
    scannedPaths: () => scans.totals(),
    writesWaiting: { twins: () => twins.writesWaiting, connections: () => connections.writesWaiting },
  };
}

/** A check writes to the disk, and anybody may ask for it, so one answers all who ask within a moment. */
function readiness(stores: Stores, clock: Clock): () => Promise<void> {
  let latest: { readonly atMs: number; readonly result: Promise<void> } | undefined;
  return () => {
    const nowMs = clock.nowMs();
    const ageMs = latest === undefined ? Infinity : nowMs - latest.atMs;
    // Negative when the clock was set back.
    if (latest === undefined || ageMs < 0 || ageMs >= LIMITS.readinessSeconds.value * 1000) {
      latest = { atMs: nowMs, result: stores.checkReady() };
    }
    return latest.result;
  };
}
