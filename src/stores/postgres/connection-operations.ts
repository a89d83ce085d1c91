// What is known of the connections of devices and modules, on PostgreSQL.
import { addressOf, type IdentityId, isModuleId } from '../../domain/identity/identity-id.ts';
import { signInEtag } from '../../domain/identity/sign-in-etag.ts';
import type { ConnectionEvent, RecordedEvent } from '../../ports/device-store.ts';
import { CONNECTION_COLUMNS, type ConnectionRecord, type ConnectionRow, recordAfter, toRecord } from '../sql/connection-record.ts';
import type { Reader, Writer } from './driver.ts';
import { isConnect, readSessions } from './kept-sessions.ts';

export async function recordConnections(
  writer: Writer,
  events: readonly ConnectionEvent[],
): Promise<readonly (RecordedEvent | undefined)[]> {
  const [kept, sessions] = await Promise.all([readKept(writer, events), readSessions(writer, events.filter(isConnect))]);
  const changed = new Map<string, Kept>();
  const recorded = events.map((event) => {
    const address = addressOf(event);
    const current = changed.get(address) ?? kept.get(address);
    const device = isModuleId(event) ? kept.get(event.deviceId) : current;
    if (!current || !device) return undefined;
    const record = recordAfter(current.record, event);
    if (record !== current.record) changed.set(address, { ...current, record });
    const etag = device === current ? signInEtag(current) : signInEtag(device, current);
    return { etag, keptSubscriptions: isConnect(event) ? sessions.begin(event) : undefined };
  });
  saveKept(writer, changed);
  sessions.save(writer);
  return recorded;
}

/** Marks at most `limit` devices and modules. @returns how many; fewer than `limit` when no connected one is left. */
export async function disconnectSome(writer: Writer, { at, limit }: { readonly at: string; readonly limit: number }): Promise<number> {
  const devices = await writer.run(
    `update devices
     set connection_state = 'Disconnected', connection_state_updated_time = $1, connection_id = null
     where device_id in (
       select device_id
       from devices
       where connection_state = 'Connected'
       order by device_id
       limit $2
       for no key update
     )`,
    at,
    limit,
  );
  const modules = await writer.run(
    `update modules
     set connection_state = 'Disconnected', connection_state_updated_time = $1, connection_id = null
     where (device_id, module_id) in (
       select device_id, module_id
       from modules
       where connection_state = 'Connected'
       order by device_id, module_id
       limit $2
       for no key update
     )`,
    at,
    limit - devices,
  );
  return devices + modules;
}

type Kept = { readonly id: IdentityId; readonly etag: string; readonly record: ConnectionRecord };

type KeptRow = ConnectionRow & { readonly device_id: string; readonly module_id?: string };

/** By address, locked in their order: devices before modules. */
async function readKept(reader: Reader, events: readonly ConnectionEvent[]): Promise<ReadonlyMap<string, Kept>> {
  const modules = events.flatMap((event) => (isModuleId(event) ? [{ deviceId: event.deviceId, moduleId: event.moduleId }] : []));
  const [deviceRows, moduleRows] = await Promise.all([
    reader.rows<KeptRow>(
      `select device_id, etag, ${CONNECTION_COLUMNS}
       from devices
       where device_id = any($1)
       order by device_id
       for no key update`,
      [...new Set(events.map(({ deviceId }) => deviceId))],
    ),
    modules.length === 0
      ? []
      : reader.rows<KeptRow>(
          `select device_id, module_id, etag, ${CONNECTION_COLUMNS}
           from modules
           where (device_id, module_id) in (
             select device_id, module_id
             from unnest($1::text[], $2::text[]) as wanted (device_id, module_id)
           )
           order by device_id, module_id
           for no key update`,
          modules.map(({ deviceId }) => deviceId),
          modules.map(({ moduleId }) => moduleId),
        ),
  ]);
  return new Map([...deviceRows, ...moduleRows].map(toKept).map((kept) => [addressOf(kept.id), kept]));
}

function toKept(row: KeptRow): Kept {
  return { id: { deviceId: row.device_id, moduleId: row.module_id }, etag: row.etag, record: toRecord(row) };
}

function saveKept(writer: Writer, changed: ReadonlyMap<string, Kept>): void {
  const all = [...changed.values()];
  saveIn(
    writer,
    'devices',
    all.filter(({ id }) => !isModuleId(id)),
  );
  saveIn(
    writer,
    'modules',
    all.filter(({ id }) => isModuleId(id)),
  );
}

function saveIn(writer: Writer, table: 'devices' | 'modules', changed: readonly Kept[]): void {
  if (changed.length === 0) return;
  const rows = changed.map(({ id, record }) => ({
    device_id: id.deviceId,
    module_id: id.moduleId,
    connection_state: record.state,
    connection_state_updated_time: record.stateUpdatedTime,
    last_activity_time: record.lastActivityTime,
    connection_id: record.connectionId,
    model_id: record.modelId,
  }));
  writer.send(
    `update ${table} as kept
     set connection_state = changed.connection_state, connection_state_updated_time = changed.connection_state_updated_time,
       last_activity_time = changed.last_activity_time, connection_id = changed.connection_id, model_id = changed.model_id
     from jsonb_populate_recordset(null::${table}, $1::jsonb) as changed
     where kept.device_id = changed.device_id
     ${table === 'modules' ? 'and kept.module_id = changed.module_id' : ''}`,
    JSON.stringify(rows),
  );
}
