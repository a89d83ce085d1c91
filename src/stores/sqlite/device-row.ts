// A row of the table of devices, and the identity it stands for.
import type { ConnectionState, Device, DeviceStatus } from '../../domain/identity/device.ts';
import type { Reader } from './driver.ts';

export type DeviceRow = {
  readonly device_id: string;
  readonly generation_id: string;
  readonly etag: string;
  readonly status: DeviceStatus;
  readonly status_reason: string | null;
  readonly status_updated_time: string;
  readonly primary_key: string;
  readonly secondary_key: string;
  readonly connection_state: ConnectionState;
  readonly connection_state_updated_time: string;
  readonly last_activity_time: string;
};

export const DEVICE_COLUMNS = `device_id, generation_id, etag, status, status_reason, status_updated_time, primary_key, secondary_key,
  connection_state, connection_state_updated_time, last_activity_time`;

export function readDeviceRow(reader: Reader, deviceId: string): DeviceRow | undefined {
  return reader.row<DeviceRow>(
    `select ${DEVICE_COLUMNS}
     from devices
     where device_id = ?`,
    deviceId,
  );
}

export function toDevice(row: DeviceRow): Device {
  return {
    deviceId: row.device_id,
    generationId: row.generation_id,
    etag: row.etag,
    status: row.status,
    statusReason: row.status_reason,
    statusUpdatedTime: row.status_updated_time,
    keys: { primaryKey: row.primary_key, secondaryKey: row.secondary_key },
    connectionState: row.connection_state,
    connectionStateUpdatedTime: row.connection_state_updated_time,
    lastActivityTime: row.last_activity_time,
  };
}
