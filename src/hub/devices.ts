// The registry's use cases: create, update, read, list and delete devices.
import type { Actor } from '../domain/audit/audit-entry.ts';
import type { Outcome } from '../domain/errors.ts';
import { deviceNotFound, type DeviceSpec, type DeviceWrite, type DeviceWriteEffect } from '../domain/identity/device-write.ts';
import type { Device } from '../domain/identity/device.ts';
import type { Precondition } from '../domain/precondition.ts';
import { toIsoTime } from '../domain/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { DeviceBus } from '../ports/device-bus.ts';
import type { DeviceStore } from '../ports/device-store.ts';
import type { Random } from '../ports/random.ts';
import { batched } from './batcher.ts';
import { mintKeys } from './policies.ts';

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

  /**
   * Creates without a precondition, replaces with one; durable when it resolves. A change of keys or a disable disconnects the device.
   * @throws HubError as `applyDeviceWrite` says.
   */
  async put(spec: DeviceSpec, precondition: Precondition, by: Actor): Promise<Device> {
    const effect = await this.#write({ kind: 'put', spec, precondition, minted: this.#mint(), at: this.#now(), by });
    if (effect.kind === 'updated' && effect.signInChanged) this.#disconnect(spec.deviceId);
    return effect.device;
  }

  /** Removes the device with its twin and disconnects it. @throws HubError as `applyDeviceWrite` says. */
  async delete(deviceId: string, precondition: Precondition, by: Actor): Promise<void> {
    await this.#write({ kind: 'delete', deviceId, precondition, at: this.#now(), by });
    this.#disconnect(deviceId);
  }

  #disconnect(deviceId: string): void {
    void this.#bus.send(deviceId, { kind: 'disconnect', reason: 'signInChanged' });
  }

  #mint(): Extract<DeviceWrite, { kind: 'put' }>['minted'] {
    return { generationId: this.#random.uuid(), keys: mintKeys(this.#random), firstEtagCounter: this.#firstEtagCounter() };
  }

  /** A start that differs after delete and re-create, so that an etag of the old device does not fit the new one. */
  #firstEtagCounter(): number {
    return new DataView(this.#random.bytes(4).slice().buffer).getUint32(0);
  }

  #now(): string {
    return toIsoTime(this.#clock.nowMs());
  }
}
