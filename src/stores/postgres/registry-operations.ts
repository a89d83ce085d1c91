// Writes of the registry on PostgreSQL: the rows of a batch are locked and read, the rules run in memory, and what changed is written back.
import { type Outcome, outcomeOf } from '../../domain/errors.ts';
import type { BulkEffect, BulkWrite } from '../../domain/identity/bulk-write.ts';
import type { DeviceWrite, DeviceWriteEffect } from '../../domain/identity/device-write.ts';
import { addressOf, type IdentityId } from '../../domain/identity/identity-id.ts';
import type { Module } from '../../domain/identity/module.ts';
import type { ModuleWrite, ModuleWriteEffect } from '../../domain/identity/module-write.ts';
import type { RegistryTables } from '../sql/registry-tables.ts';
import { toTwin, type TwinRow } from '../sql/twin-row.ts';
import { writeBulkItem } from '../sql/write-bulk-item.ts';
import { writeDevice } from '../sql/write-device.ts';
import { writeModule } from '../sql/write-module.ts';
import { appendAudit } from './audit-operations.ts';
import { appendChanges } from './change-operations.ts';
import type { Writer } from './driver.ts';
import {
  deleteDevices,
  deleteModules,
  insertDevices,
  insertModules,
  lockDevices,
  readModulesOf,
  updateDevices,
  updateModules,
} from './identity-rows.ts';
import { type LoadedRows, NotLoaded, nothingWanted, RegistryRows, type RegistrySave, type WantedRows } from './registry-rows.ts';
import { insertTwins, saveWritten, TWIN_SECTIONS } from './twin-operations.ts';

export function writeDevices(writer: Writer, writes: readonly DeviceWrite[]): Promise<readonly Outcome<DeviceWriteEffect>[]> {
  return writeAll(writer, writes, { want: wantDevice, apply: writeDevice });
}

export function writeModules(writer: Writer, writes: readonly ModuleWrite[]): Promise<readonly Outcome<ModuleWriteEffect>[]> {
  return writeAll(writer, writes, { want: wantModule, apply: writeModule });
}

export function writeInBulk(writer: Writer, writes: readonly BulkWrite[]): Promise<readonly Outcome<BulkEffect>[]> {
  return writeAll(writer, writes, { want: wantItem, apply: writeBulkItem });
}

/** `want`: says what the rule surely asks for. What it asks for besides is read when it does. */
type Rule<Write, Effect> = {
  readonly want: (wanted: WantedRows, write: Write) => void;
  readonly apply: (tables: RegistryTables, write: Write) => Effect;
};

async function writeAll<Write, Effect>(
  writer: Writer,
  writes: readonly Write[],
  { want, apply }: Rule<Write, Effect>,
): Promise<readonly Outcome<Effect>[]> {
  const loaded: LoadedRows = { devices: new Map(), modulesOf: new Map(), twins: new Map() };
  let missing = nothingWanted();
  for (const write of writes) want(missing, write);
  for (;;) {
    await load(writer, missing, loaded);
    missing = nothingWanted();
    const rows = new RegistryRows(loaded, missing);
    const outcomes = writes.flatMap((write) => attempt(() => apply(rows, write)) ?? []);
    if (outcomes.length === writes.length) {
      save(writer, rows.save());
      return outcomes;
    }
  }
}

/** `undefined` when the rule asked for a row that is not loaded. */
function attempt<Value>(rule: () => Value): Outcome<Value> | undefined {
  try {
    return outcomeOf(rule);
  } catch (error) {
    if (error instanceof NotLoaded) return undefined;
    throw error;
  }
}

function wantDevice(wanted: WantedRows, write: DeviceWrite): void {
  wanted.devices.add(write.kind === 'put' ? write.spec.deviceId : write.deviceId);
}

function wantModule(wanted: WantedRows, write: ModuleWrite): void {
  const { deviceId } = write.kind === 'put' ? write.spec : write.id;
  wanted.devices.add(deviceId);
  wanted.modulesOf.add(deviceId);
}

function wantItem(wanted: WantedRows, write: BulkWrite): void {
  if (write.kind === 'device') wantDevice(wanted, write.device);
  if (write.kind === 'module') wantModule(wanted, write.module);
  if (!write.twin) return;
  const { deviceId, moduleId } = write.twin;
  if (moduleId === undefined) wanted.devices.add(deviceId);
  else wanted.modulesOf.add(deviceId);
  wanted.twins.set(addressOf(write.twin), { deviceId, moduleId });
}

/** Locks devices first and twins last, as every other write does. */
async function load(writer: Writer, { devices, modulesOf, twins }: WantedRows, loaded: LoadedRows): Promise<void> {
  const [foundDevices, foundModules, foundTwins] = await Promise.all([
    lockDevices(writer, [...devices]),
    readModulesOf(writer, [...modulesOf]),
    lockTwins(writer, [...twins.values()]),
  ]);
  for (const deviceId of devices) loaded.devices.set(deviceId, undefined);
  for (const device of foundDevices) loaded.devices.set(device.deviceId, device);
  const byDevice = Map.groupBy(foundModules, ({ deviceId }) => deviceId);
  for (const deviceId of modulesOf) loaded.modulesOf.set(deviceId, byId(byDevice.get(deviceId) ?? []));
  for (const address of twins.keys()) loaded.twins.set(address, undefined);
  for (const row of foundTwins) {
    const twin = toTwin(row);
    loaded.twins.set(addressOf(twin), twin);
  }
}

function byId(modules: readonly Module[]): ReadonlyMap<string, Module> {
  return new Map(modules.map((module) => [module.moduleId, module]));
}

async function lockTwins(writer: Writer, ids: readonly IdentityId[]): Promise<readonly TwinRow[]> {
  if (ids.length === 0) return [];
  return await writer.rows<TwinRow>(
    `select device_id, module_id, ${TWIN_SECTIONS}
     from twins
     join unnest($1::text[], $2::text[]) as wanted (device_id, module_id) using (device_id, module_id)
     order by device_id, module_id
     for no key update of twins`,
    ids.map(({ deviceId }) => deviceId),
    ids.map(({ moduleId = '' }) => moduleId),
  );
}

/** Sends what changed, and does not wait for it. */
function save(writer: Writer, rows: RegistrySave): void {
  deleteDevices(writer, rows.deletedDevices);
  deleteModules(writer, rows.deletedModules);
  insertDevices(writer, rows.insertedDevices);
  updateDevices(writer, rows.updatedDevices);
  insertModules(writer, rows.insertedModules);
  updateModules(writer, rows.updatedModules);
  insertTwins(writer, rows.insertedTwins);
  saveWritten(writer, rows.updatedTwins);
  appendChanges(writer, rows.changes);
  appendAudit(writer, rows.audit);
}
