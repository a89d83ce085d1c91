// What a write of a module does to the tables of a database.
import { moduleAudit } from '../../domain/audit/audit-records.ts';
import { HubError } from '../../domain/errors.ts';
import type { ModuleId } from '../../domain/identity/identity-id.ts';
import { applyModuleWrite, checkModulesInReach, type ModuleWrite, type ModuleWriteEffect } from '../../domain/identity/module-write.ts';
import type { Module } from '../../domain/identity/module.ts';
import { LIMITS } from '../../domain/limits.ts';
import { newTwin } from '../../domain/twin/apply-twin-change.ts';
import type { RegistryTables } from './registry-tables.ts';

/** Belongs in a transaction. @throws HubError as the rules say, or TooManyModulesOnDevice; nothing has changed then. */
export function writeModule(tables: RegistryTables, write: ModuleWrite): ModuleWriteEffect {
  const { deviceId, moduleId } = write.kind === 'put' ? write.spec : write.id;
  checkModulesInReach(tables.device(deviceId), deviceId);
  const before = tables.module({ deviceId, moduleId });
  const effect = applyModuleWrite(before, write);
  switch (effect.kind) {
    case 'created':
      checkRoom(tables, deviceId, 1);
      tables.insertModule(effect.module);
      tables.insertTwin(newTwin({ deviceId, moduleId }, write.at));
      break;
    case 'updated':
      tables.updateModule(effect.module);
      break;
    case 'deleted':
      tables.deleteModule({ deviceId, moduleId });
      break;
  }
  record(tables, { write, before, effect });
  return effect;
}

/** @throws HubError TooManyModulesOnDevice when the device may not have as many modules more. */
export function checkRoom(tables: RegistryTables, deviceId: string, more: number): void {
  const max = LIMITS.modulesPerDevice.value;
  const modules = tables.moduleCount(deviceId);
  if (modules + more > max) {
    throw new HubError('TooManyModulesOnDevice', `A device has at most ${max} modules, and this one has ${modules}. Delete others first.`);
  }
}

/** Belongs in the transaction of the device, with room for them. */
export function makeModules(tables: RegistryTables, modules: readonly Module[], write: Pick<ModuleWrite, 'at' | 'by'>): void {
  for (const module of modules) {
    const { deviceId, moduleId } = module;
    tables.insertModule(module);
    tables.insertTwin(newTwin({ deviceId, moduleId }, write.at));
    record(tables, { write, before: undefined, effect: { kind: 'created', module } });
  }
}

/** Belongs in the transaction of the device. One that is not there is none to remove. */
export function removeModules(tables: RegistryTables, ids: readonly ModuleId[], write: Pick<ModuleWrite, 'at' | 'by'>): void {
  for (const id of ids) {
    const module = tables.module(id);
    if (!module) continue;
    tables.deleteModule(id);
    record(tables, { write, before: module, effect: { kind: 'deleted', module } });
  }
}

const CHANGES = { created: 'moduleCreated', updated: 'moduleUpdated', deleted: 'moduleDeleted' } as const;

function record(tables: RegistryTables, step: Parameters<typeof moduleAudit>[0]): void {
  const { deviceId, moduleId } = step.effect.module;
  tables.appendChange({ at: step.write.at, deviceId, moduleId, sections: [], kind: CHANGES[step.effect.kind] });
  tables.appendAudit(moduleAudit(step));
}
