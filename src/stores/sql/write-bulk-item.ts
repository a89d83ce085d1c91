// What one item of a bulk call to the registry does to the tables of a database: a device, a module or a twin, by the rules of each.
import { invariant } from '../../domain/errors.ts';
import type { BulkEffect, BulkWrite } from '../../domain/identity/bulk-write.ts';
import type { DeviceWrite } from '../../domain/identity/device-write.ts';
import { applyTwinChange } from '../../domain/twin/apply-twin-change.ts';
import type { Twin, TwinChangeEffect } from '../../domain/twin/twin.ts';
import type { RegistryTables } from './registry-tables.ts';
import { writeDevice } from './write-device.ts';
import { writeModule } from './write-module.ts';
import { appendWrite, type ServiceWrite, writeTwin } from './write-twin.ts';

/** Belongs in a transaction. @throws HubError as the rules say; nothing has changed then. */
export function writeBulkItem(tables: RegistryTables, write: BulkWrite): BulkEffect {
  const { twin } = write;
  if (write.kind === 'twin') {
    const { deviceId, moduleId } = write.twin;
    return { deviceId, moduleId, notice: writeTwin(tables, write.twin).notice };
  }
  if (!twin) return writeIdentity(tables, write);
  if (write.kind === 'device' && creates(write.device)) return createWithTwin(tables, write.device, twin);
  return tables.together(() => ({ ...writeIdentity(tables, write), notice: writeTwin(tables, twin).notice }));
}

/** Without a precondition a put creates or is refused. */
function creates(write: DeviceWrite): boolean {
  return write.kind === 'put' && write.precondition.kind === 'none';
}

/** The twin is written once, as it is after its change. */
function createWithTwin(tables: RegistryTables, write: DeviceWrite, change: ServiceWrite): BulkEffect {
  let step: { readonly before: Twin; readonly effect: TwinChangeEffect } | undefined;
  const device = writeDevice(tables, write, (before) => {
    step = { before, effect: applyTwinChange(before, change) };
    return step.effect.twin;
  });
  invariant(step, 'a device that is created is given its twin');
  appendWrite(tables, { change, ...step });
  return { deviceId: device.device.deviceId, device, notice: step.effect.notice };
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
