// Twins on PostgreSQL: a batch locks and reads the rows of all its changes with one statement, and writes them back with one for each kind of change.
import type { AuditRecord } from '../../domain/audit/audit-entry.ts';
import type { Change } from '../../domain/change.ts';
import { type Outcome, outcomeOf } from '../../domain/errors.ts';
import { addressOf, type IdentityId, isModuleId, type ModuleId } from '../../domain/identity/identity-id.ts';
import type { Identity } from '../../domain/identity/module.ts';
import { applyTwinChange } from '../../domain/twin/apply-twin-change.ts';
import { twinNotFound } from '../../domain/twin/twin-not-found.ts';
import type { Twin, TwinChange, TwinSection } from '../../domain/twin/twin.ts';
import type { IdentityTwin, TwinChangeResult } from '../../ports/twin-store.ts';
import { DEVICE_COLUMNS, type DeviceRow } from '../sql/device-row.ts';
import { MODULE_COLUMNS, type ModuleRow } from '../sql/module-row.ts';
import type { TwinTables } from '../sql/registry-tables.ts';
import { type ReportedRow, toIdentityTwin, toReported, toTwin, type TwinRow } from '../sql/twin-row.ts';
import { writeTwin } from '../sql/write-twin.ts';
import { appendAudit } from './audit-operations.ts';
import { appendChanges } from './change-operations.ts';
import type { Reader, Writer } from './driver.ts';
import { readIdentities } from './identity-rows.ts';
import { mergeableOf, reportInPlace } from './report-in-place.ts';

/** Without what names the twin. */
export const TWIN_SECTIONS = `etag_counter, version, tags, desired, desired_metadata, desired_version, reported, reported_metadata,
  reported_version`;

type SectionsRow = Omit<TwinRow, 'device_id' | 'module_id'>;

export async function readTwin(reader: Reader, id: IdentityId): Promise<IdentityTwin | undefined> {
  return (await readTwins(reader, [id]))[0];
}

/** One statement for devices and one for modules: identity and twin are of the same moment. */
export async function readTwins(reader: Reader, ids: readonly IdentityId[]): Promise<readonly (IdentityTwin | undefined)[]> {
  const modules = ids.filter(isModuleId);
  const devices = ids.filter((id) => !isModuleId(id));
  const found = await Promise.all([
    devices.length === 0 ? [] : readDeviceTwins(reader, devices),
    modules.length === 0 ? [] : readModuleTwins(reader, modules),
  ]);
  const byAddress = new Map(found.flat().map((each) => [addressOf(each.twin), each]));
  return ids.map((id) => byAddress.get(addressOf(id)));
}

async function readDeviceTwins(reader: Reader, ids: readonly IdentityId[]): Promise<readonly IdentityTwin[]> {
  const rows = await reader.rows<DeviceRow & SectionsRow>(
    `select ${DEVICE_COLUMNS}, ${TWIN_SECTIONS}
     from devices
     join twins using (device_id)
     where device_id = any($1)
     and module_id = ''`,
    ids.map(({ deviceId }) => deviceId),
  );
  return rows.map((device) => toIdentityTwin({ identity: device, twin: device }));
}

async function readModuleTwins(reader: Reader, ids: readonly ModuleId[]): Promise<readonly IdentityTwin[]> {
  const rows = await reader.rows<ModuleRow & SectionsRow>(
    `select ${MODULE_COLUMNS}, ${TWIN_SECTIONS}
     from modules
     join twins using (device_id, module_id)
     where (device_id, module_id) in (
       select device_id, module_id
       from unnest($1::text[], $2::text[]) as wanted (device_id, module_id)
     )`,
    ids.map(({ deviceId }) => deviceId),
    ids.map(({ moduleId }) => moduleId),
  );
  return rows.map((module) => toIdentityTwin({ identity: module, twin: module }));
}

