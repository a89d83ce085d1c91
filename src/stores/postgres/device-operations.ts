// Devices and modules read from PostgreSQL.
import { invariant } from '../../domain/errors.ts';
import type { DeviceCounts } from '../../domain/identity/device-counts.ts';
import type { Device } from '../../domain/identity/device.ts';
import type { ModuleId } from '../../domain/identity/identity-id.ts';
import type { Module } from '../../domain/identity/module.ts';
import { DEVICE_COLUMNS, type DeviceRow, toDevice } from '../sql/device-row.ts';
import { MODULE_COLUMNS, type ModuleRow, toModule } from '../sql/module-row.ts';
import type { Reader } from './driver.ts';

export async function readDevice(reader: Reader, deviceId: string): Promise<Device | undefined> {
  const row = await reader.row<DeviceRow>(
    `select ${DEVICE_COLUMNS}
     from devices
     where device_id = $1`,
    deviceId,
  );
  return row && toDevice(row);
}

export async function listDevices(reader: Reader, limit: number): Promise<readonly Device[]> {
  const rows = await reader.rows<DeviceRow>(
    `select ${DEVICE_COLUMNS}
     from devices
     order by device_id
     limit $1`,
    limit,
  );
  return rows.map(toDevice);
}

/** Each count reads an index alone: that of the primary key, and of disabled and connected devices. */
export async function countDevices(reader: Reader): Promise<DeviceCounts> {
  const counts = await reader.row<DeviceCounts>(
    `select
       (select count(*) from devices) as total,
       (select count(*) from devices where status = 'disabled') as disabled,
       (select count(*) from devices where connection_state = 'Connected') as connected`,
  );
  invariant(counts, 'a select of counts has a row');
  return counts;
}

export async function readModule(reader: Reader, { deviceId, moduleId }: ModuleId): Promise<Module | undefined> {
  const row = await reader.row<ModuleRow>(
    `select ${MODULE_COLUMNS}
     from modules
     where device_id = $1
     and module_id = $2`,
    deviceId,
    moduleId,
  );
  return row && toModule(row);
}
