// Identities and connection states on SQLite.
import { deviceAudit } from '../../domain/audit/audit-records.ts';
import { invariant, type Outcome, outcomeOf } from '../../domain/errors.ts';
import { applyDeviceWrite, type DeviceWrite, type DeviceWriteEffect } from '../../domain/identity/device-write.ts';
import type { DeviceCounts } from '../../domain/identity/device-counts.ts';
import type { Device } from '../../domain/identity/device.ts';
import { newTwin } from '../../domain/twin/apply-twin-change.ts';
import type { ConnectionEvent } from '../../ports/device-store.ts';
import { appendAudit } from './audit-operations.ts';
import { appendChange } from './change-operations.ts';
import { DEVICE_COLUMNS, type DeviceRow, readDeviceRow, toDevice } from './device-row.ts';
import type { Reader, Writer } from './driver.ts';
import { insertTwin } from './twin-operations.ts';

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

export function writeDevices(writer: Writer, writes: readonly DeviceWrite[]): readonly Outcome<DeviceWriteEffect>[] {
  return writes.map((write) => outcomeOf(() => writeDevice(writer, write)));
}

/** Belongs in a transaction. @throws HubError as the rule says; nothing has changed then. */
export function writeDevice(writer: Writer, write: DeviceWrite): DeviceWriteEffect {
  const deviceId = write.kind === 'put' ? write.spec.deviceId : write.deviceId;
  const before = readDevice(writer, deviceId);
  const effect = applyDeviceWrite(before, write);
  const change = { at: write.at, deviceId, sections: [] };
  switch (effect.kind) {
    case 'created':
      insertDevice(writer, effect.device);
      insertTwin(writer, newTwin(deviceId, write.at));
      appendChange(writer, { ...change, kind: 'deviceCreated' });
      break;
    case 'updated':
      updateDevice(writer, effect.device);
      appendChange(writer, { ...change, kind: 'deviceUpdated' });
      break;
    case 'deleted':
      deleteDevice(writer, deviceId);
      appendChange(writer, { ...change, kind: 'deviceDeleted' });
      break;
  }
  appendAudit(writer, deviceAudit({ write, before, effect }));
  return effect;
}

export function insertDevice(writer: Writer, device: Device): void {
  writer.run(
    `insert into devices (
       device_id, generation_id, etag, status, status_reason, status_updated_time, primary_key, secondary_key,
       connection_state, connection_state_updated_time, last_activity_time
     )
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    device.deviceId,
    device.generationId,
    device.etag,
    device.status,
    device.statusReason,
    device.statusUpdatedTime,
    device.keys.primaryKey,
    device.keys.secondaryKey,
    device.connectionState,
    device.connectionStateUpdatedTime,
    device.lastActivityTime,
  );
}

/** Writes what a registry write can change; the rest belongs to connections. */
function updateDevice(writer: Writer, device: Device): void {
  writer.run(
    `update devices
     set etag = ?, status = ?, status_reason = ?, status_updated_time = ?, primary_key = ?, secondary_key = ?
     where device_id = ?`,
    device.etag,
    device.status,
    device.statusReason,
    device.statusUpdatedTime,
    device.keys.primaryKey,
    device.keys.secondaryKey,
    device.deviceId,
  );
}

/** Twin and subscriptions go with the device, by their foreign keys. */
function deleteDevice(writer: Writer, deviceId: string): void {
  writer.run(
    `delete from devices
     where device_id = ?`,
    deviceId,
  );
}

export function recordConnections(writer: Writer, events: readonly ConnectionEvent[]): readonly (string | undefined)[] {
  return events.map((event) => {
    recordConnection(writer, event);
    return readEtag(writer, event.deviceId);
  });
}

function recordConnection(writer: Writer, event: ConnectionEvent): void {
  const { deviceId, at } = event;
  switch (event.kind) {
    case 'connected':
      writer.run(
        `update devices
         set connection_state = 'Connected', connection_state_updated_time = ?, last_activity_time = ?, connection_id = ?
         where device_id = ?`,
        at,
        at,
        event.connectionId,
        deviceId,
      );
      break;
    case 'active':
      writer.run(
        `update devices
         set last_activity_time = ?
         where device_id = ?
         and connection_id = ?`,
        at,
        deviceId,
        event.connectionId,
      );
      break;
    case 'seen':
      writer.run(
        `update devices
         set last_activity_time = max(last_activity_time, ?)
         where device_id = ?`,
        at,
        deviceId,
      );
      break;
    case 'disconnected':
      writer.run(
        `update devices
         set connection_state = 'Disconnected', connection_state_updated_time = ?, connection_id = null,
           last_activity_time = coalesce(?, last_activity_time)
         where device_id = ?
         and connection_id = ?`,
        at,
        event.activeAt ?? null,
        deviceId,
        event.connectionId,
      );
      break;
  }
}

function readEtag(reader: Reader, deviceId: string): string | undefined {
  const row = reader.row<{ readonly etag: string }>(
    `select etag
     from devices
     where device_id = ?`,
    deviceId,
  );
  return row?.etag;
}

/** @returns how many devices were marked; fewer than `limit` when no connected device is left. */
export function disconnectSome(writer: Writer, range: { readonly at: string; readonly limit: number }): number {
  return writer.run(
    `update devices
     set connection_state = 'Disconnected', connection_state_updated_time = ?, connection_id = null
     where device_id in (
       select device_id
       from devices
       where connection_state = 'Connected'
       limit ?
     )`,
    range.at,
    range.limit,
  );
}
