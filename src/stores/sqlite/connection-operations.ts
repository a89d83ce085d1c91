// What is known of the connections of devices and modules, on SQLite.
import { isModuleId } from '../../domain/identity/identity-id.ts';
import { signInEtag } from '../../domain/identity/sign-in-etag.ts';
import type { ConnectionEvent } from '../../ports/device-store.ts';
import type { Reader, SqlValue, Writer } from './driver.ts';

export function recordConnections(writer: Writer, events: readonly ConnectionEvent[]): readonly (string | undefined)[] {
  return events.map((event) => {
    recordConnection(writer, event);
    return readSignInEtag(writer, event);
  });
}

/** The row of an identity: the table, the condition that selects the row, and its values. */
type Place = { readonly table: 'devices' | 'modules'; readonly condition: string; readonly key: readonly SqlValue[] };

function placeOf(event: ConnectionEvent): Place {
  return isModuleId(event)
    ? { table: 'modules', condition: 'device_id = ? and module_id = ?', key: [event.deviceId, event.moduleId] }
    : { table: 'devices', condition: 'device_id = ?', key: [event.deviceId] };
}

function recordConnection(writer: Writer, event: ConnectionEvent): void {
  const { at } = event;
  const { table, condition, key } = placeOf(event);
  switch (event.kind) {
    case 'connected':
      writer.run(
        `update ${table}
         set connection_state = 'Connected', connection_state_updated_time = ?, last_activity_time = ?, connection_id = ?, model_id = ?
         where ${condition}`,
        at,
        at,
        event.connectionId,
        event.modelId,
        ...key,
      );
      break;
    case 'active':
      writer.run(
        `update ${table}
         set last_activity_time = ?
         where ${condition}
         and connection_id = ?`,
        at,
        ...key,
        event.connectionId,
      );
      break;
    case 'seen':
      writer.run(
        `update ${table}
         set last_activity_time = max(last_activity_time, ?)
         where ${condition}`,
        at,
        ...key,
      );
      break;
    case 'disconnected':
      writer.run(
        `update ${table}
         set connection_state = 'Disconnected', connection_state_updated_time = ?, connection_id = null,
           last_activity_time = coalesce(?, last_activity_time)
         where ${condition}
         and connection_id = ?`,
        at,
        event.activeAt ?? null,
        ...key,
        event.connectionId,
      );
      break;
  }
}

type EtagRow = { readonly etag: string };

function readSignInEtag(reader: Reader, event: ConnectionEvent): string | undefined {
  const device = reader.row<EtagRow>(
    `select etag
     from devices
     where device_id = ?`,
    event.deviceId,
  );
  if (!device || !isModuleId(event)) return device && signInEtag(device);
  const module = reader.row<EtagRow>(
    `select etag
     from modules
     where device_id = ?
     and module_id = ?`,
    event.deviceId,
    event.moduleId,
  );
  return module && signInEtag(device, module);
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
