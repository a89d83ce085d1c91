// The use cases over a store whose data nobody needs later and a fake clock, without gateways.
import { LocalDeviceBus } from '../../src/buses/local/local-device-bus.ts';
import { createCertificateReader } from '../../src/certificates/certificate-reader.ts';
import type { ModuleId } from '../../src/domain/identity/identity-id.ts';
import type { Module } from '../../src/domain/identity/module.ts';
import { parseDeviceSpec } from '../../src/domain/identity/parse-device-spec.ts';
import { parseModuleSpec } from '../../src/domain/identity/parse-module-spec.ts';
import { signInEtag } from '../../src/domain/identity/sign-in-etag.ts';
import type { Device } from '../../src/domain/identity/device.ts';
import { createHub, type Hub } from '../../src/hub/hub.ts';
import type { DevicePrincipal } from '../../src/hub/access.ts';
import type { DeviceLink, MethodRequest } from '../../src/hub/connections.ts';
import type { DisconnectReason } from '../../src/domain/message.ts';
import type { DesiredNotice } from '../../src/domain/twin/twin.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Log } from '../../src/ports/log.ts';
import type { Metrics } from '../../src/ports/metrics.ts';
import type { Stores } from '../../src/ports/stores.ts';
import { createLog } from '../../src/system/log.ts';
import { pause } from '../../src/system/pause.ts';
import { createSigner } from '../../src/system/signer.ts';
import { systemRandom } from '../../src/system/system-random.ts';
import { systemStopwatch } from '../../src/system/system-stopwatch.ts';
import { NO_METRICS } from './no-metrics.ts';
import { FakeClock } from './fake-clock.ts';
import { SOMEONE } from './actors.ts';
import { openStoreOfTests } from './test-store.ts';

export type OpenHub = AsyncDisposable & {
  readonly hub: Hub;
  readonly stores: Stores;
  readonly clock: FakeClock;
  createDevice(deviceId: string): Promise<Device>;
  /** Of a device that is there. */
  createModule(id: ModuleId): Promise<Module>;
};

export type OpenHubOptions = {
  readonly policyKeys?: ReadonlyMap<string, string>;
  /** Default: false. */
  readonly strictQueries?: boolean;
  /** Default: 0. */
  readonly autoIndexes?: number;
  /** Default: that of the hub. */
  readonly machineClock?: Clock;
  /** Default: nothing is kept of it. */
  readonly log?: Log;
  /** Default: nothing is kept of them. */
  readonly metrics?: Metrics;
  /** Default: that of the machine. */
  readonly pause?: (ms: number) => Promise<void>;
  /** Default: a new one, of the kind that the run of the tests says. The hub closes it. */
  readonly stores?: Stores;
};

export async function openHub(options: OpenHubOptions = {}): Promise<OpenHub> {
  const stores = options.stores ?? (await openStoreOfTests());
  const clock = new FakeClock();
  const hub = await createHub({
    strictQueries: options.strictQueries ?? false,
    autoIndexes: options.autoIndexes ?? 0,
    hostNames: ['localhost', 'hub.example.com'],
    policyKeys: options.policyKeys ?? new Map(),
    stores,
    bus: new LocalDeviceBus(),
    clock,
    machineClock: options.machineClock ?? clock,
    random: systemRandom,
    signer: createSigner(),
    certificateReader: createCertificateReader(),
    log: options.log ?? createLog({ level: 'silent' }),
    metrics: options.metrics ?? NO_METRICS,
    stopwatch: systemStopwatch,
    pause: options.pause ?? pause,
  });
  return {
    hub,
    stores,
    clock,
    createDevice: (deviceId) => hub.devices.put(parseDeviceSpec(deviceId, {}), { kind: 'none' }, SOMEONE),
    createModule: (id) => hub.modules.put(parseModuleSpec(id, {}), { kind: 'none' }, SOMEONE),
    async [Symbol.asyncDispose](): Promise<void> {
      await hub.stop();
      await stores.close();
    },
  };
}

/** The sign-in of a device, or of a module of it, whose token never expires. */
export function principalOf(device: Device, module?: Module): DevicePrincipal {
  const id = { deviceId: device.deviceId, ...(module && { moduleId: module.moduleId }) };
  return { ...id, etag: signInEtag(device, module), expiresAtMs: Number.MAX_SAFE_INTEGER, signedBy: undefined };
}

/** What a gateway would send down the line, recorded. */
export class RecordingLink implements DeviceLink {
  readonly methods: MethodRequest[] = [];
  readonly notices: DesiredNotice[] = [];
  readonly closed: DisconnectReason[] = [];
  modelId = '';
  readonly cleanSession = false;
  listens = true;
  #onMethod: (request: MethodRequest) => void = () => undefined;

  /** The next request that is sent; one that was sent before does not count. */
  nextMethod(): Promise<MethodRequest> {
    return new Promise((resolve) => (this.#onMethod = resolve));
  }

  sendMethod(request: MethodRequest): boolean {
    if (!this.listens) return false;
    this.methods.push(request);
    this.#onMethod(request);
    return true;
  }

  sendDesired(notice: DesiredNotice): void {
    this.notices.push(notice);
  }

  close(reason: DisconnectReason): void {
    this.closed.push(reason);
  }
}
