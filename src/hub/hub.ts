// The hub as gateways see it: one object per group of use cases, on top of ports.
import type { Policy } from '../domain/access/policy.ts';
import { LIMITS } from '../domain/limits.ts';
import { toIsoTime } from '../domain/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { DeviceBus } from '../ports/device-bus.ts';
import type { Log } from '../ports/log.ts';
import type { Random } from '../ports/random.ts';
import type { Signer } from '../ports/signer.ts';
import type { Stores } from '../ports/stores.ts';
import type { SubscriptionStore } from '../ports/subscription-store.ts';
import { Access } from './access.ts';
import { Connections } from './connections.ts';
import { Devices } from './devices.ts';
import { Housekeeping } from './housekeeping.ts';
import { Methods } from './methods.ts';
import { ensurePolicies } from './policies.ts';
import { Telemetry } from './telemetry.ts';
import { Twins } from './twins.ts';

/** What the hub needs from outside. `hostNames`: every name that tokens may be made for; a port after a name in a token does not matter. */
export type HubDependencies = {
  readonly hostNames: readonly string[];
  /** Primary keys that the operator set, by policy name. */
  readonly policyKeys: ReadonlyMap<string, string>;
  readonly stores: Stores;
  readonly bus: DeviceBus;
  readonly clock: Clock;
  readonly random: Random;
  readonly signer: Signer;
  readonly log: Log;
};

export type Hub = {
  readonly hostNames: readonly string[];
  readonly policies: readonly Policy[];
  readonly access: Access;
  readonly devices: Devices;
  readonly twins: Twins;
  readonly methods: Methods;
  readonly connections: Connections;
  readonly subscriptions: SubscriptionStore;
  readonly telemetry: Telemetry;
  /** What it says is at most `LIMITS.readinessSeconds` old. @throws HubError ServiceUnavailable when requests cannot be served. */
  checkReady(): Promise<void>;
  /** Ends what the hub does by itself and closes every device connection. Stores and bus stay open. */
  stop(): Promise<void>;
};

/** Makes a running hub over an open store. @throws HubError when a policy key is for no policy. */
export async function createHub(dependencies: HubDependencies): Promise<Hub> {
  const { hostNames, stores, bus, clock, random, signer, log } = dependencies;
  const policies = await ensurePolicies(stores.policies, random, dependencies.policyKeys);
  await stores.devices.disconnectAll(toIsoTime(clock.nowMs()));
  const connections = new Connections({ store: stores.devices, bus, clock, random });
  const housekeeping = new Housekeeping({ connections, changes: stores.changes, clock, log });
  housekeeping.start();
  return {
    hostNames,
    policies,
    access: new Access({ hostNames, policies, devices: stores.devices, signer, clock }),
    devices: new Devices({ store: stores.devices, bus, clock, random }),
    twins: new Twins({ store: stores.twins, bus, clock }),
    methods: new Methods({ store: stores.devices, bus, clock }),
    connections,
    subscriptions: stores.subscriptions,
    telemetry: new Telemetry(),
    checkReady: readiness(stores, clock),
    async stop(): Promise<void> {
      await housekeeping.stop();
      await connections.closeAll();
    },
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
