// What one item of a bulk call to the registry does to the tables of a database: a device, a module or a twin, by the rules of each.
import type { BulkEffect, BulkWrite } from '../../domain/identity/bulk-write.ts';
import type { RegistryTables } from './registry-tables.ts';
import { writeDevice } from './write-device.ts';
import { writeModule } from './write-module.ts';
import { writeTwin } from './write-twin.ts';

/** Belongs in a transaction. @throws HubError as the rules say; nothing has changed then. */
export function writeBulkItem(tables: RegistryTables, write: BulkWrite): BulkEffect {
  const { twin } = write;
  if (write.kind === 'twin') {
    const { deviceId, moduleId } = write.twin;
    return { deviceId, moduleId, notice: writeTwin(tables, write.twin).notice };
  }
  if (!twin) return writeIdentity(tables, write);
  return tables.together(() => ({ ...writeIdentity(tables, write), notice: writeTwin(tables, twin).notice }));
}

function writeIdentity(tables: RegistryTables, write: Exclude<BulkWrite, { kind: 'twin' }>): BulkEffect {
  if (write.kind === 'device') {
    const device = writeDevice(tables, write.device);
    return { deviceId: device.device.deviceId, device, notice: undefined };
  }
  const module = writeModule(tables, write.module);
  const { deviceId, moduleId } = module.module;
  return { deviceId, moduleId, module, notice: undefined };
}
