// Scopes of IoT Edge: what marks a device as an edge device, or as one that is behind an edge device (behaviour 1.8).
import { HubError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import type { Device } from './device.ts';

/** What a caller may say of it. */
export type EdgeSpec = Pick<Device, 'iotEdge' | 'deviceScope' | 'parentScopes'>;

export const NO_EDGE: EdgeSpec = { iotEdge: false, deviceScope: null, parentScopes: [] };

/** `registered`: finds a device by its id, also the one that is written, as it was before. */
type EdgeWrite = {
  readonly spec: EdgeSpec;
  readonly current: Device | undefined;
  readonly id: Pick<Device, 'deviceId' | 'generationId'>;
  readonly registered: FindDevice;
};

export type FindDevice = (deviceId: string) => Device | undefined;

const PREFIX = 'ms-azure-iot-edge://';

/** The scope that an edge device has for as long as it is one. */
export function ownScope({ deviceId, generationId }: Pick<Device, 'deviceId' | 'generationId'>): string {
  // Without hyphens, so that the last hyphen of a scope is the one behind the id.
  return `${PREFIX}${deviceId}-${generationId.replaceAll('-', '')}`;
}

/**
 * The scopes that a device has after a write. An edge device has its own, sends it back with every update, and names its parent in
 * `parentScopes`; any other names its parent in `deviceScope`, and the hub fills `parentScopes` (live facts, Identity).
 * @throws HubError InvalidDeviceScope for a scope that is of no edge device, and for a change of a scope that the hub made.
 */
export function scopesAfter(write: EdgeWrite): EdgeSpec {
  const { spec, current, id } = write;
  if (!spec.iotEdge) {
    const parent = spec.deviceScope;
    if (parent === null || parent === ownScope(id)) return NO_EDGE;
    checkParent(parent, write);
    return { iotEdge: false, deviceScope: parent, parentScopes: [parent] };
  }
  const own = ownScope(id);
  // A new device gets a scope whatever it asks for (measured).
  const mayLeaveOut = current?.iotEdge !== true && spec.deviceScope === null;
  if (current && !mayLeaveOut && spec.deviceScope !== own) throw immutable(current);
  for (const parent of spec.parentScopes) checkParent(parent, write);
  return { iotEdge: true, deviceScope: own, parentScopes: spec.parentScopes };
}

function immutable({ iotEdge }: Device): HubError {
  const wayOut = iotEdge ? 'Send the deviceScope that was read' : 'Leave deviceScope out';
  return invalidScope(`Device scope is immutable. ${wayOut}, and name a parent in parentScopes.`);
}

/** A parent that stays may be gone by this time. */
function checkParent(scope: string, { spec, current, id, registered }: EdgeWrite): void {
  if (current?.iotEdge === spec.iotEdge && current.parentScopes.includes(scope)) return;
  const parent = edgeDeviceOf(scope, registered);
  if (!parent) throw invalidScope(`The scope '${scope}' is that of no edge device. Read deviceScope of the parent.`);
  checkLevels(parent, id.deviceId, registered);
}

/** Also what keeps parents from going round in a circle. */
function checkLevels(parent: Device, deviceId: string, registered: FindDevice): void {
  const maxLevels = LIMITS.edgeLevels.value;
  let above: Device | undefined = parent;
  for (let level = 2; above; level += 1) {
    if (above.deviceId === deviceId) throw invalidScope(`The device '${deviceId}' would be its own parent.`);
    if (level > maxLevels) throw invalidScope(`A device has at most ${maxLevels - 1} edge devices above it.`);
    const [scope]: readonly string[] = above.parentScopes;
    above = scope === undefined ? undefined : edgeDeviceOf(scope, registered);
  }
}

function edgeDeviceOf(scope: string, registered: FindDevice): Device | undefined {
  const end = scope.lastIndexOf('-');
  if (!scope.startsWith(PREFIX) || end <= PREFIX.length) return undefined;
  const device = registered(scope.slice(PREFIX.length, end));
  return device?.iotEdge === true && device.deviceScope === scope ? device : undefined;
}

function invalidScope(message: string): HubError {
  return new HubError('InvalidDeviceScope', message);
}