export async function applyTwinChanges(writer: Writer, changes: readonly TwinChange[]): Promise<readonly Outcome<TwinChangeResult>[]> {
  const reports = mergeableOf(changes);
  const mergeable = new Set<TwinChange>(reports);
  const others = changes.filter((change) => !mergeable.has(change));
  if (mergeable.size > 0 && changes.length > 1) lockTwins(writer, changes);
  const [opened, versions] = await Promise.all([openTwins(writer, others), reportInPlace(writer, reports)]);
  const isLeft = (change: TwinChange): boolean => mergeable.has(change) && !versions.has(addressOf(change));
  const left = changes.filter(isLeft);
  const twins = left.length === 0 ? opened : await openTwins(writer, [...others, ...left]);
  const outcomes = changes.map((change) =>
    outcomeOf((): TwinChangeResult => {
      if (change.kind !== 'report') return writeTwin(twins, change);
      const version = versions.get(addressOf(change));
      return version === undefined ? twins.report(change) : twins.noteReported(change, version);
    }),
  );
  twins.save(writer);
  return outcomes;
}

type Report = Extract<TwinChange, { kind: 'report' }>;

/** Two statements follow that each lock some of them, and would not do so in the order of ids. */
function lockTwins(writer: Writer, changes: readonly TwinChange[]): void {
  writer.send(
    `select 1
     from twins
     join unnest($1::text[], $2::text[]) as wanted (device_id, module_id) using (device_id, module_id)
     order by device_id, module_id
     for no key update of twins`,
    changes.map(({ deviceId }) => deviceId),
    changes.map(({ moduleId = '' }) => moduleId),
  );
}

/** Locks and reads what these changes need, in the order of ids, so that two batches never wait for each other. */
export async function openTwins(writer: Writer, changes: readonly TwinChange[]): Promise<TwinsInWork> {
  const whole = new Map<string, IdentityId>();
  const wanted = new Map<string, IdentityId>();
  for (const change of changes) {
    wanted.set(addressOf(change), change);
    if (change.kind !== 'report') whole.set(addressOf(change), change);
  }
  const ids = [...wanted.values()];
  if (ids.length === 0) return new TwinsInWork([], []);
  const [rows, identities] = await Promise.all([
    writer.rows<LockedRow>(
      `select device_id, module_id, whole, reported, reported_metadata, reported_version,
         case when whole then etag_counter end as etag_counter, case when whole then version end as version,
         case when whole then tags end as tags, case when whole then desired end as desired,
         case when whole then desired_metadata end as desired_metadata, case when whole then desired_version end as desired_version
       from twins
       join unnest($1::text[], $2::text[], $3::boolean[]) as wanted (device_id, module_id, whole) using (device_id, module_id)
       order by device_id, module_id
       for no key update of twins`,
      ids.map(({ deviceId }) => deviceId),
      ids.map(({ moduleId = '' }) => moduleId),
      ids.map((id) => whole.has(addressOf(id))),
    ),
    readIdentities(writer, [...whole.values()]),
  ]);
  return new TwinsInWork(rows, identities);
}

/** Where it is not `whole`, the rest of the columns is null. */
type LockedRow = ReportedRow & { readonly device_id: string; readonly module_id: string } & (
    | ({ readonly whole: true } & SectionsRow)
    | { readonly whole: false }
  );

/** The twins of a batch while its changes are applied one after the other. */
class TwinsInWork implements TwinTables {
  readonly #identities: ReadonlyMap<string, Identity>;
  readonly #reported: Map<string, TwinSection>;
  readonly #twins: Map<string, Twin>;
  readonly #reportedBy = new Map<string, IdentityId>();
  readonly #written = new Set<string>();
  readonly #changes: Omit<Change, 'sequence'>[] = [];
  readonly #audit: AuditRecord[] = [];

  constructor(rows: readonly LockedRow[], identities: readonly Identity[]) {
    this.#identities = new Map(identities.map((identity) => [addressOf(identity), identity]));
    this.#reported = new Map(rows.map((row) => [addressOf(idOf(row)), toReported(row)]));
    this.#twins = new Map(rows.flatMap((row) => (row.whole ? [[addressOf(idOf(row)), toTwin(row)] as const] : [])));
  }

  /** @throws HubError as the rule says, or DeviceNotFound; nothing has changed then. */
  report(change: Report): TwinChangeResult {
    const { deviceId, moduleId, at } = change;
    const address = addressOf(change);
    const before = this.#reported.get(address);
    if (!before) throw twinNotFound(change);
    const { twin, changed } = applyTwinChange(reportedAlone({ deviceId, moduleId }, before), change);
    this.#reported.set(address, twin.reported);
    this.#reportedBy.set(address, { deviceId, moduleId });
    this.appendChange({ at, kind: 'twinUpdated', deviceId, moduleId, sections: changed });
    return { kind: 'reported', version: twin.reported.version };
  }

