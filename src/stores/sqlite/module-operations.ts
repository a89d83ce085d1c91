// Modules on SQLite.
import { moduleAudit } from '../../domain/audit/audit-records.ts';
import { HubError, type Outcome, outcomeOf } from '../../domain/errors.ts';
import type { ModuleId } from '../../domain/identity/identity-id.ts';
import { applyModuleWrite, checkModulesInReach, type ModuleWrite, type ModuleWriteEffect } from '../../domain/identity/module-write.ts';
import type { Module } from '../../domain/identity/module.ts';
import { LIMITS } from '../../domain/limits.ts';
import { newTwin } from '../../domain/twin/apply-twin-change.ts';
import { appendAudit } from './audit-operations.ts';
import { AUTHENTICATION_COLUMNS, authenticationValues } from '../sql/authentication-row.ts';
import { appendChange } from './change-operations.ts';
import type { Reader, Writer } from './driver.ts';
import { MODULE_COLUMNS, type ModuleRow, toModule } from '../sql/module-row.ts';
import { readDeviceRow, readModuleRow } from './stored-rows.ts';
import { deleteTwin, insertTwin } from './twin-operations.ts';

export function readModule(reader: Reader, id: ModuleId): Module | undefined {
  const row = readModuleRow(reader, id);
  return row && toModule(row);
}

export function listModules(reader: Reader, deviceId: string): readonly Module[] {
  const rows = reader.rows<ModuleRow>(
    `select ${MODULE_COLUMNS}
     from modules
     where device_id = ?
     order by module_id`,
    deviceId,
  );
  return rows.map(toModule);
}

export function writeModules(writer: Writer, writes: readonly ModuleWrite[]): readonly Outcome<ModuleWriteEffect>[] {
  return writes.map((write) => outcomeOf(() => writeModule(writer, write)));
}

/** Belongs in a transaction. @throws HubError as the rules say, or TooManyModulesOnDevice; nothing has changed then. */
export function writeModule(writer: Writer, write: ModuleWrite): ModuleWriteEffect {
  const { deviceId, moduleId } = write.kind === 'put' ? write.spec : write.id;
  checkModulesInReach(readDeviceRow(writer, deviceId), deviceId);
  const before = readModule(writer, { deviceId, moduleId });
  const effect = applyModuleWrite(before, write);
  switch (effect.kind) {
    case 'created':
      checkRoom(writer, deviceId, 1);
      insertModule(writer, effect.module);
      insertTwin(writer, newTwin({ deviceId, moduleId }, write.at));
      break;
    case 'updated':
      updateModule(writer, effect.module);
      break;
    case 'deleted':
      deleteModule(writer, { deviceId, moduleId });
      break;
  }
  record(writer, { write, before, effect });
  return effect;
}

/** @throws HubError TooManyModulesOnDevice when the device may not have as many modules more. */
export function checkRoom(reader: Reader, deviceId: string, more: number): void {
  const max = LIMITS.modulesPerDevice.value;
  const counted = reader.row<{ readonly modules: number }>(
    `select count(*) as modules
     from modules
     where device_id = ?`,
    deviceId,
  );
  const modules = counted?.modules ?? 0;
  if (modules + more > max) {
    throw new HubError('TooManyModulesOnDevice', `A device has at most ${max} modules, and this one has ${modules}. Delete others first.`);
  }
}

/** Belongs in the transaction of the device, with room for them. */
export function makeModules(writer: Writer, modules: readonly Module[], write: Pick<ModuleWrite, 'at' | 'by'>): void {
  for (const module of modules) {
    const { deviceId, moduleId } = module;
    insertModule(writer, module);
    insertTwin(writer, newTwin({ deviceId, moduleId }, write.at));
    record(writer, { write, before: undefined, effect: { kind: 'created', module } });
  }
}

/** Belongs in the transaction of the device. One that is not there is none to remove. */
export function removeModules(writer: Writer, ids: readonly ModuleId[], write: Pick<ModuleWrite, 'at' | 'by'>): void {
  for (const id of ids) {
    const module = readModule(writer, id);
    if (!module) continue;
    deleteModule(writer, id);
    record(writer, { write, before: module, effect: { kind: 'deleted', module } });
  }
}

const CHANGES = { created: 'moduleCreated', updated: 'moduleUpdated', deleted: 'moduleDeleted' } as const;

function record(writer: Writer, step: Parameters<typeof moduleAudit>[0]): void {
  const { deviceId, moduleId } = step.effect.module;
  appendChange(writer, { at: step.write.at, deviceId, moduleId, sections: [], kind: CHANGES[step.effect.kind] });
  appendAudit(writer, moduleAudit(step));
}

export function insertModule(writer: Writer, module: Module): void {
  writer.run(
    `insert into modules (
       device_id, module_id, generation_id, etag, managed_by, ${AUTHENTICATION_COLUMNS}, model_id, connection_state,
       connection_state_updated_time, last_activity_time
     )
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    module.deviceId,
    module.moduleId,
    module.generationId,
    module.etag,
    module.managedBy,
    ...authenticationValues(module.authentication),
    module.modelId,
    module.connectionState,
    module.connectionStateUpdatedTime,
    module.lastActivityTime,
  );
}

/** Writes what a registry write can change; the rest belongs to connections. */
function updateModule(writer: Writer, module: Module): void {
  writer.run(
    `update modules
     set etag = ?, managed_by = ?, (${AUTHENTICATION_COLUMNS}) = (?, ?, ?, ?, ?)
     where device_id = ?
     and module_id = ?`,
    module.etag,
    module.managedBy,
    ...authenticationValues(module.authentication),
    module.deviceId,
    module.moduleId,
  );
}

function deleteModule(writer: Writer, { deviceId, moduleId }: ModuleId): void {
  writer.run(
    `delete from modules
     where device_id = ?
     and module_id = ?`,
    deviceId,
    moduleId,
  );
  writer.run(
    `delete from subscriptions
     where device_id = ?
     and module_id = ?`,
    deviceId,
    moduleId,
  );
  deleteTwin(writer, { deviceId, moduleId });
}
