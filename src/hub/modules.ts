// The use cases of modules in the registry: create, update, read, list and delete them.
import type { Actor } from '../domain/audit/audit-entry.ts';
import type { Outcome } from '../domain/errors.ts';
import { addressOf, type ModuleId } from '../domain/identity/identity-id.ts';
import {
  checkModulesInReach,
  endsModuleConnection,
  moduleNotFound,
  type ModuleSpec,
  type ModuleWrite,
  type ModuleWriteEffect,
} from '../domain/identity/module-write.ts';
import type { Module } from '../domain/identity/module.ts';
import type { Precondition } from '../domain/precondition.ts';
import { toIsoTime } from '../domain/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { DeviceBus } from '../ports/device-bus.ts';
import type { DeviceStore } from '../ports/device-store.ts';
import type { ModuleStore } from '../ports/module-store.ts';
import type { Random } from '../ports/random.ts';
import { batched } from './batcher.ts';
import { mintIdentity } from './mint-identity.ts';

type Dependencies = {
  readonly store: ModuleStore;
  readonly devices: Pick<DeviceStore, 'readDevice'>;
  readonly bus: DeviceBus;
  readonly clock: Clock;
  readonly random: Random;
};

export class Modules {
  readonly #store: ModuleStore;
  readonly #devices: Dependencies['devices'];
  readonly #bus: DeviceBus;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #write: (write: ModuleWrite) => Promise<ModuleWriteEffect>;

  constructor(dependencies: Dependencies) {
    this.#store = dependencies.store;
    this.#devices = dependencies.devices;
    this.#bus = dependencies.bus;
    this.#clock = dependencies.clock;
    this.#random = dependencies.random;
    this.#write = batched((writes: readonly ModuleWrite[]): Promise<readonly Outcome<ModuleWriteEffect>[]> =>
      this.#store.writeModules(writes),
    );
  }

  /** @throws HubError ModuleNotFound, or as `checkModulesInReach` says. */
  async get(id: ModuleId): Promise<Module> {
    await this.#checkInReach(id.deviceId);
    const module = await this.#store.readModule(id);
    if (!module) throw moduleNotFound(id);
    return module;
  }

  /** All modules of the device by id. @throws HubError as `checkModulesInReach` says. */
  async list(deviceId: string): Promise<readonly Module[]> {
    await this.#checkInReach(deviceId);
    return this.#store.listModules(deviceId);
  }

  /**
   * Creates without a precondition, replaces with one; durable when it resolves. A change of how it signs in disconnects the module.
   * @throws HubError as `ModuleStore.writeModules` says.
   */
  async put(spec: ModuleSpec, precondition: Precondition, by: Actor): Promise<Module> {
    const effect = await this.#write({ kind: 'put', spec, precondition, minted: mintIdentity(this.#random), at: this.#now(), by });
    if (endsModuleConnection(effect)) this.#disconnect(spec);
    return effect.module;
  }

  /** Removes the module with its twin and disconnects it. @throws HubError as `ModuleStore.writeModules` says. */
  async delete(id: ModuleId, precondition: Precondition, by: Actor): Promise<void> {
    await this.#write({ kind: 'delete', id, precondition, at: this.#now(), by });
    this.#disconnect(id);
  }

  async #checkInReach(deviceId: string): Promise<void> {
    checkModulesInReach(await this.#devices.readDevice(deviceId), deviceId);
  }

  #disconnect(id: ModuleId): void {
    void this.#bus.send(addressOf(id), { kind: 'disconnect', reason: 'signInChanged' });
  }

  #now(): string {
    return toIsoTime(this.#clock.nowMs());
  }
}
