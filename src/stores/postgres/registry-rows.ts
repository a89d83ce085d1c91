// The rows of a batch of registry writes, in memory: read before the rules run, changed by them, and saved together.
import type { AuditRecord } from '../../domain/audit/audit-entry.ts';
import type { Change } from '../../domain/change.ts';
import type { Device } from '../../domain/identity/device.ts';
import { addressOf, deviceIdOf, type IdentityId, isModuleId, type ModuleId } from '../../domain/identity/identity-id.ts';
import type { Module } from '../../domain/identity/module.ts';
import type { Twin } from '../../domain/twin/twin.ts';
import type { IdentityTwin } from '../../ports/twin-store.ts';
import type { RegistryTables } from '../sql/registry-tables.ts';

/** As the database has it; a key without a value is one that was looked for and is not there. Twins are found by their address. */
export type LoadedRows = {
  readonly devices: Map<string, Device | undefined>;
  readonly modulesOf: Map<string, ReadonlyMap<string, Module>>;
  readonly twins: Map<string, Twin | undefined>;
};

/** What a batch asks for: devices by id, all modules of devices, and twins by address. */
export type WantedRows = { readonly devices: Set<string>; readonly modulesOf: Set<string>; readonly twins: Map<string, IdentityId> };

export function nothingWanted(): WantedRows {
  return { devices: new Set(), modulesOf: new Set(), twins: new Map() };
}

/** Says that a rule asked for a row that has not been read: it is read, and the batch begins again. */
export class NotLoaded extends Error {}

/** All that the rules have written so far. A value that is `undefined` was deleted. */
type Written = {
  readonly devices: Map<string, Device | undefined>;
  /** By address. */
  readonly modules: Map<string, Module | undefined>;
  readonly counts: Map<string, number>;
  readonly twins: Map<string, Twin | undefined>;
  /** Devices that were deleted at some time: whatever the database has of them is gone. */
  readonly emptied: Set<string>;
  readonly goneModules: Map<string, ModuleId>;
  readonly changes: Omit<Change, 'sequence'>[];
  readonly audit: AuditRecord[];
};

/** What to do to the database, in this order. */
export type RegistrySave = {
  readonly deletedDevices: readonly string[];
  readonly deletedModules: readonly ModuleId[];
  readonly insertedDevices: readonly Device[];
  readonly updatedDevices: readonly Device[];
  readonly insertedModules: readonly Module[];
  readonly updatedModules: readonly Module[];
  readonly insertedTwins: readonly Twin[];
  readonly updatedTwins: readonly Twin[];
  readonly changes: readonly Omit<Change, 'sequence'>[];
  readonly audit: readonly AuditRecord[];
};

export class RegistryRows implements RegistryTables {
  readonly #loaded: LoadedRows;
  readonly #missing: WantedRows;
  #written: Written = copyOf(undefined);

  /** @param missing collects what the rules ask for and is not loaded. */
  constructor(loaded: LoadedRows, missing: WantedRows) {
    this.#loaded = loaded;
    this.#missing = missing;
  }

