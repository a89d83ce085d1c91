// What a write of a device means for the modules of its edge runtime.
import type { DeviceWriteEffect, MintedIdentity } from './device-write.ts';
import type { Device } from './device.ts';
import { newModule } from './module-write.ts';
import type { Module } from './module.ts';
import { SYSTEM_MODULE_IDS } from './system-module.ts';

/** A device that is deleted takes its modules along by itself. @param before the device as the write met it. */
export function edgeRuntimeStep(before: Device | undefined, effect: DeviceWriteEffect): 'make' | 'remove' | 'none' {
  const was = before?.iotEdge ?? false;
  if (effect.kind === 'deleted' || was === effect.device.iotEdge) return 'none';
  return was ? 'remove' : 'make';
}

/** Without credentials: only the runtime on the device may give them some (live facts, Modules). */
export function edgeRuntimeModules(deviceId: string, minted: MintedIdentity): readonly Module[] {
  return SYSTEM_MODULE_IDS.map((moduleId) => newModule({ deviceId, moduleId, managedBy: 'iotEdge' }, { type: 'none' }, minted));
}
