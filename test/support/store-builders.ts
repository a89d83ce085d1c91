// Devices, writes and changes for tests of stores: each shows only the values that matter to the test.
import type { Actor } from '../../src/domain/audit/audit-entry.ts';
import { valueOf } from '../../src/domain/errors.ts';
import type { DeviceSpec, DeviceWrite } from '../../src/domain/identity/device-write.ts';
import type { Device } from '../../src/domain/identity/device.ts';
import type { ModuleId } from '../../src/domain/identity/identity-id.ts';
import type { ModuleSpec, ModuleWrite } from '../../src/domain/identity/module-write.ts';
import type { Module } from '../../src/domain/identity/module.ts';
import type { SymmetricKeys } from '../../src/domain/identity/symmetric-key.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Precondition } from '../../src/domain/precondition.ts';
import type { TwinChange } from '../../src/domain/twin/twin.ts';
import type { Change } from '../../src/domain/change.ts';
import { parseIndexPlace } from '../../src/domain/query/index/twin-index.ts';
import type { AuditQuery } from '../../src/ports/audit-log.ts';
import type { NewIndex } from '../../src/ports/index-store.ts';
import type { Stores } from '../../src/ports/stores.ts';
import { SOMEONE } from './actors.ts';

/** A whole number of minutes into a day; later minutes are later times. */
export function timeAt(minute: number): string {
  return new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
}

export const NOON = timeAt(12 * 60);

/** Finds every entry of a small audit. */
export const WHOLE_AUDIT: AuditQuery = {
  target: undefined,
  actionPrefix: undefined,
  policy: undefined,
  since: undefined,
  until: undefined,
  beforeSequence: undefined,
  limit: 1000,
};

export function keysOf(letter: string): SymmetricKeys {
  return { primaryKey: btoa(letter.repeat(32)), secondaryKey: btoa(letter.repeat(33)) };
}

const any: Precondition = { kind: 'any' };

/** `keys`: shorter than the authentication that has them. */
type PutOptions = Partial<DeviceSpec> & {
  readonly keys?: SymmetricKeys;
  readonly precondition?: Precondition;
  readonly at?: string;
  readonly by?: Actor;
  readonly generationId?: string;
};

/** Creates, unless it has a precondition. */
export function put(deviceId: string, options: PutOptions = {}): DeviceWrite {
  const {
    precondition = { kind: 'none' },
    at = NOON,
    by = SOMEONE,
    generationId = 'generation-1',
    status = 'enabled',
    statusReason = null,
    keys,
    authentication,
    edge,
  } = options;
  return {
    kind: 'put',
    spec: {
      deviceId,
      status,
      statusReason,
      authentication: keys ? { type: 'sas', keys } : authentication,
      ...(edge && { edge }),
    },
    precondition,
    minted: { generationId, keys: keysOf('m'), firstEtagCounter: 41 },
    at,
    by,
  };
}

export function update(deviceId: string, options: PutOptions = {}): DeviceWrite {
  return put(deviceId, { precondition: any, ...options });
}

export function remove(deviceId: string, precondition: Precondition = any): DeviceWrite {
  return { kind: 'delete', deviceId, precondition, at: NOON, by: SOMEONE };
}

type ModulePutOptions = Partial<Omit<ModuleSpec, keyof ModuleId>> & {
  readonly keys?: SymmetricKeys;
  readonly precondition?: Precondition;
  readonly at?: string;
};

/** Creates, unless it has a precondition. */
export function putModule(id: ModuleId, options: ModulePutOptions = {}): ModuleWrite {
  const { precondition = { kind: 'none' }, at = NOON, managedBy = null, keys, authentication } = options;
  return {
    kind: 'put',
    spec: { ...id, managedBy, authentication: keys ? { type: 'sas', keys } : authentication },
    precondition,
    minted: { generationId: 'generation-1', keys: keysOf('m'), firstEtagCounter: 41 },
    at,
    by: SOMEONE,
  };
}

export function updateModule(id: ModuleId, options: ModulePutOptions = {}): ModuleWrite {
  return putModule(id, { precondition: any, ...options });
}

export function removeModule(id: ModuleId, precondition: Precondition = any): ModuleWrite {
  return { kind: 'delete', id, precondition, at: NOON, by: SOMEONE };
}

type ReportOptions = { readonly baseVersion?: number; readonly at?: string };

export function report(deviceId: string, patch: JsonObject, { baseVersion, at = NOON }: ReportOptions = {}): TwinChange {
  return { kind: 'report', deviceId, patch, baseVersion, at };
}

type WriteOptions = {
  readonly kind?: 'patch' | 'replace';
  readonly tags?: JsonObject | null;
  readonly desired?: JsonObject | null;
  readonly precondition?: Precondition;
  readonly at?: string;
  readonly by?: Actor;
};

export function write(
  deviceId: string,
  { kind = 'patch', tags, desired, precondition = { kind: 'none' }, at = NOON, by = SOMEONE }: WriteOptions,
): Extract<TwinChange, { kind: 'patch' | 'replace' }> {
  return { kind, deviceId, tags, desired, precondition, at, by };
}

/** @param path as `index create` takes it. */
export function indexWrite(path: string, at = NOON): NewIndex {
  return { place: parseIndexPlace(path), at, by: SOMEONE, madeBy: 'person' };
}

/** Registers a device and answers it as it was created. */
export async function createDevice(stores: Stores, deviceId: string, options: PutOptions = {}): Promise<Device> {
  const [outcome] = await stores.devices.writeDevices([put(deviceId, options)]);
  if (!outcome) throw new Error('The store gave no outcome');
  return valueOf(outcome).device;
}

/** Registers a module of a device that is there, and answers it as it was created. */
export async function createModule(stores: Stores, id: ModuleId, options: ModulePutOptions = {}): Promise<Module> {
  const [outcome] = await stores.modules.writeModules([putModule(id, options)]);
  if (!outcome) throw new Error('The store gave no outcome');
  return valueOf(outcome).module;
}

/** Every change of the feed after a cursor. */
export async function readAllChanges(stores: Stores, afterSequence = 0): Promise<readonly Change[]> {
  const page = await stores.changes.readChanges(afterSequence, 1000);
  const last = page.at(-1);
  return last ? [...page, ...(await readAllChanges(stores, last.sequence))] : page;
}

let devices = 0;

/** An id that no other test of the file has. */
export function freshId(): string {
  devices += 1;
  return `device-${devices}`;
}
