// A module of a device as the identity registry knows it.
import type { Device, IdentityRecord } from './device.ts';

/** The identity record (behaviour 1.1). A module has no status: it can sign in as long as its device is enabled. */
export type Module = IdentityRecord & {
  readonly deviceId: string;
  readonly moduleId: string;
  /** Who looks after it, such as `iotEdge`; null when nobody was named. */
  readonly managedBy: string | null;
};

/** Whatever has a twin. */
export type Identity = Device | Module;

export function isModule(identity: Identity): identity is Module {
  return 'moduleId' in identity;
}
