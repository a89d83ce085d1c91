// A row of the table of modules, and the identity it stands for.
import type { ConnectionState } from '../../domain/identity/device.ts';
import type { Module } from '../../domain/identity/module.ts';
import { AUTHENTICATION_COLUMNS, type AuthenticationRow, toAuthentication } from './authentication-row.ts';

export type ModuleRow = AuthenticationRow & {
  readonly device_id: string;
  readonly module_id: string;
  readonly generation_id: string;
  readonly etag: string;
  readonly managed_by: string | null;
  readonly model_id: string;
  readonly connection_state: ConnectionState;
  readonly connection_state_updated_time: string;
  readonly last_activity_time: string;
};

export const MODULE_COLUMNS = `device_id, module_id, generation_id, etag, managed_by, ${AUTHENTICATION_COLUMNS}, model_id, connection_state,
  connection_state_updated_time, last_activity_time`;

export function toModule(row: ModuleRow): Module {
  return {
    deviceId: row.device_id,
    moduleId: row.module_id,
    generationId: row.generation_id,
    etag: row.etag,
    managedBy: row.managed_by,
    authentication: toAuthentication(row),
    modelId: row.model_id,
    connectionState: row.connection_state,
    connectionStateUpdatedTime: row.connection_state_updated_time,
    lastActivityTime: row.last_activity_time,
  };
}
