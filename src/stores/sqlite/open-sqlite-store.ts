// Opens the SQLite store: starts its threads and puts the ports on top of them.
import { LIMITS } from '../../domain/limits.ts';
import type { DeviceStore } from '../../ports/device-store.ts';
import type { QueryStore } from '../../ports/query-store.ts';
import type { Stores } from '../../ports/stores.ts';
import type { TwinStore } from '../../ports/twin-store.ts';
import { cancellable } from './cancellable.ts';
import { readDevice } from './device-operations.ts';
import { jobStore } from './job-store.ts';
import { readModule } from './module-operations.ts';
import { Threads, type ThreadsOptions } from './threads.ts';
import { toIdentityTwin } from '../sql/twin-row.ts';

/** @throws HubError ServiceUnavailable, in words for the operator, when the file cannot be used or another hub runs on it. */
export async function openSqliteStore(options: ThreadsOptions): Promise<Stores> {
  const threads = new Threads(options);
  try {
    await threads.open();
    // This is the only hub on the file.
    await threads.writer.call('freeLeases', undefined);
    await threads.writer.call('forgetEmptySessions', undefined);
  } catch (error) {
    await threads.close();
    throw error;
  }
  return {
    devices: deviceStore(threads),
    modules: {
      readModule: (id) =>
        threads.readQuickly(
          (reader) => readModule(reader, id),
          () => threads.reader.call('readModule', id),
        ),
      listModules: (deviceId) => threads.reader.call('listModules', deviceId),
      writeModules: (writes) => threads.writer.call('writeModules', writes),
    },
    twins: twinStore(threads),
    queries: queryStore(threads),
    policies: {
      listPolicies: () => threads.reader.call('listPolicies', undefined),
      savePolicies: (policies) => threads.writer.call('savePolicies', policies),
      writePolicy: (write) => threads.writer.call('writePolicy', write),
    },
    caCertificates: {
      listCaCertificates: () => threads.reader.call('listCaCertificates', undefined),
      writeCaCertificate: (write) => threads.writer.call('writeCaCertificate', write),
    },
    subscriptions: {
      readSubscriptions: (id) => threads.reader.call('readSubscriptions', id),
      saveSubscriptions: (id, subscriptions) => threads.writer.call('saveSubscriptions', { id, subscriptions }),
    },
    changes: {
      readPosition: () => threads.reader.call('readPosition', undefined),
      readChanges: (afterSequence, limit) => threads.reader.call('readChanges', { afterSequence, limit }),
      trimChanges: (before, limit) => threads.writer.call('trimChanges', { before, limit }),
    },
    audit: {
      readAudit: (query) => threads.reader.call('readAudit', query),
      trimAudit: (before, limit) => threads.writer.call('trimAudit', { before, limit }),
    },
    jobs: jobStore(threads),
    indexes: {
      listIndexes: () => threads.reader.call('listIndexes', undefined),
      // It reads all entries to count them.
      measureIndexes: (place) => threads.scanner.call('measureIndexes', place),
      createIndex: (write) => threads.writer.call('createIndex', write),
      dropIndex: (write) => threads.writer.call('dropIndex', write),
      buildIndexes: (limit) => threads.writer.call('buildIndexes', limit),
      trimIndexes: (before, limit) => threads.writer.call('trimIndexes', { before, limit }),
    },
    checkReady: () => threads.check(),
    close: () => threads.close(),
  };
}

function deviceStore(threads: Threads): DeviceStore {
  return {
    readDevice: (deviceId) =>
      threads.readQuickly(
        (reader) => readDevice(reader, deviceId),
        () => threads.reader.call('readDevice', deviceId),
      ),
    listDevices: (limit) => threads.reader.call('listDevices', limit),
    writeDevices: (writes) => threads.writer.call('writeDevices', writes),
    writeInBulk: (writes) => threads.writer.call('writeInBulk', writes),
    countDevices: () => threads.reader.call('countDevices', undefined),
    recordConnections: (events) => threads.writer.call('recordConnections', events),
    async disconnectAll(at): Promise<void> {
      const limit = LIMITS.batchItems.value;
      let marked = limit;
      while (marked === limit) marked = await threads.writer.call('disconnectSome', { at, limit });
    },
  };
}

function twinStore(threads: Threads): TwinStore {
  return {
    async readTwin(id) {
      const row = await threads.reader.call('readTwin', id);
      return row && toIdentityTwin(row);
    },
    async readTwins(ids) {
      const rows = await threads.reader.call('readTwins', ids);
      return rows.map((row) => row && toIdentityTwin(row));
    },
    applyTwinChanges: (changes) => threads.writer.call('applyTwinChanges', changes),
  };
}

function queryStore(threads: Threads): QueryStore {
  return {
    async queryTwins(query, signal) {
      const { rows, ...page } = await cancellable(signal, (cancelled) => threads.scanner.call('queryTwins', { ...query, cancelled }));
      return { twins: rows.map(toIdentityTwin), ...page };
    },
    async queryModuleTwins(query, signal) {
      const { rows, ...page } = await cancellable(signal, (cancelled) => threads.scanner.call('queryModuleTwins', { ...query, cancelled }));
      return { twins: rows.map(toIdentityTwin), ...page };
    },
    queryTwinDocuments: (from, query, signal) =>
      cancellable(signal, (cancelled) => threads.scanner.call('queryTwinDocuments', { ...query, from, cancelled })),
    queryDeviceJobs: (query, signal) =>
      cancellable(signal, (cancelled) => threads.scanner.call('queryDeviceJobs', { ...query, cancelled })),
    queryGroups: (query, signal) => cancellable(signal, (cancelled) => threads.scanner.call('queryGroups', { ...query, cancelled })),
    explainQuery: (query, signal) => cancellable(signal, (cancelled) => threads.scanner.call('explainQuery', { ...query, cancelled })),
  };
}
