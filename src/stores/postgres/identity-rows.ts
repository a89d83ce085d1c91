// How identities are read from PostgreSQL and written back, many with one statement.
import type { Device } from '../../domain/identity/device.ts';
import { type IdentityId, isModuleId, type ModuleId } from '../../domain/identity/identity-id.ts';
import type { Identity, Module } from '../../domain/identity/module.ts';
import { AUTHENTICATION_COLUMNS, authenticationValues } from '../sql/authentication-row.ts';
import { DEVICE_COLUMNS, type DeviceRow, toDevice } from '../sql/device-row.ts';
import { MODULE_COLUMNS, type ModuleRow, toModule } from '../sql/module-row.ts';
import type { Reader, Writer } from './driver.ts';

/** Those that are there, of these ids. */
export async function readIdentities(reader: Reader, ids: readonly IdentityId[]): Promise<readonly Identity[]> {
  const [devices, modules] = await Promise.all([
    readDevices(
      reader,
      ids.filter((id) => !isModuleId(id)).map(({ deviceId }) => deviceId),
    ),
    readModules(reader, ids.filter(isModuleId)),
  ]);
  return [...devices, ...modules];
}

async function readDevices(reader: Reader, deviceIds: readonly string[]): Promise<readonly Device[]> {
  if (deviceIds.length === 0) return [];
  const rows = await reader.rows<DeviceRow>(
    `select ${DEVICE_COLUMNS}
     from devices
     where device_id = any($1)`,
    deviceIds,
  );
  return rows.map(toDevice);
}

async function readModules(reader: Reader, ids: readonly ModuleId[]): Promise<readonly Module[]> {
  if (ids.length === 0) return [];
  const rows = await reader.rows<ModuleRow>(
    `select ${MODULE_COLUMNS}
     from modules
     join unnest($1::text[], $2::text[]) as wanted (device_id, module_id) using (device_id, module_id)`,
    ids.map(({ deviceId }) => deviceId),
    ids.map(({ moduleId }) => moduleId),
  );
  return rows.map(toModule);
}

/** Also locks them, in the order of their ids. */
export async function lockDevices(writer: Writer, deviceIds: readonly string[]): Promise<readonly Device[]> {
  if (deviceIds.length === 0) return [];
  const rows = await writer.rows<DeviceRow>(
    `select ${DEVICE_COLUMNS}
     from devices
     where device_id = any($1)
     order by device_id
     for no key update`,
    deviceIds,
  );
  return rows.map(toDevice);
}

/** All modules of these devices. Whoever writes modules has locked their device. */
export async function readModulesOf(reader: Reader, deviceIds: readonly string[]): Promise<readonly Module[]> {
  if (deviceIds.length === 0) return [];
  const rows = await reader.rows<ModuleRow>(
    `select ${MODULE_COLUMNS}
     from modules
     where device_id = any($1)
     order by device_id, module_id`,
    deviceIds,
  );
  return rows.map(toModule);
}

export function insertDevices(writer: Writer, devices: readonly Device[]): void {
  if (devices.length === 0) return;
  writer.send(
    `insert into devices (${DEVICE_COLUMNS})
     select ${DEVICE_COLUMNS}
     from jsonb_populate_recordset(null::devices, $1::jsonb)`,
    JSON.stringify(devices.map(deviceColumns)),
  );
}

/** Writes what a registry write can change. */
export function updateDevices(writer: Writer, devices: readonly Device[]): void {
  if (devices.length === 0) return;
  writer.send(
    `update devices
     set etag = changed.etag, status = changed.status, status_reason = changed.status_reason,
       status_updated_time = changed.status_updated_time, (${AUTHENTICATION_COLUMNS}) = row(${CHANGED_AUTHENTICATION}),
       iot_edge = changed.iot_edge, device_scope = changed.device_scope, parent_scopes = changed.parent_scopes
     from jsonb_populate_recordset(null::devices, $1::jsonb) as changed
     where devices.device_id = changed.device_id`,
    JSON.stringify(devices.map(deviceColumns)),
  );
}

/** Modules, twins and subscriptions go with their device, by their foreign keys. */
export function deleteDevices(writer: Writer, deviceIds: readonly string[]): void {
  if (deviceIds.length === 0) return;
  writer.send(
    `delete from devices
     where device_id = any($1)`,
    deviceIds,
  );
}

export function insertModules(writer: Writer, modules: readonly Module[]): void {
  if (modules.length === 0) return;
  writer.send(
    `insert into modules (${MODULE_COLUMNS})
     select ${MODULE_COLUMNS}
     from jsonb_populate_recordset(null::modules, $1::jsonb)`,
    JSON.stringify(modules.map(moduleColumns)),
  );
}

/** Writes what a registry write can change. */
export function updateModules(writer: Writer, modules: readonly Module[]): void {
  if (modules.length === 0) return;
  writer.send(
    `update modules
     set etag = changed.etag, managed_by = changed.managed_by, (${AUTHENTICATION_COLUMNS}) = row(${CHANGED_AUTHENTICATION})
     from jsonb_populate_recordset(null::modules, $1::jsonb) as changed
     where modules.device_id = changed.device_id
     and modules.module_id = changed.module_id`,
    JSON.stringify(modules.map(moduleColumns)),
  );
}

/** Twins go before the subscriptions: whoever keeps some holds the twin until then. */
export function deleteModules(writer: Writer, ids: readonly ModuleId[]): void {
  if (ids.length === 0) return;
  for (const table of ['modules', 'twins', 'subscriptions']) {
    writer.send(
      `delete from ${table}
       where (device_id, module_id) in (
         select device_id, module_id
         from unnest($1::text[], $2::text[]) as gone (device_id, module_id)
       )`,
      ids.map(({ deviceId }) => deviceId),
      ids.map(({ moduleId }) => moduleId),
    );
  }
}

const CHANGED_AUTHENTICATION = AUTHENTICATION_COLUMNS.split(', ')
  .map((column) => `changed.${column}`)
  .join(', ');

function deviceColumns(device: Device): object {
  return {
    device_id: device.deviceId,
    ...recordColumns(device),
    status: device.status,
    status_reason: device.statusReason,
    status_updated_time: device.statusUpdatedTime,
    iot_edge: device.iotEdge,
    device_scope: device.deviceScope,
    parent_scopes: device.parentScopes,
  };
}

function moduleColumns(module: Module): object {
  return { device_id: module.deviceId, module_id: module.moduleId, ...recordColumns(module), managed_by: module.managedBy };
}

function recordColumns(identity: Identity): object {
  const [type, primaryKey, secondaryKey, primaryThumbprint, secondaryThumbprint] = authenticationValues(identity.authentication);
  return {
    generation_id: identity.generationId,
    etag: identity.etag,
    authentication_type: type,
    primary_key: primaryKey,
    secondary_key: secondaryKey,
    primary_thumbprint: primaryThumbprint,
    secondary_thumbprint: secondaryThumbprint,
    model_id: identity.modelId,
    connection_state: identity.connectionState,
    connection_state_updated_time: identity.connectionStateUpdatedTime,
    last_activity_time: identity.lastActivityTime,
  };
}