  device(deviceId: string): Device | undefined {
    if (this.#written.devices.has(deviceId)) return this.#written.devices.get(deviceId);
    if (this.#loaded.devices.has(deviceId)) return this.#loaded.devices.get(deviceId);
    this.#missing.devices.add(deviceId);
    throw new NotLoaded();
  }

  insertDevice(device: Device): void {
    this.#written.devices.set(device.deviceId, device);
  }

  updateDevice(device: Device): void {
    this.#written.devices.set(device.deviceId, device);
  }

  deleteDevice(deviceId: string): void {
    const { devices, modules, counts, twins, emptied } = this.#written;
    devices.set(deviceId, undefined);
    emptied.add(deviceId);
    counts.delete(deviceId);
    for (const rows of [modules, twins]) {
      for (const address of rows.keys()) if (deviceIdOf(address) === deviceId) rows.delete(address);
    }
  }

  module(id: ModuleId): Module | undefined {
    const address = addressOf(id);
    if (this.#written.modules.has(address)) return this.#written.modules.get(address);
    return this.#modulesOf(id.deviceId).get(id.moduleId);
  }

  moduleCount(deviceId: string): number {
    return this.#written.counts.get(deviceId) ?? this.#modulesOf(deviceId).size;
  }

  insertModule(module: Module): void {
    this.#written.counts.set(module.deviceId, this.moduleCount(module.deviceId) + 1);
    this.#written.modules.set(addressOf(module), module);
  }

  updateModule(module: Module): void {
    this.#written.modules.set(addressOf(module), module);
  }

  deleteModule(id: ModuleId): void {
    const address = addressOf(id);
    this.#written.counts.set(id.deviceId, this.moduleCount(id.deviceId) - 1);
    this.#written.modules.set(address, undefined);
    this.#written.twins.set(address, undefined);
    this.#written.goneModules.set(address, id);
  }

  identityTwin(id: IdentityId): IdentityTwin | undefined {
    const identity = isModuleId(id) ? this.module(id) : this.device(id.deviceId);
    const twin = identity && this.#twin(id);
    return identity && twin && { identity, twin };
  }

  insertTwin(twin: Twin): void {
    this.#written.twins.set(addressOf(twin), twin);
  }

  updateWritten(twin: Twin): void {
    this.#written.twins.set(addressOf(twin), twin);
  }

  appendChange(change: Omit<Change, 'sequence'>): void {
    this.#written.changes.push(change);
  }

  appendAudit(record: AuditRecord): void {
    this.#written.audit.push(record);
  }

  together<Result>(operation: () => Result): Result {
    const before = copyOf(this.#written);
    try {
      return operation();
    } catch (error) {
      this.#written = before;
      throw error;
    }
  }

  save(): RegistrySave {
    const { emptied, goneModules, changes, audit } = this.#written;
    const devices = present(this.#written.devices);
    const modules = present(this.#written.modules);
    const twins = present(this.#written.twins);
    const hasDevice = ({ deviceId }: Device): boolean => !emptied.has(deviceId) && this.#loaded.devices.get(deviceId) !== undefined;
    const isKept = (id: IdentityId): boolean => !emptied.has(id.deviceId) && !goneModules.has(addressOf(id));
    const hasModule = (id: Module): boolean => isKept(id) && this.#loaded.modulesOf.get(id.deviceId)?.has(id.moduleId) === true;
    const hasTwin = (id: Twin): boolean => isKept(id) && this.#loaded.twins.get(addressOf(id)) !== undefined;
    return {
      deletedDevices: [...emptied],
      deletedModules: [...goneModules.values()],
      insertedDevices: devices.filter((device) => !hasDevice(device)),
      updatedDevices: devices.filter(hasDevice),
      insertedModules: modules.filter((module) => !hasModule(module)),
      updatedModules: modules.filter(hasModule),
      insertedTwins: twins.filter((twin) => !hasTwin(twin)),
      updatedTwins: twins.filter(hasTwin),
      changes,
      audit,
    };
  }

  #modulesOf(deviceId: string): ReadonlyMap<string, Module> {
    if (this.#written.emptied.has(deviceId)) return NO_MODULES;
    const modules = this.#loaded.modulesOf.get(deviceId);
    if (modules) return modules;
    this.#missing.modulesOf.add(deviceId);
    throw new NotLoaded();
  }

  #twin(id: IdentityId): Twin | undefined {
    const address = addressOf(id);
    if (this.#written.twins.has(address)) return this.#written.twins.get(address);
    if (this.#written.emptied.has(id.deviceId)) return undefined;
    if (this.#loaded.twins.has(address)) return this.#loaded.twins.get(address);
    this.#missing.twins.set(address, id);
    throw new NotLoaded();
  }
}

const NO_MODULES: ReadonlyMap<string, Module> = new Map();

function copyOf(written: Written | undefined): Written {
  return {
    devices: new Map(written?.devices),
    modules: new Map(written?.modules),
    counts: new Map(written?.counts),
    twins: new Map(written?.twins),
    emptied: new Set(written?.emptied),
    goneModules: new Map(written?.goneModules),
    changes: [...(written?.changes ?? [])],
    audit: [...(written?.audit ?? [])],
  };
}

function present<Value>(rows: ReadonlyMap<string, Value | undefined>): readonly Value[] {
  return [...rows.values()].flatMap((row) => (row === undefined ? [] : [row]));
}
