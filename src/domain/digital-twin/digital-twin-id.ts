// How a digital twin is named over REST.
import type { IdentityId } from '../identity/identity-id.ts';

/** Stands between the ids of a device and of its module; no id holds one. */
const SEPARATOR = '~';

/** `d` for a device, `d~m` for a module, as the SDK documents its parameter. */
export function parseDigitalTwinId(id: string): IdentityId {
  const at = id.indexOf(SEPARATOR);
  return at < 0 ? { deviceId: id } : { deviceId: id.slice(0, at), moduleId: id.slice(at + 1) };
}

export function formatDigitalTwinId({ deviceId, moduleId }: IdentityId): string {
  return moduleId === undefined ? deviceId : `${deviceId}${SEPARATOR}${moduleId}`;
}
