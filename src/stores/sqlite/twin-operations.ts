// Twins on SQLite. Sections are converted to and from JSONB only where a change touches them.
import { twinAudit } from '../../domain/audit/audit-records.ts';
import { type Outcome, outcomeOf } from '../../domain/errors.ts';
import { deviceNotFound } from '../../domain/identity/device-write.ts';
import { applyTwinChange } from '../../domain/twin/apply-twin-change.ts';
import type { Twin, TwinChange, TwinSection } from '../../domain/twin/twin.ts';
import type { TwinChangeResult } from '../../ports/twin-store.ts';
import { appendAudit } from './audit-operations.ts';
import { appendChange } from './change-operations.ts';
import { type DeviceRow, readDeviceRow, toDevice } from './device-row.ts';
import type { Reader, Writer } from './driver.ts';
import { REPORTED_COLUMNS, type ReportedRow, toReported, toTwin, TWIN_COLUMNS, type TwinRow } from './twin-row.ts';

export type DeviceTwinRow = { readonly device: DeviceRow; readonly twin: TwinRow };

/** Two statements: the driver's build of SQLite compiles a join anew for each value, which costs more than the reading. */
export function readTwin(reader: Reader, deviceId: string): DeviceTwinRow | undefined {
  const device = readDeviceRow(reader, deviceId);
  const twin = reader.row<TwinRow>(
    `select ${TWIN_COLUMNS}
     from twins
     where device_id = ?`,
    deviceId,
  );
  return device && twin && { device, twin };
}

export function insertTwin(writer: Writer, twin: Twin): void {
  writer.run(
    `insert into twins (
       device_id, etag_counter, version, tags, desired, desired_metadata, desired_version, reported, reported_metadata, reported_version
     )
     values (?, ?, ?, jsonb(?), jsonb(?), jsonb(?), ?, jsonb(?), jsonb(?), ?)`,
    twin.deviceId,
    twin.etagCounter,
    twin.version,
    JSON.stringify(twin.tags),
    ...sectionValues(twin.desired),
    ...sectionValues(twin.reported),
  );
}

export function applyTwinChanges(writer: Writer, changes: readonly TwinChange[]): readonly Outcome<TwinChangeResult>[] {
  return changes.map((change) => outcomeOf(() => applyChange(writer, change)));
}

function applyChange(writer: Writer, change: TwinChange): TwinChangeResult {
  return change.kind === 'report' ? report(writer, change) : writeTwin(writer, change);
}

function report(writer: Writer, change: Extract<TwinChange, { kind: 'report' }>): TwinChangeResult {
  const { deviceId, at } = change;
  const row = writer.row<ReportedRow>(
    `select ${REPORTED_COLUMNS}
     from twins
     where device_id = ?`,
    deviceId,
  );
  if (!row) throw deviceNotFound(deviceId);
  const { twin, changed } = applyTwinChange(reportedAlone(deviceId, toReported(row)), change);
  writer.run(
    `update twins
     set reported = jsonb(?), reported_metadata = jsonb(?), reported_version = ?
     where device_id = ?`,
    ...sectionValues(twin.reported),
    deviceId,
  );
  appendChange(writer, { at, kind: 'twinUpdated', deviceId, sections: changed });
  return { kind: 'reported', version: twin.reported.version };
}

/** All that the rule reads of a twin for a report. The rest is neither read from the database nor written back. */
function reportedAlone(deviceId: string, reported: TwinSection): Twin {
  const unread: TwinSection = { properties: {}, metadata: {}, version: 0 };
  return { deviceId, etagCounter: 0, version: 0, tags: {}, desired: unread, reported };
}

type ServiceWrite = Extract<TwinChange, { kind: 'patch' | 'replace' }>;

/** Belongs in a transaction. @throws HubError as the rule says, or DeviceNotFound; nothing has changed then. */
export function writeTwin(writer: Writer, change: ServiceWrite): Extract<TwinChangeResult, { kind: 'written' }> {
  const { deviceId, at } = change;
  const row = readTwin(writer, deviceId);
  if (!row) throw deviceNotFound(deviceId);
  const before = toTwin(row.twin);
  const { twin, changed, notice } = applyTwinChange(before, change);
  if (changed.length > 0) {
    updateWritten(writer, twin);
    appendChange(writer, { at, kind: 'twinUpdated', deviceId, sections: changed });
    if (change.by) appendAudit(writer, twinAudit({ write: change, by: change.by, before, after: twin, changed }));
  }
  return { kind: 'written', deviceTwin: { device: toDevice(row.device), twin }, notice };
}

function updateWritten(writer: Writer, twin: Twin): void {
  writer.run(
    `update twins
     set etag_counter = ?, version = ?, tags = jsonb(?), desired = jsonb(?), desired_metadata = jsonb(?), desired_version = ?
     where device_id = ?`,
    twin.etagCounter,
    twin.version,
    JSON.stringify(twin.tags),
    ...sectionValues(twin.desired),
    twin.deviceId,
  );
}

/** In the order in which every statement names the columns of a section. */
function sectionValues(section: TwinSection): readonly [properties: string, metadata: string, version: number] {
  return [JSON.stringify(section.properties), JSON.stringify(section.metadata), section.version];
}
