// What happens to the registry when a module is put or deleted: the rules of conditional writes.
import type { Actor } from '../audit/audit-entry.ts';
import { HubError } from '../errors.ts';
import { checkPrecondition, type Precondition } from '../precondition.ts';
import { NEVER } from '../time.ts';
import { type Authentication, sameAuthentication } from './authentication.ts';
import type { MintedIdentity } from './device-write.ts';
import type { Device } from './device.ts';
import { etagAfter, formatEtag } from './identity-etag.ts';
import type { ModuleId } from './identity-id.ts';
import type { Module } from './module.ts';
import { isSystemModule, systemModuleRefusal } from './system-module.ts';

/** What a caller may set. `authentication` is absent when new keys are to be minted. */
export type ModuleSpec = ModuleId & { readonly managedBy: string | null; readonly authentication: Authentication | undefined };

/** `at` is ISO-8601 UTC. */
export type ModuleWrite =
  | {
      readonly kind: 'put';
      readonly spec: ModuleSpec;
      readonly precondition: Precondition;
      readonly minted: MintedIdentity;
      readonly at: string;
      readonly by: Actor;
    }
  | { readonly kind: 'delete'; readonly id: ModuleId; readonly precondition: Precondition; readonly at: string; readonly by: Actor };

/** `signInChanged`: connections made before the write are no longer allowed. */
export type ModuleWriteEffect =
  | { readonly kind: 'created'; readonly module: Module }
  | { readonly kind: 'updated'; readonly module: Module; readonly signInChanged: boolean }
  | { readonly kind: 'deleted'; readonly module: Module };

/**
 * Decides a write against the module as it stands (`undefined`: not registered) on a device that is.
 * Without If-Match a put only creates; with it, it only updates, as a full replace, and a delete wants it (live facts, Modules).
 * @throws HubError ModuleAlreadyExistsOnDevice, ModuleNotFound, PreconditionFailed, ArgumentInvalid for a reserved id, or
 * SystemModuleModifyUnauthorizedAccess.
 */
export function applyModuleWrite(current: Module | undefined, write: ModuleWrite): ModuleWriteEffect {
  if (current && isSystemModule(current.moduleId)) throw systemModuleRefusal();
  if (write.kind === 'delete') return { kind: 'deleted', module: checkedDelete(current, write) };
  const { spec, precondition, minted } = write;
  const authentication = spec.authentication ?? { type: 'sas', keys: minted.keys };
  if (precondition.kind === 'none') {
    if (current) {
      const { deviceId, moduleId } = spec;
      throw new HubError('ModuleAlreadyExistsOnDevice', `The device '${deviceId}' has a module with ID '${moduleId}' already.`);
    }
    if (isSystemModule(spec.moduleId)) throw reservedId(spec.moduleId);
    return { kind: 'created', module: newModule(spec, authentication, minted) };
  }
  if (!current) throw moduleNotFound(spec);
  checkPrecondition(precondition, current.etag);
  const module = { ...current, etag: etagAfter(current.etag), managedBy: spec.managedBy, authentication };
  return { kind: 'updated', module, signInChanged: !sameAuthentication(authentication, current.authentication) };
}

/** Whether a connection that was made before the write must end. */
export function endsModuleConnection(effect: ModuleWriteEffect): boolean {
  return effect.kind === 'deleted' || (effect.kind === 'updated' && effect.signInChanged);
}

/**
 * Identities of modules are out of reach while their device is unknown or disabled, whatever the call; twins of modules are not (live facts,
 * Modules). @throws HubError IotHubUnauthorizedAccess.
 */
export function checkModulesInReach(device: Pick<Device, 'status'> | undefined, deviceId: string): void {
  if (device && device.status !== 'disabled') return;
  const fault = device ? 'is disabled' : 'is not registered';
  throw new HubError('IotHubUnauthorizedAccess', `The device '${deviceId}' ${fault}, so that identities of its modules are out of reach.`);
}

export function moduleNotFound({ deviceId, moduleId }: ModuleId): HubError {
  return new HubError('ModuleNotFound', `The device '${deviceId}' has no module with ID '${moduleId}'.`);
}

function reservedId(moduleId: string): HubError {
  return new HubError('ArgumentInvalid', `The module id '${moduleId}' is reserved, as all that begin with $. Choose another one.`);
}

function checkedDelete(current: Module | undefined, { id, precondition }: Extract<ModuleWrite, { kind: 'delete' }>): Module {
  if (precondition.kind === 'none') {
    throw new HubError(
      'PreconditionFailed',
      'Etag missing. Send If-Match with the etag of the module, or * to delete it whatever its state.',
    );
  }
  if (!current) throw moduleNotFound(id);
  checkPrecondition(precondition, current.etag);
  return current;
}

/** A module as it is created. */
export function newModule(
  { deviceId, moduleId, managedBy }: ModuleId & Pick<Module, 'managedBy'>,
  authentication: Authentication,
  minted: MintedIdentity,
): Module {
  return {
    deviceId,
    moduleId,
    generationId: minted.generationId,
    etag: formatEtag(minted.firstEtagCounter),
    managedBy,
    authentication,
    connectionState: 'Disconnected',
    connectionStateUpdatedTime: NEVER,
    lastActivityTime: NEVER,
    modelId: '',
  };
}
