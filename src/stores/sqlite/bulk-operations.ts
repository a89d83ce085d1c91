// Bulk calls to the registry on SQLite: devices, modules and twins in one transaction, by the rules of each.
import { invariant, type Outcome, outcomeOf } from '../../domain/errors.ts';
import type { BulkEffect, BulkWrite } from '../../domain/identity/bulk-write.ts';
import type { DeviceWrite } from '../../domain/identity/device-write.ts';
import { applyTwinChange } from '../../domain/twin/apply-twin-change.ts';
import type { Twin, TwinChangeEffect } from '../../domain/twin/twin.ts';
import { writeDevice } from './device-operations.ts';
import type { Writer } from './driver.ts';
import { writeModule } from './module-operations.ts';
import { appendWrite, type ServiceWrite, writeTwin } from './twin-operations.ts';

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
  if (write.kind === 'device' && creates(write.device)) return createWithTwin(writer, write.device, twin);
  return writer.together(() => ({ ...writeIdentity(writer, write), notice: writeTwin(writer, twin).notice }));
}

/** Without a precondition a put creates or is refused. */
function creates(write: DeviceWrite): boolean {
  return write.kind === 'put' && write.precondition.kind === 'none';
}

/** The twin is written once, as it is after its change. */
function createWithTwin(writer: Writer, write: DeviceWrite, change: ServiceWrite): BulkEffect {
  let step: { readonly before: Twin; readonly effect: TwinChangeEffect } | undefined;
  const device = writeDevice(writer, write, (before) => {
    step = { before, effect: applyTwinChange(before, change) };
    return step.effect.twin;
  });
  invariant(step, 'a device that is created is given its twin');
  appendWrite(writer, { change, ...step });
  return { deviceId: device.device.deviceId, device, notice: step.effect.notice };
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
