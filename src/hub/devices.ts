// The registry's use cases: create, update, read, list and delete devices.
import type { Actor } from '../domain/audit/audit-entry.ts';
import type { Outcome } from '../domain/errors.ts';
import {
  deviceNotFound,
  type DeviceSpec,
  endsConnections,
  type DeviceWrite,
  type DeviceWriteEffect,
} from '../domain/identity/device-write.ts';
import type { DeviceCounts } from '../domain/identity/device-counts.ts';
import type { Device } from '../domain/identity/device.ts';
import type { Precondition } from '../domain/precondition.ts';
import { toIsoTime } from '../domain/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { DeviceBus } from '../ports/device-bus.ts';
import type { DeviceStore } from '../ports/device-store.ts';
import type { Random } from '../ports/random.ts';
import { batched } from './batcher.ts';
import { mintIdentity } from './mint-identity.ts';

type Dependencies = { readonly store: DeviceStore; readonly bus: DeviceBus; readonly clock: Clock; readonly random: Random };

export class Devices {
  readonly #store: DeviceStore;
  readonly #bus: DeviceBus;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #write: (write: DeviceWrite) => Promise<DeviceWriteEffect>;

  constructor(dependencies: Dependencies) {
    this.#store = dependencies.store;
    this.#bus = dependencies.bus;
    this.#clock = dependencies.clock;
    this.#random = dependencies.random;
    this.#write = batched((writes: readonly DeviceWrite[]): Promise<readonly Outcome<DeviceWriteEffect>[]> =>
      this.#store.writeDevices(writes),
    );
  }

  /** @throws HubError DeviceNotFound. */
  async get(deviceId: string): Promise<Device> {
    const device = await this.#store.readDevice(deviceId);
    if (!device) throw deviceNotFound(deviceId);
    return device;
  }

  /** At most `limit` devices by id. */
  list(limit: number): Promise<readonly Device[]> {
    return this.#store.listDevices(limit);
  }

  /** All devices of the hub, of whichever node. */
  count(): Promise<DeviceCounts> {
    return this.#store.countDevices();
  }

  /**
   * Creates without a precondition, replaces with one; durable when it resolves. A change of how it signs in, or a disable, disconnects the device and its modules.
   * @throws HubError as `applyDeviceWrite` says.
   */
  async put(spec: DeviceSpec, precondition: Precondition, by: Actor): Promise<Device> {
    const effect = await this.#write({ kind: 'put', spec, precondition, minted: mintIdentity(this.#random), at: this.#now(), by });
    if (endsConnections(effect)) this.#disconnect(spec.deviceId);
    return effect.device;
  }

  /** Removes the device with its modules and twins, and disconnects them. @throws HubError as `applyDeviceWrite` says. */
  async delete(deviceId: string, precondition: Precondition, by: Actor): Promise<void> {
    await this.#write({ kind: 'delete', deviceId, precondition, at: this.#now(), by });
    this.#disconnect(deviceId);
  }

  #disconnect(deviceId: string): void {
    this.#bus.disconnectAll(deviceId, 'signInChanged');
  }

  #now(): string {
    return toIsoTime(this.#clock.nowMs());
  }
}
