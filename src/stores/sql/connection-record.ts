// What a database keeps of the connection of a device or module, and what an event does to it.
import type { ConnectionState } from '../../domain/identity/device.ts';
import type { ConnectionEvent } from '../../ports/device-store.ts';

/** `connectionId`: of the latest connection, null when it is over. */
export type ConnectionRecord = {
  readonly state: ConnectionState;
  readonly stateUpdatedTime: string;
  readonly lastActivityTime: string;
  readonly connectionId: string | null;
  readonly modelId: string;
};

/** The record after the event; the same one when the event does not count. */
export function recordAfter(record: ConnectionRecord, event: ConnectionEvent): ConnectionRecord {
  const { at } = event;
  switch (event.kind) {
    case 'connected':
      return {
        state: 'Connected',
        stateUpdatedTime: at,
        lastActivityTime: at,
        connectionId: event.connectionId,
        modelId: event.modelId,
      };
    case 'active':
      return event.connectionId === record.connectionId ? { ...record, lastActivityTime: at } : record;
    case 'seen':
      return at > record.lastActivityTime ? { ...record, lastActivityTime: at } : record;
    case 'disconnected': {
      if (event.connectionId !== record.connectionId) return record;
      const lastActivityTime = event.activeAt ?? record.lastActivityTime;
      return { ...record, state: 'Disconnected', stateUpdatedTime: at, connectionId: null, lastActivityTime };
    }
  }
}

/** With the etag of the identity, which counts for sign-ins. */
export type ConnectionRow = {
  readonly etag: string;
  readonly connection_state: ConnectionState;
  readonly connection_state_updated_time: string;
  readonly last_activity_time: string;
  readonly connection_id: string | null;
  readonly model_id: string;
};

export const CONNECTION_COLUMNS = 'connection_state, connection_state_updated_time, last_activity_time, connection_id, model_id';

export function toRecord(row: ConnectionRow): ConnectionRecord {
  return {
    state: row.connection_state,
    stateUpdatedTime: row.connection_state_updated_time,
    lastActivityTime: row.last_activity_time,
    connectionId: row.connection_id,
    modelId: row.model_id,
  };
}
