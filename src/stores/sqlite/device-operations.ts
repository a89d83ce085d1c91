// Devices on SQLite.
import { invariant } from '../../domain/errors.ts';
import type { DeviceCounts } from '../../domain/identity/device-counts.ts';
import type { Device } from '../../domain/identity/device.ts';
import { AUTHENTICATION_COLUMNS, authenticationValues } from '../sql/authentication-row.ts';
import { DEVICE_COLUMNS, type DeviceRow, toDevice } from '../sql/device-row.ts';
import { readDeviceRow } from './stored-rows.ts';
import type { Reader, SqlValue, Writer } from './driver.ts';

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

const INSERT_DEVICE = `
  insert into devices (
    device_id, generation_id, etag, status, status_reason, status_updated_time, ${AUTHENTICATION_COLUMNS},
    iot_edge, device_scope, parent_scopes, model_id, connection_state, connection_state_updated_time, last_activity_time
  )
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

export function insertDevice(writer: Writer, device: Device): void {
  writer.run(
    INSERT_DEVICE,
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
export function updateDevice(writer: Writer, device: Device): void {
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
export function deleteDevice(writer: Writer, deviceId: string): void {
  writer.run(
    `delete from devices
     where device_id = ?`,
    deviceId,
  );
}
