// What the writes of devices, modules and twins ask of a database, whichever it is.
import type { AuditRecord } from '../../domain/audit/audit-entry.ts';
import type { Change } from '../../domain/change.ts';
import type { Device } from '../../domain/identity/device.ts';
import type { IdentityId, ModuleId } from '../../domain/identity/identity-id.ts';
import type { Module } from '../../domain/identity/module.ts';
import type { Twin } from '../../domain/twin/twin.ts';
import type { IdentityTwin } from '../../ports/twin-store.ts';

/** Twins and what tells of them, in one transaction: what was written shows in what is read. */
export interface TwinTables {
  identityTwin(id: IdentityId): IdentityTwin | undefined;
  /** Writes tags and desired properties with their versions; reported properties are as they were read. */
  updateWritten(twin: Twin): void;
  appendChange(change: Omit<Change, 'sequence'>): void;
  appendAudit(record: AuditRecord): void;
}

/** All of the registry, in one transaction. Modules, twins and kept subscriptions go with their device, and those of a module with it. */
export interface RegistryTables extends TwinTables {
  device(deviceId: string): Device | undefined;
  insertDevice(device: Device): void;
  /** Writes what a registry write can change; the rest belongs to connections. */
  updateDevice(device: Device): void;
  deleteDevice(deviceId: string): void;
  module(id: ModuleId): Module | undefined;
  moduleCount(deviceId: string): number;
  insertModule(module: Module): void;
  /** As `updateDevice`. */
  updateModule(module: Module): void;
  deleteModule(id: ModuleId): void;
  insertTwin(twin: Twin): void;
  /** Runs an operation of several writes. When it throws, what it wrote is undone, and the transaction goes on. */
  together<Result>(operation: () => Result): Result;
}
