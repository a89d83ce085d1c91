// Devices on SQLite.
import { deviceAudit } from '../../domain/audit/audit-records.ts';
import { invariant, type Outcome, outcomeOf } from '../../domain/errors.ts';
import { applyDeviceWrite, type DeviceWrite, type DeviceWriteEffect } from '../../domain/identity/device-write.ts';
import type { DeviceCounts } from '../../domain/identity/device-counts.ts';
import type { Device } from '../../domain/identity/device.ts';
import { edgeRuntimeModules, edgeRuntimeStep } from '../../domain/identity/edge-runtime.ts';
import type { ModuleId } from '../../domain/identity/identity-id.ts';
import { SYSTEM_MODULE_IDS } from '../../domain/identity/system-module.ts';
import { newTwin } from '../../domain/twin/apply-twin-change.ts';
import { appendAudit } from './audit-operations.ts';
import { AUTHENTICATION_COLUMNS, authenticationValues } from '../sql/authentication-row.ts';
import { appendChange } from './change-operations.ts';
import { DEVICE_COLUMNS, type DeviceRow, toDevice } from '../sql/device-row.ts';
import { readDeviceRow } from './stored-rows.ts';
import type { Reader, SqlValue, Writer } from './driver.ts';
import { checkRoom, makeModules, removeModules } from './module-operations.ts';
import { insertTwin } from './twin-operations.ts';

export function readDevice(reader: Reader, deviceId: string): Device | undefined {
  const row = readDeviceRow(reader, deviceId);
  return row && toDevice(row);
}

export function listDevices(reader: Reader, limit: number): readonly Device[] {
  const rows = reader.rows<DeviceRow>(
    `select ${DEVICE_COLUMNS}
     from devices
     order by device_id
     limit ?`,
    limit,
  );
  return rows.map(toDevice);
}

/** Each count reads an index alone: that of the primary key, and of disabled and connected devices. */
export function countDevices(reader: Reader): DeviceCounts {
  const counts = reader.row<DeviceCounts>(
    `select
       (select count(*) from devices) as total,
       (select count(*) from devices where status = 'disabled') as disabled,
       (select count(*) from devices where connection_state = 'Connected') as connected`,
  );
  invariant(counts, 'a select of counts has a row');
  return counts;
}

export function writeDevices(writer: Writer, writes: readonly DeviceWrite[]): readonly Outcome<DeviceWriteEffect>[] {
  return writes.map((write) => outcomeOf(() => writeDevice(writer, write)));
}

/** Belongs in a transaction. @throws HubError as the rule says, or TooManyModulesOnDevice; nothing has changed then. */
export function writeDevice(writer: Writer, write: DeviceWrite): DeviceWriteEffect {
  const deviceId = write.kind === 'put' ? write.spec.deviceId : write.deviceId;
  const before = readDevice(writer, deviceId);
  const effect = applyDeviceWrite(before, write, (id) => readDevice(writer, id));
  const runtime = edgeRuntimeStep(before, effect);
  if (runtime === 'make') checkRoom(writer, deviceId, SYSTEM_MODULE_IDS.length);
  const change = { at: write.at, deviceId, sections: [] };
  switch (effect.kind) {
    case 'created':
      insertDevice(writer, effect.device);
      insertTwin(writer, newTwin({ deviceId }, write.at));
      appendChange(writer, { ...change, kind: 'deviceCreated' });
      break;
    case 'updated':
      updateDevice(writer, effect.device);
      appendChange(writer, { ...change, kind: 'deviceUpdated' });
      break;
    case 'deleted':
      deleteDevice(writer, deviceId);
      appendChange(writer, { ...change, kind: 'deviceDeleted' });
      break;
  }
  appendAudit(writer, deviceAudit({ write, before, effect }));
  if (runtime === 'make' && write.kind === 'put') makeModules(writer, edgeRuntimeModules(deviceId, write.minted), write);
  if (runtime === 'remove') removeModules(writer, systemModulesOf(deviceId), write);
  return effect;
}

function systemModulesOf(deviceId: string): readonly ModuleId[] {
  return SYSTEM_MODULE_IDS.map((moduleId) => ({ deviceId, moduleId }));
}

export function insertDevice(writer: Writer, device: Device): void {
  writer.run(
    `insert into devices (
       device_id, generation_id, etag, status, status_reason, status_updated_time, ${AUTHENTICATION_COLUMNS},
       iot_edge, device_scope, parent_scopes, model_id, connection_state, connection_state_updated_time, last_activity_time
     )
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    device.deviceId,
    device.generationId,
    device.etag,
    device.status,
    device.statusReason,
    device.statusUpdatedTime,
    ...authenticationValues(device.authentication),
    ...edgeValues(device),
    device.modelId,
    device.connectionState,
    device.connectionStateUpdatedTime,
    device.lastActivityTime,
  );
}

/** Writes what a registry write can change; the rest belongs to connections. */
function updateDevice(writer: Writer, device: Device): void {
  writer.run(
    `update devices
     set etag = ?, status = ?, status_reason = ?, status_updated_time = ?, (${AUTHENTICATION_COLUMNS}) = (?, ?, ?, ?, ?),
       iot_edge = ?, device_scope = ?, parent_scopes = ?
     where device_id = ?`,
    device.etag,
    device.status,
    device.statusReason,
    device.statusUpdatedTime,
    ...authenticationValues(device.authentication),
    ...edgeValues(device),
    device.deviceId,
  );
}

function edgeValues({ iotEdge, deviceScope, parentScopes }: Device): readonly SqlValue[] {
  return [iotEdge ? 1 : 0, deviceScope, JSON.stringify(parentScopes)];
}

/** Modules, twins and subscriptions go with the device, by their foreign keys. */
function deleteDevice(writer: Writer, deviceId: string): void {
  writer.run(
    `delete from devices
     where device_id = ?`,
    deviceId,
  );
}
