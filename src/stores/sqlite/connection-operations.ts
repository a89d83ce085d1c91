// What is known of the connections of devices and modules, on SQLite.
import { type IdentityId, isModuleId } from '../../domain/identity/identity-id.ts';
import { signInEtag } from '../../domain/identity/sign-in-etag.ts';
import type { ConnectionEvent, RecordedEvent } from '../../ports/device-store.ts';
import type { Subscription } from '../../ports/subscription-store.ts';
import { CONNECTION_COLUMNS, type ConnectionRow, recordAfter, toRecord } from '../sql/connection-record.ts';
import type { Reader, SqlValue, Writer } from './driver.ts';
import { beginsSession, forgetSubscriptions, readSubscriptions, saveSubscriptions } from './subscription-operations.ts';

export function recordConnections(writer: Writer, events: readonly ConnectionEvent[]): readonly (RecordedEvent | undefined)[] {
  return events.map((event) => {
    const row = readRow(writer, event);
    const device = row && isModuleId(event) ? readRow(writer, { deviceId: event.deviceId }) : row;
    if (!row || !device) return undefined;
    saveConnection(writer, event, row);
    const etag = device === row ? signInEtag(row) : signInEtag(device, row);
    return { etag, keptSubscriptions: event.kind === 'connected' ? beginSession(writer, event) : undefined };
  });
}

/** Whether none of them forgets what a session had: what is forgotten stays forgotten. */
export function forgetsNothing(reader: Reader, events: readonly ConnectionEvent[]): boolean {
  return events.every((event) => event.kind !== 'connected' || !event.cleanSession || beginsSession(reader, event));
}

function saveConnection(writer: Writer, event: ConnectionEvent, row: ConnectionRow): void {
  const before = toRecord(row);
  const after = recordAfter(before, event);
  if (after === before) return;
  const { table, condition, key } = placeOf(event);
  writer.run(
    `update ${table}
     set connection_state = ?, connection_state_updated_time = ?, last_activity_time = ?, connection_id = ?, model_id = ?
     where ${condition}`,
    after.state,
    after.stateUpdatedTime,
    after.lastActivityTime,
    after.connectionId,
    after.modelId,
    ...key,
  );
}

type Connected = Extract<ConnectionEvent, { readonly kind: 'connected' }>;

/** @returns what the session before had; `undefined` where there was none. */
function beginSession(writer: Writer, event: Connected): readonly Subscription[] | undefined {
  const kept = readSubscriptions(writer, event);
  if (kept && event.cleanSession) forgetSubscriptions(writer, event);
  if (!kept && !event.cleanSession) saveSubscriptions(writer, { id: event, subscriptions: [] });
  return kept;
}

/** The row of an identity: the table, the condition that selects the row, and its values. */
type Place = { readonly table: 'devices' | 'modules'; readonly condition: string; readonly key: readonly SqlValue[] };

function placeOf(id: IdentityId): Place {
  return isModuleId(id)
    ? { table: 'modules', condition: 'device_id = ? and module_id = ?', key: [id.deviceId, id.moduleId] }
    : { table: 'devices', condition: 'device_id = ?', key: [id.deviceId] };
}

function readRow(reader: Reader, id: IdentityId): ConnectionRow | undefined {
  const { table, condition, key } = placeOf(id);
  return reader.row<ConnectionRow>(
    `select etag, ${CONNECTION_COLUMNS}
     from ${table}
     where ${condition}`,
    ...key,
  );
}

type Range = { readonly at: string; readonly limit: number };

/** @returns how many devices and modules were marked; fewer than `limit` when no connected one is left. */
export function disconnectSome(writer: Writer, { at, limit }: Range): number {
  const devices = writer.run(
    `update devices
     set connection_state = 'Disconnected', connection_state_updated_time = ?, connection_id = null
     where device_id in (
       select device_id
       from devices
       where connection_state = 'Connected'
       limit ?
     )`,
    at,
    limit,
  );
  const modules = writer.run(
    `update modules
     set connection_state = 'Disconnected', connection_state_updated_time = ?, connection_id = null
     where (device_id, module_id) in (
       select device_id, module_id
       from modules
       where connection_state = 'Connected'
       limit ?
     )`,
    at,
    limit - devices,
  );
  return devices + modules;
}
