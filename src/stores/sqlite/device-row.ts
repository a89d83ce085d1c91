// A row of the table of devices, and the identity it stands for.
import type { ConnectionState, Device, DeviceStatus } from '../../domain/identity/device.ts';

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

/** For statements that call the table `d`. */
export const DEVICE_COLUMNS = `d.device_id, d.generation_id, d.etag, d.status, d.status_reason, d.status_updated_time, d.primary_key,
  d.secondary_key, d.connection_state, d.connection_state_updated_time, d.last_activity_time`;

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
