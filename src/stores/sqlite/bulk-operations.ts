// Bulk calls to the registry on SQLite: devices and twins in one transaction, by the rules of each.
import { type Outcome, outcomeOf } from '../../domain/errors.ts';
import type { BulkEffect, BulkWrite } from '../../domain/identity/bulk-write.ts';
import type { DeviceWriteEffect } from '../../domain/identity/device-write.ts';
import type { DesiredNotice } from '../../domain/twin/twin.ts';
import { writeDevice } from './device-operations.ts';
import type { Writer } from './driver.ts';
import { writeTwin } from './twin-operations.ts';

export function writeInBulk(writer: Writer, writes: readonly BulkWrite[]): readonly Outcome<BulkEffect>[] {
  return writes.map((write) => outcomeOf(() => writeItem(writer, write)));
}

function writeItem(writer: Writer, write: BulkWrite): BulkEffect {
  if (write.kind === 'twin') return { deviceId: write.twin.deviceId, device: undefined, notice: writeTwin(writer, write.twin).notice };
  const { twin } = write;
  if (!twin) return deviceEffect(writeDevice(writer, write.device), undefined);
  return writer.together(() => deviceEffect(writeDevice(writer, write.device), writeTwin(writer, twin).notice));
}

function deviceEffect(device: DeviceWriteEffect, notice: DesiredNotice | undefined): BulkEffect {
  return { deviceId: device.device.deviceId, device, notice };
}
