// How rows of identities and twins are read from SQLite, one by its key.
import type { ModuleId } from '../../domain/identity/identity-id.ts';
import { DEVICE_COLUMNS, type DeviceRow } from '../sql/device-row.ts';
import { MODULE_COLUMNS, type ModuleRow } from '../sql/module-row.ts';
import type { Reader } from './driver.ts';

export const REPORTED_COLUMNS = `json(reported) as reported, json(reported_metadata) as reported_metadata, reported_version`;

/** Without what names the twin. */
export const SECTION_COLUMNS = `etag_counter, version, json(tags) as tags, json(desired) as desired,
  json(desired_metadata) as desired_metadata, desired_version, ${REPORTED_COLUMNS}`;

export const TWIN_COLUMNS = `device_id, module_id, ${SECTION_COLUMNS}`;

const READ_DEVICE = `
  select ${DEVICE_COLUMNS}
  from devices
  where device_id = ?`;

export function readDeviceRow(reader: Reader, deviceId: string): DeviceRow | undefined {
  return reader.row<DeviceRow>(READ_DEVICE, deviceId);
}

export function readModuleRow(reader: Reader, { deviceId, moduleId }: ModuleId): ModuleRow | undefined {
  return reader.row<ModuleRow>(
    `select ${MODULE_COLUMNS}
     from modules
     where device_id = ?
     and module_id = ?`,
    deviceId,
    moduleId,
  );
}
