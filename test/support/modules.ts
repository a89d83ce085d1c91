// Modules of devices, as tests make them.
import type { ModuleId } from '../../src/domain/identity/identity-id.ts';
import type { Module } from '../../src/domain/identity/module.ts';
import { SOMEONE } from './actors.ts';
import { type Credentials, sasKeys } from './identities.ts';
import type { OpenHub } from './open-hub.ts';

/** A module with keys, of a device that is made when it is not there. */
export async function createModule(
  { hub, createDevice }: Pick<OpenHub, 'hub' | 'createDevice'>,
  { deviceId, moduleId }: ModuleId,
): Promise<Module> {
  const devices = await hub.devices.list(1000);
  if (!devices.some((device) => device.deviceId === deviceId)) await createDevice(deviceId);
  const spec = { deviceId, moduleId, managedBy: null, authentication: undefined };
  return hub.modules.put(spec, { kind: 'none' }, SOMEONE);
}

/** As the registry of the service prints it. */
export function moduleConnectionString(module: Credentials): string {
  const { deviceId, moduleId } = module;
  return `HostName=localhost;DeviceId=${deviceId};ModuleId=${moduleId};SharedAccessKey=${sasKeys(module).primaryKey}`;
}
