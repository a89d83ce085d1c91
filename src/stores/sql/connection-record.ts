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
