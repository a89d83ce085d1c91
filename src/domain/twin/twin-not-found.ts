// What is answered where there is no twin.
import { HubError } from '../errors.ts';
import { deviceNotFound } from '../identity/device-write.ts';
import { type IdentityId, isModuleId } from '../identity/identity-id.ts';

/** The service answers DeviceNotFound also where only the module is missing (measured). */
export function twinNotFound(id: IdentityId): HubError {
  if (!isModuleId(id)) return deviceNotFound(id.deviceId);
  return new HubError('DeviceNotFound', `There is no device with ID '${id.deviceId}' that has a module with ID '${id.moduleId}'.`);
}
