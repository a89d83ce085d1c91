// Where modules live.
import type { Outcome } from '../domain/errors.ts';
import type { ModuleId } from '../domain/identity/identity-id.ts';
import type { ModuleWrite, ModuleWriteEffect } from '../domain/identity/module-write.ts';
import type { Module } from '../domain/identity/module.ts';

export interface ModuleStore {
  /** `undefined` when no such module is registered. Sees every write that was acknowledged before. */
  readModule(id: ModuleId): Promise<Module | undefined>;
  /** All modules of the device, in code-point order of their ids; empty also for an unknown device. */
  listModules(deviceId: string): Promise<readonly Module[]>;
  /**
   * Applies `applyModuleWrite` to each item in order, later items seeing earlier ones, and commits all in one transaction before it resolves.
   * A create also makes the twin; a delete also removes twin and subscriptions. Each effect is appended to the change feed.
   * Outcomes stand in the order of the writes; a refused item (by `checkModulesInReach`, with TooManyModulesOnDevice, or by the rule) changes
   * nothing and stops no other.
   */
  writeModules(writes: readonly ModuleWrite[]): Promise<readonly Outcome<ModuleWriteEffect>[]>;
}
