// Modules on SQLite.
import type { ModuleId } from '../../domain/identity/identity-id.ts';
import type { Module } from '../../domain/identity/module.ts';
import { AUTHENTICATION_COLUMNS, authenticationValues } from '../sql/authentication-row.ts';
import type { Reader, Writer } from './driver.ts';
import { MODULE_COLUMNS, type ModuleRow, toModule } from '../sql/module-row.ts';
import { readModuleRow } from './stored-rows.ts';
import { deleteTwin } from './twin-operations.ts';

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

export function countModules(reader: Reader, deviceId: string): number {
  const counted = reader.row<{ readonly modules: number }>(
    `select count(*) as modules
     from modules
     where device_id = ?`,
    deviceId,
  );
  return counted?.modules ?? 0;
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
export function updateModule(writer: Writer, module: Module): void {
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

/** Twin and subscriptions go with it. */
export function deleteModule(writer: Writer, { deviceId, moduleId }: ModuleId): void {
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
