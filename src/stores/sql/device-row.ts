// A row of the table of devices, and the identity it stands for.
import type { ConnectionState, Device, DeviceStatus } from '../../domain/identity/device.ts';
import { AUTHENTICATION_COLUMNS, type AuthenticationRow, toAuthentication } from './authentication-row.ts';

export type DeviceRow = AuthenticationRow & {
  readonly device_id: string;
  readonly generation_id: string;
  readonly etag: string;
  readonly status: DeviceStatus;
  readonly status_reason: string | null;
  readonly status_updated_time: string;
  /** SQLite has no booleans, and says 0 or 1. */
  readonly iot_edge: number | boolean;
  readonly device_scope: string | null;
  /** JSON text. */
  readonly parent_scopes: string;
  readonly model_id: string;
  readonly connection_state: ConnectionState;
  readonly connection_state_updated_time: string;
  readonly last_activity_time: string;
};

export const DEVICE_COLUMNS = `device_id, generation_id, etag, status, status_reason, status_updated_time, ${AUTHENTICATION_COLUMNS},
  iot_edge, device_scope, parent_scopes, model_id, connection_state, connection_state_updated_time, last_activity_time`;

export function toDevice(row: DeviceRow): Device {
  return {
    deviceId: row.device_id,
    generationId: row.generation_id,
    etag: row.etag,
    status: row.status,
    statusReason: row.status_reason,
    statusUpdatedTime: row.status_updated_time,
    authentication: toAuthentication(row),
    iotEdge: Boolean(row.iot_edge),
    deviceScope: row.device_scope,
    // Nearly every device has none, and this runs for each row of a page.
    parentScopes: row.parent_scopes === '[]' ? [] : (JSON.parse(row.parent_scopes) as string[]),
    modelId: row.model_id,
    connectionState: row.connection_state,
    connectionStateUpdatedTime: row.connection_state_updated_time,
    lastActivityTime: row.last_activity_time,
  };
}
