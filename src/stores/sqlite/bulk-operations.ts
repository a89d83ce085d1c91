// Bulk calls to the registry on SQLite: devices, modules and twins in one transaction, by the rules of each.
import { type Outcome, outcomeOf } from '../../domain/errors.ts';
import type { BulkEffect, BulkWrite } from '../../domain/identity/bulk-write.ts';
import { writeDevice } from './device-operations.ts';
import type { Writer } from './driver.ts';
import { writeModule } from './module-operations.ts';
import { writeTwin } from './twin-operations.ts';

export function writeInBulk(writer: Writer, writes: readonly BulkWrite[]): readonly Outcome<BulkEffect>[] {
  return writes.map((write) => outcomeOf(() => writeItem(writer, write)));
}

function writeItem(writer: Writer, write: BulkWrite): BulkEffect {
  const { twin } = write;
  if (write.kind === 'twin') {
    const { deviceId, moduleId } = write.twin;
    return { deviceId, moduleId, notice: writeTwin(writer, write.twin).notice };
  }
  if (!twin) return writeIdentity(writer, write);
  return writer.together(() => ({ ...writeIdentity(writer, write), notice: writeTwin(writer, twin).notice }));
}

function writeIdentity(writer: Writer, write: Exclude<BulkWrite, { kind: 'twin' }>): BulkEffect {
  if (write.kind === 'device') {
    const device = writeDevice(writer, write.device);
    return { deviceId: device.device.deviceId, device, notice: undefined };
  }
  const module = writeModule(writer, write.module);
  const { deviceId, moduleId } = module.module;
  return { deviceId, moduleId, module, notice: undefined };
}
