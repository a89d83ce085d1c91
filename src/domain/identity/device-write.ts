// What happens to the registry when a device is put or deleted: the rules of conditional writes.
import type { Actor } from '../audit/audit-entry.ts';
import { HubError } from '../errors.ts';
import { checkPrecondition, type Precondition } from '../precondition.ts';
import { NEVER } from '../time.ts';
import { type Authentication, sameAuthentication } from './authentication.ts';
import { type EdgeSpec, type FindDevice, NO_EDGE, scopesAfter } from './device-scope.ts';
import type { Device, DeviceStatus } from './device.ts';
import { etagAfter, formatEtag } from './identity-etag.ts';
import type { SymmetricKeys } from './symmetric-key.ts';

/** What a caller may set. `authentication` is absent when new keys are to be minted. */
export type DeviceSpec = {
  readonly deviceId: string;
  readonly status: DeviceStatus;
  readonly statusReason: string | null;
  readonly authentication: Authentication | undefined;
  /** Absent for a device that neither runs IoT Edge nor is behind one that does. */
  readonly edge?: EdgeSpec;
};

/** Chance that the rules need, drawn beforehand so that they stay pure. `firstEtagCounter` is used by a create alone. */
export type MintedIdentity = { readonly generationId: string; readonly keys: SymmetricKeys; readonly firstEtagCounter: number };

/** `at` is ISO-8601 UTC. */
export type DeviceWrite =
  | {
      readonly kind: 'put';
      readonly spec: DeviceSpec;
      readonly precondition: Precondition;
      readonly minted: MintedIdentity;
      readonly at: string;
      readonly by: Actor;
    }
  | {
      readonly kind: 'delete';
      readonly deviceId: string;
      readonly precondition: Precondition;
      readonly at: string;
      readonly by: Actor;
    };

type DevicePut = Extract<DeviceWrite, { kind: 'put' }>;

/** `signInChanged`: connections made before the write must end (disabled, another way to sign in, or modules of the edge runtime that go). */
export type DeviceWriteEffect =
  | { readonly kind: 'created'; readonly device: Device }
  | { readonly kind: 'updated'; readonly device: Device; readonly signInChanged: boolean }
  | { readonly kind: 'deleted'; readonly device: Device };

/**
 * Decides a write against the device as it stands (`undefined`: not registered).
 * Without If-Match a put only creates; with it, it only updates, as a full replace (live facts, Identity).
 * @param registered finds other devices, for scopes. @throws HubError DeviceAlreadyExists, DeviceNotFound, PreconditionFailed, InvalidDeviceScope.
 */
export function applyDeviceWrite(current: Device | undefined, write: DeviceWrite, registered: FindDevice): DeviceWriteEffect {
  if (write.kind === 'delete') return { kind: 'deleted', device: checkedDelete(current, write) };
  if (write.precondition.kind === 'none') {
    if (current) throw new HubError('DeviceAlreadyExists', `A device with ID '${write.spec.deviceId}' is already registered.`);
    return { kind: 'created', device: newDevice(write, registered) };
  }
  if (!current) throw deviceNotFound(write.spec.deviceId);
  checkPrecondition(write.precondition, current.etag);
  return updatedDevice(current, write, registered);
}

/** Whether connections that were made before the write must end. */
export function endsConnections(effect: DeviceWriteEffect): boolean {
  return effect.kind === 'deleted' || (effect.kind === 'updated' && effect.signInChanged);
}

export function deviceNotFound(deviceId: string): HubError {
  return new HubError('DeviceNotFound', `No device with ID '${deviceId}' is registered.`);
}

function checkedDelete(current: Device | undefined, write: Extract<DeviceWrite, { kind: 'delete' }>): Device {
  if (write.precondition.kind === 'none') {
    throw new HubError(
      'PreconditionFailed',
      'Etag missing. Send If-Match with the etag of the device, or * to delete it whatever its state.',
    );
  }
  if (!current) throw deviceNotFound(write.deviceId);
  checkPrecondition(write.precondition, current.etag);
  return current;
}

function newDevice({ spec, minted }: DevicePut, registered: FindDevice): Device {
  const id = { deviceId: spec.deviceId, generationId: minted.generationId };
  return {
    ...id,
    etag: formatEtag(minted.firstEtagCounter),
    status: spec.status,
    statusReason: spec.statusReason,
    statusUpdatedTime: NEVER,
    authentication: spec.authentication ?? { type: 'sas', keys: minted.keys },
    connectionState: 'Disconnected',
    connectionStateUpdatedTime: NEVER,
    lastActivityTime: NEVER,
    modelId: '',
    ...scopesAfter({ spec: spec.edge ?? NO_EDGE, current: undefined, id, registered }),
  };
}

function updatedDevice(current: Device, { spec, minted, at }: DevicePut, registered: FindDevice): DeviceWriteEffect {
  const authentication = spec.authentication ?? { type: 'sas', keys: minted.keys };
  const statusChanged = spec.status !== current.status;
  const device: Device = {
    ...current,
    etag: etagAfter(current.etag),
    status: spec.status,
    statusReason: spec.statusReason,
    statusUpdatedTime: statusChanged ? at : current.statusUpdatedTime,
    authentication,
    ...scopesAfter({ spec: spec.edge ?? NO_EDGE, current, id: current, registered }),
  };
  const endsEdge = current.iotEdge && !device.iotEdge;
  const credentialsChanged = !sameAuthentication(authentication, current.authentication);
  return { kind: 'updated', device, signInChanged: credentialsChanged || endsEdge || (statusChanged && spec.status === 'disabled') };
}
