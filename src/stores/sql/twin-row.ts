// A row of the table of twins, alone and with that of its identity, and what they stand for.
import type { IdentityId } from '../../domain/identity/identity-id.ts';
import { type JsonObject, parseOwnJson } from '../../domain/json.ts';
import type { Identity } from '../../domain/identity/module.ts';
import type { Twin, TwinSection } from '../../domain/twin/twin.ts';
import { serviceTwinJson } from '../../domain/twin/twin-document.ts';
import type { IdentityTwin } from '../../ports/twin-store.ts';
import { type DeviceRow, toDevice } from './device-row.ts';
import { type ModuleRow, toModule } from './module-row.ts';

/** Sections are JSON text. */
export type ReportedRow = { readonly reported: string; readonly reported_metadata: string; readonly reported_version: number };

export type TwinRow = ReportedRow & {
  readonly device_id: string;
  /** Empty for the twin of the device itself. */
  readonly module_id: string;
  readonly etag_counter: number;
  readonly version: number;
  readonly tags: string;
  readonly desired: string;
  readonly desired_metadata: string;
  readonly desired_version: number;
};

/** Without what names the twin. */
export type TwinSectionsRow = Omit<TwinRow, 'device_id' | 'module_id'>;

/** As it leaves a database. Both may be one row, which has the columns of both. */
export type IdentityTwinRow = { readonly identity: DeviceRow | ModuleRow; readonly twin: TwinSectionsRow };

export function toIdentityTwin({ identity, twin }: IdentityTwinRow): IdentityTwin {
  const { device_id } = identity;
  const id = idOf({ device_id, module_id: 'module_id' in identity ? identity.module_id : '' });
  return { identity: toIdentity(identity), twin: { ...id, ...toSections(twin) } };
}

function toIdentity(row: DeviceRow | ModuleRow): Identity {
  return 'module_id' in row ? toModule(row) : toDevice(row);
}

/** The document of the twin, as JSON. */
export function toTwinJson({ identity, twin }: IdentityTwinRow): string {
  return serviceTwinJson(toIdentity(identity), {
    etagCounter: twin.etag_counter,
    version: twin.version,
    tags: twin.tags,
    desired: { properties: twin.desired, metadata: twin.desired_metadata, version: twin.desired_version },
    reported: { properties: twin.reported, metadata: twin.reported_metadata, version: twin.reported_version },
  });
}

export function toTwin(row: TwinRow): Twin {
  return { ...idOf(row), ...toSections(row) };
}

function toSections(row: TwinSectionsRow): Omit<Twin, 'deviceId' | 'moduleId'> {
  return {
    etagCounter: row.etag_counter,
    version: row.version,
    tags: parseObject(row.tags),
    desired: { properties: parseObject(row.desired), metadata: parseObject(row.desired_metadata), version: row.desired_version },
    reported: toReported(row),
  };
}

function idOf({ device_id: deviceId, module_id: moduleId }: Pick<TwinRow, 'device_id' | 'module_id'>): IdentityId {
  return moduleId === '' ? { deviceId } : { deviceId, moduleId };
}

export function toReported(row: ReportedRow): TwinSection {
  return { properties: parseObject(row.reported), metadata: parseObject(row.reported_metadata), version: row.reported_version };
}

function parseObject(text: string): JsonObject {
  // The columns of sections hold nothing but objects.
  return parseOwnJson(text) as JsonObject;
}
