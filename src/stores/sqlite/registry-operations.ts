// Writes of the registry on SQLite, by the rules that all databases share.
import { type Outcome, outcomeOf } from '../../domain/errors.ts';
import type { BulkEffect, BulkWrite } from '../../domain/identity/bulk-write.ts';
import type { DeviceWrite, DeviceWriteEffect } from '../../domain/identity/device-write.ts';
import type { ModuleWrite, ModuleWriteEffect } from '../../domain/identity/module-write.ts';
import type { RegistryTables } from '../sql/registry-tables.ts';
import { writeBulkItem } from '../sql/write-bulk-item.ts';
import { writeDevice } from '../sql/write-device.ts';
import { writeModule } from '../sql/write-module.ts';
import { deleteDevice, insertDevice, readDevice, updateDevice } from './device-operations.ts';
import type { Writer } from './driver.ts';
import { countModules, deleteModule, insertModule, readModule, updateModule } from './module-operations.ts';
import { insertTwin, twinTables } from './twin-operations.ts';

export function writeDevices(writer: Writer, writes: readonly DeviceWrite[]): readonly Outcome<DeviceWriteEffect>[] {
  const tables = registryTables(writer);
  return writes.map((write) => outcomeOf(() => writeDevice(tables, write)));
}

export function writeModules(writer: Writer, writes: readonly ModuleWrite[]): readonly Outcome<ModuleWriteEffect>[] {
  const tables = registryTables(writer);
  return writes.map((write) => outcomeOf(() => writeModule(tables, write)));
}

export function writeInBulk(writer: Writer, writes: readonly BulkWrite[]): readonly Outcome<BulkEffect>[] {
  const tables = registryTables(writer);
  return writes.map((write) => outcomeOf(() => writeBulkItem(tables, write)));
}

function registryTables(writer: Writer): RegistryTables {
  return {
    ...twinTables(writer),
    device: (deviceId) => readDevice(writer, deviceId),
    insertDevice: (device) => insertDevice(writer, device),
    updateDevice: (device) => updateDevice(writer, device),
    deleteDevice: (deviceId) => deleteDevice(writer, deviceId),
    module: (id) => readModule(writer, id),
    moduleCount: (deviceId) => countModules(writer, deviceId),
    insertModule: (module) => insertModule(writer, module),
    updateModule: (module) => updateModule(writer, module),
    deleteModule: (id) => deleteModule(writer, id),
    insertTwin: (twin) => insertTwin(writer, twin),
    together: (operation) => writer.together(operation),
  };
}
