// Twins on SQLite. Sections are converted to and from JSONB only where a change touches them.
import { type Outcome, outcomeOf } from '../../domain/errors.ts';
import { type IdentityId, isModuleId } from '../../domain/identity/identity-id.ts';
import { applyTwinChange } from '../../domain/twin/apply-twin-change.ts';
import { twinNotFound } from '../../domain/twin/twin-not-found.ts';
import type { Twin, TwinChange, TwinSection } from '../../domain/twin/twin.ts';
import type { TwinChangeResult } from '../../ports/twin-store.ts';
import { appendAudit } from './audit-operations.ts';
import { appendChange } from './change-operations.ts';
import type { Reader, Writer } from './driver.ts';
import type { TwinTables } from '../sql/registry-tables.ts';
import { type IdentityTwinRow, type ReportedRow, toIdentityTwin, toReported, type TwinRow } from '../sql/twin-row.ts';
import { type ServiceWrite, writeTwin as writeTwinTo } from '../sql/write-twin.ts';
import { reportInPlace } from './patch-in-place.ts';
import { readDeviceRow, readModuleRow, REPORTED_COLUMNS, TWIN_COLUMNS } from './stored-rows.ts';

const READ_TWIN = `
  select ${TWIN_COLUMNS}
  from twins
  where device_id = ?
  and module_id = ?`;

/** Two statements: the driver's build of SQLite compiles a join anew for each value, which costs more than the reading. */
export function readTwin(reader: Reader, id: IdentityId): IdentityTwinRow | undefined {
  const identity = isModuleId(id) ? readModuleRow(reader, id) : readDeviceRow(reader, id.deviceId);
  const twin = reader.row<TwinRow>(READ_TWIN, ...keyOf(id));
  return identity && twin && { identity, twin };
}

export function readTwins(reader: Reader, ids: readonly IdentityId[]): readonly (IdentityTwinRow | undefined)[] {
  return ids.map((id) => readTwin(reader, id));
}

/** What names a twin in its table. */
function keyOf({ deviceId, moduleId = '' }: IdentityId): readonly [deviceId: string, moduleId: string] {
  return [deviceId, moduleId];
}

export function insertTwin(writer: Writer, twin: Twin): void {
  writer.run(
    `insert into twins (
       device_id, module_id, etag_counter, version, tags, desired, desired_metadata, desired_version, reported, reported_metadata,
       reported_version
     )
     values (?, ?, ?, ?, jsonb(?), jsonb(?), jsonb(?), ?, jsonb(?), jsonb(?), ?)`,
    ...keyOf(twin),
    twin.etagCounter,
    twin.version,
    JSON.stringify(twin.tags),
    ...sectionValues(twin.desired),
    ...sectionValues(twin.reported),
  );
}

export function deleteTwin(writer: Writer, id: IdentityId): void {
  writer.run(
    `delete from twins
     where device_id = ?
     and module_id = ?`,
    ...keyOf(id),
  );
}

export function applyTwinChanges(writer: Writer, changes: readonly TwinChange[]): readonly Outcome<TwinChangeResult>[] {
  return changes.map((change) => outcomeOf(() => applyChange(writer, change)));
}

function applyChange(writer: Writer, change: TwinChange): TwinChangeResult {
  return change.kind === 'report' ? report(writer, change) : writeTwin(writer, change);
}

type Report = Extract<TwinChange, { kind: 'report' }>;

function report(writer: Writer, change: Report): TwinChangeResult {
  const { at, deviceId, moduleId } = change;
  const version = reportInPlace(writer, change) ?? reportByRule(writer, change);
  appendChange(writer, { at, kind: 'twinUpdated', deviceId, moduleId, sections: ['reported'] });
  return { kind: 'reported', version };
}

const READ_REPORTED = `
  select ${REPORTED_COLUMNS}
  from twins
  where device_id = ?
  and module_id = ?`;

/** @returns the new version of the reported properties. */
function reportByRule(writer: Writer, change: Report): number {
  const { deviceId, moduleId } = change;
  const row = writer.row<ReportedRow>(READ_REPORTED, ...keyOf(change));
  if (!row) throw twinNotFound(change);
  const { twin } = applyTwinChange(reportedAlone({ deviceId, moduleId }, toReported(row)), change);
  writer.run(
    `update twins
     set reported = jsonb(?), reported_metadata = jsonb(?), reported_version = ?
     where device_id = ?
     and module_id = ?`,
    ...sectionValues(twin.reported),
    ...keyOf(change),
  );
  return twin.reported.version;
}

/** All that the rule reads of a twin for a report. The rest is neither read from the database nor written back. */
function reportedAlone(id: IdentityId, reported: TwinSection): Twin {
  const unread: TwinSection = { properties: {}, metadata: {}, version: 0 };
  return { ...id, etagCounter: 0, version: 0, tags: {}, desired: unread, reported };
}

/** Belongs in a transaction. @throws HubError as the rule says, or DeviceNotFound, also for a module; nothing has changed then. */
export function writeTwin(writer: Writer, change: ServiceWrite): Extract<TwinChangeResult, { kind: 'written' }> {
  return writeTwinTo(twinTables(writer), change);
}

/** What the rules ask of the tables of twins. */
export function twinTables(writer: Writer): TwinTables {
  return {
    identityTwin(id) {
      const row = readTwin(writer, id);
      return row && toIdentityTwin(row);
    },
    updateWritten: (twin) => updateWritten(writer, twin),
    appendChange: (change) => appendChange(writer, change),
    appendAudit: (record) => appendAudit(writer, record),
  };
}

function updateWritten(writer: Writer, twin: Twin): void {
  writer.run(
    `update twins
     set etag_counter = ?, version = ?, tags = jsonb(?), desired = jsonb(?), desired_metadata = jsonb(?), desired_version = ?
     where device_id = ?
     and module_id = ?`,
    twin.etagCounter,
    twin.version,
    JSON.stringify(twin.tags),
    ...sectionValues(twin.desired),
    ...keyOf(twin),
  );
}

/** In the order in which every statement names the columns of a section. */
function sectionValues(section: TwinSection): readonly [properties: string, metadata: string, version: number] {
  return [JSON.stringify(section.properties), JSON.stringify(section.metadata), section.version];
}
