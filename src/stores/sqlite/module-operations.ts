// Modules on SQLite.
import { moduleAudit } from '../../domain/audit/audit-records.ts';
import { HubError, type Outcome, outcomeOf } from '../../domain/errors.ts';
import { deviceNotFound } from '../../domain/identity/device-write.ts';
import type { ModuleId } from '../../domain/identity/identity-id.ts';
import { applyModuleWrite, type ModuleWrite, type ModuleWriteEffect } from '../../domain/identity/module-write.ts';
import type { Module } from '../../domain/identity/module.ts';
import { LIMITS } from '../../domain/limits.ts';
import { newTwin } from '../../domain/twin/apply-twin-change.ts';
import { appendAudit } from './audit-operations.ts';
import { AUTHENTICATION_COLUMNS, authenticationValues } from './authentication-row.ts';
import { appendChange } from './change-operations.ts';
import { readDeviceRow } from './device-row.ts';
import type { Reader, Writer } from './driver.ts';
import { MODULE_COLUMNS, type ModuleRow, readModuleRow, toModule } from './module-row.ts';
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

/** Belongs in a transaction. @throws HubError as the rule says, DeviceNotFound or TooManyModulesOnDevice; nothing has changed then. */
function writeModule(writer: Writer, write: ModuleWrite): ModuleWriteEffect {
  const { deviceId, moduleId } = write.kind === 'put' ? write.spec : write.id;
  if (!readDeviceRow(writer, deviceId)) throw deviceNotFound(deviceId);
  const before = readModule(writer, { deviceId, moduleId });
  const effect = applyModuleWrite(before, write);
  const change = { at: write.at, deviceId, moduleId, sections: [] };
  switch (effect.kind) {
    case 'created':
      checkRoom(writer, deviceId);
      insertModule(writer, effect.module);
      insertTwin(writer, newTwin({ deviceId, moduleId }, write.at));
      appendChange(writer, { ...change, kind: 'moduleCreated' });
      break;
    case 'updated':
      updateModule(writer, effect.module);
      appendChange(writer, { ...change, kind: 'moduleUpdated' });
      break;
    case 'deleted':
      deleteModule(writer, { deviceId, moduleId });
      appendChange(writer, { ...change, kind: 'moduleDeleted' });
      break;
  }
  appendAudit(writer, moduleAudit({ write, before, effect }));
  return effect;
}

function checkRoom(reader: Reader, deviceId: string): void {
  const max = LIMITS.modulesPerDevice.value;
  const counted = reader.row<{ readonly modules: number }>(
    `select count(*) as modules
     from modules
     where device_id = ?`,
    deviceId,
  );
  if ((counted?.modules ?? 0) >= max) throw new HubError('TooManyModulesOnDevice', `A device has at most ${max} modules.`);
}

function insertModule(writer: Writer, module: Module): void {
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
