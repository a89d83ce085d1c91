// Names a device or one of its modules: whatever has a twin, methods and a connection of its own.

/** Without `moduleId` the device itself. */
export type IdentityId = { readonly deviceId: string; readonly moduleId?: string | undefined };

export type ModuleId = { readonly deviceId: string; readonly moduleId: string };

/** `d`, or `d/m` for a module, as clients of MQTT name themselves (behaviour 7.1). No id holds a slash, so no two identities share one. */
export function addressOf({ deviceId, moduleId }: IdentityId): string {
  return moduleId === undefined ? deviceId : `${deviceId}/${moduleId}`;
}

/** The device that an address is of, or is a module of. */
export function deviceIdOf(address: string): string {
  const slash = address.indexOf('/');
  return slash < 0 ? address : address.slice(0, slash);
}

export function isModuleAddress(address: string): boolean {
  return address.includes('/');
}

export function isModuleId(id: IdentityId): id is ModuleId {
  return id.moduleId !== undefined;
}
