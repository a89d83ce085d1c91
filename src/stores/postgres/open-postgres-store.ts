// Opens the PostgreSQL store: brings its schema up to date and puts the ports on top of its connections.
import { addressOf } from '../../domain/identity/identity-id.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { Clock } from '../../ports/clock.ts';
import type { DeviceStore } from '../../ports/device-store.ts';
import type { Stores } from '../../ports/stores.ts';
import { readAudit, trimAudit } from './audit-operations.ts';
import { listCaCertificates, writeCaCertificate } from './ca-certificate-operations.ts';
import { readChanges, readPosition, trimChanges } from './change-operations.ts';
import { disconnectSome, recordConnections } from './connection-operations.ts';
import { countDevices, listDevices, readDevice, readModule } from './device-operations.ts';
import { Database, type OnSilence } from './database.ts';
import type { PostgresPlace, Writer } from './driver.ts';
import { readModulesOf } from './identity-rows.ts';
import { trimMarks } from './commit-marks.ts';
import { jobStore } from './job-store.ts';
import { Lane, Lanes } from './lane.ts';
import { migrate } from './migrate.ts';
import { listPolicies, savePolicies, writePolicy } from './policy-operations.ts';
import { queryStore } from './query-store.ts';
import { writeDevices, writeInBulk, writeModules } from './registry-operations.ts';
import { readSubscriptions, saveSubscriptions } from './subscription-operations.ts';
import { buildIndexes, createIndex, dropIndex, listIndexes, measureIndexes, trimIndexes } from './twin-index-operations.ts';
import { applyTwinChanges, readTwin, readTwins } from './twin-operations.ts';

/**
 * @param clock that of the machine. @param onSilence told when a job has waited for half a minute or longer to learn what became of its write, with the reason; it goes on waiting.
 * @throws HubError ServiceUnavailable, in words for the operator, when the database cannot be used.
 */
export async function openPostgresStore(place: PostgresPlace, clock: Clock, onSilence?: OnSilence): Promise<Stores> {
  const database = new Database(place);
  try {
    await migrate(database);
    database.markCommits(clock, onSilence);
    await database.transaction(trimMarks);
  } catch (error) {
    await database.close();
    throw error;
  }
  const registry = new Lane();
  // A device's later report comes after its earlier one, while a batch for other devices may be written meanwhile.
  const twins = new Lanes();
  // Connects begin and forget sessions, SUBSCRIBE changes what is kept of them.
  const sessions = new Lanes();
  // Few and seldom: of two at the same time the earlier call is the earlier write.
  const settings = new Lane();
  return {
    devices: deviceStore(database, { registry, sessions }),
    modules: {
      readModule: (id) => readModule(database, id),
      listModules: (deviceId) => readModulesOf(database, [deviceId]),
      writeModules: (writes) => database.transaction((writer) => writeModules(writer, writes), registry),
    },
    twins: {
      readTwin: (id) => readTwin(database, id),
      readTwins: (ids) => readTwins(database, ids),
      applyTwinChanges: (changes) =>
        database.transaction((writer) => applyTwinChanges(writer, changes), twins.of(...changes.map(addressOf))),
    },
    queries: queryStore(database),
    jobs: jobStore(database),
    indexes: {
      listIndexes: () => listIndexes(database),
      measureIndexes: (index) => database.read((reader) => measureIndexes(reader, index)),
      createIndex: (write) => database.transaction((writer) => createIndex(writer, write)),
      dropIndex: (write) => database.transaction((writer) => dropIndex(writer, write)),
      buildIndexes: (limit) => buildOn(database, limit),
      trimIndexes: (before) => database.transaction((writer) => trimIndexes(writer, before)),
    },
    policies: {
      listPolicies: () => listPolicies(database),
      savePolicies: (policies) => database.transaction((writer) => savePolicies(writer, policies), settings),
      writePolicy: (write) => database.transaction((writer) => writePolicy(writer, write), settings),
    },
    caCertificates: {
      listCaCertificates: () => listCaCertificates(database),
      writeCaCertificate: (write) => database.transaction((writer) => writeCaCertificate(writer, write), settings),
    },
    subscriptions: {
      readSubscriptions: (id) => readSubscriptions(database, id),
      saveSubscriptions: (id, kept) =>
        database.transaction((writer) => saveSubscriptions(writer, { id, subscriptions: kept }), sessions.of(addressOf(id))),
    },
    changes: {
      readPosition: () => readPosition(database),
      readChanges: (afterSequence, limit) => readChanges(database, afterSequence, limit),
      trimChanges: (before, limit) => database.transaction((writer) => trimChanges(writer, { before, limit })),
    },
    audit: {
      readAudit: (query) => database.read((reader) => readAudit(reader, query)),
      trimAudit: (before, limit) => database.transaction((writer) => trimAudit(writer, { before, limit })),
    },
    checkReady: () => database.transaction(probe),
    close: () => database.close(),
  };
}

/** They are committed in order, whosever they are; no address is empty. */
const CONNECTS = '';

type Order = { readonly registry: Lane; readonly sessions: Lanes };

function deviceStore(database: Database, { registry, sessions }: Order): DeviceStore {
  return {
    readDevice: (deviceId) => readDevice(database, deviceId),
    listDevices: (limit) => listDevices(database, limit),
    writeDevices: (writes) => database.transaction((writer) => writeDevices(writer, writes), registry),
    writeInBulk: (writes) => database.transaction((writer) => writeInBulk(writer, writes), registry),
    countDevices: () => countDevices(database),
    recordConnections: (events) =>
      database.transaction((writer) => recordConnections(writer, events), sessions.of(CONNECTS, ...events.map(addressOf))),
    async disconnectAll(at): Promise<void> {
      const limit = LIMITS.batchItems.value;
      let marked = limit;
      while (marked === limit) marked = await database.transaction((writer) => disconnectSome(writer, { at, limit }));
    },
  };
}

/** Rewrites the schema version with itself: that takes a server which commits, and changes nothing. */
async function probe(writer: Writer): Promise<void> {
  await writer.run('update schema_version set version = version');
}

async function buildOn(database: Database, limit: number): Promise<boolean> {
  const { isLeft, built } = await database.transaction((writer) => buildIndexes(writer, limit));
  // Until then searches look up each entry twice. Nobody waits for it, and where it fails PostgreSQL does it by itself after a minute or more.
  if (built !== undefined) database.rowsOnce(`vacuum ${built}`, []).catch(() => undefined);
  return isLeft;
}