  /** For a report that the database has merged. */
  noteReported({ deviceId, moduleId, at }: Report, version: number): TwinChangeResult {
    this.appendChange({ at, kind: 'twinUpdated', deviceId, moduleId, sections: ['reported'] });
    return { kind: 'reported', version };
  }

  identityTwin(id: IdentityId): IdentityTwin | undefined {
    const address = addressOf(id);
    const [identity, twin, reported] = [this.#identities.get(address), this.#twins.get(address), this.#reported.get(address)];
    return identity && twin && reported && { identity, twin: { ...twin, reported } };
  }

  updateWritten(twin: Twin): void {
    this.#twins.set(addressOf(twin), twin);
    this.#written.add(addressOf(twin));
  }

  appendChange(change: Omit<Change, 'sequence'>): void {
    this.#changes.push(change);
  }

  appendAudit(record: AuditRecord): void {
    this.#audit.push(record);
  }

  /** Sends what changed, and does not wait for it. */
  save(writer: Writer): void {
    const reported = [...this.#reportedBy].flatMap(([address, id]) => {
      const section = this.#reported.get(address);
      return section ? [{ ...keyOf(id), ...reportedColumns(section) }] : [];
    });
    saveReported(writer, reported);
    saveWritten(
      writer,
      [...this.#written].flatMap((address) => this.#twins.get(address) ?? []),
    );
    appendChanges(writer, this.#changes);
    appendAudit(writer, this.#audit);
  }
}

function idOf(row: { readonly device_id: string; readonly module_id: string }): IdentityId {
  return row.module_id === '' ? { deviceId: row.device_id } : { deviceId: row.device_id, moduleId: row.module_id };
}

/** All that the rule reads of a twin for a report. */
function reportedAlone(id: IdentityId, reported: TwinSection): Twin {
  const unread: TwinSection = { properties: {}, metadata: {}, version: 0 };
  return { ...id, etagCounter: 0, version: 0, tags: {}, desired: unread, reported };
}

function keyOf(id: IdentityId): { readonly device_id: string; readonly module_id: string } {
  return { device_id: id.deviceId, module_id: isModuleId(id) ? id.moduleId : '' };
}

function reportedColumns({ properties, metadata, version }: TwinSection): object {
  return { reported: properties, reported_metadata: metadata, reported_version: version };
}

function writtenColumns({ etagCounter, version, tags, desired }: Twin): object {
  return {
    etag_counter: etagCounter,
    version,
    tags,
    desired: desired.properties,
    desired_metadata: desired.metadata,
    desired_version: desired.version,
  };
}

function saveReported(writer: Writer, rows: readonly object[]): void {
  if (rows.length === 0) return;
  writer.send(
    `update twins
     set reported = changed.reported, reported_metadata = changed.reported_metadata, reported_version = changed.reported_version
     from jsonb_populate_recordset(null::twins, $1::jsonb) as changed
     where twins.device_id = changed.device_id
     and twins.module_id = changed.module_id`,
    JSON.stringify(rows),
  );
}

/** Sends tags and desired properties of twins that are there and locked. */
export function saveWritten(writer: Writer, twins: readonly Twin[]): void {
  if (twins.length === 0) return;
  writer.send(
    `update twins
     set etag_counter = changed.etag_counter, version = changed.version, tags = changed.tags, desired = changed.desired,
       desired_metadata = changed.desired_metadata, desired_version = changed.desired_version
     from jsonb_populate_recordset(null::twins, $1::jsonb) as changed
     where twins.device_id = changed.device_id
     and twins.module_id = changed.module_id`,
    JSON.stringify(twins.map((twin) => ({ ...keyOf(twin), ...writtenColumns(twin) }))),
  );
}

export function insertTwins(writer: Writer, twins: readonly Twin[]): void {
  if (twins.length === 0) return;
  writer.send(
    `insert into twins (device_id, module_id, ${TWIN_SECTIONS})
     select device_id, module_id, ${TWIN_SECTIONS}
     from jsonb_populate_recordset(null::twins, $1::jsonb)`,
    JSON.stringify(twins.map((twin) => ({ ...keyOf(twin), ...writtenColumns(twin), ...reportedColumns(twin.reported) }))),
  );
}
