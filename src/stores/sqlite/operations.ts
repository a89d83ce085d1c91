// Every operation that a store thread runs, by name. Each takes one connection and one argument that can cross threads.
import { readAudit, trimAudit } from './audit-operations.ts';
import { listCaCertificates, writeCaCertificate } from './ca-certificate-operations.ts';
import { readChanges, readPosition, trimChanges } from './change-operations.ts';
import { disconnectSome, forgetsNothing, recordConnections } from './connection-operations.ts';
import { countDevices, listDevices, readDevice } from './device-operations.ts';
import { claimCalls, claimWaiting, endUnsent, failInterrupted, patchTwins, recordOutcomes } from './device-job-operations.ts';
import { queryDeviceJobs } from './device-job-query.ts';
import { expandJob } from './job-expansion.ts';
import { createJob, freeLeases, leaseJobs, listJobs, moveJob, readJob, removeJobs, removeRecords } from './job-operations.ts';
import { listModules, readModule } from './module-operations.ts';
import { listPolicies, savePolicies, writePolicy } from './policy-operations.ts';
import { probeRead, probeWrite } from './probe-operations.ts';
import type { IdentityId } from '../../domain/identity/identity-id.ts';
import type { Reader } from './driver.ts';
import { explainQuery } from './query-explain.ts';
import { queryGroups } from './query-groups.ts';
import { queryModuleTwins, queryTwinDocuments, queryTwins } from './query-operations.ts';
import { writeDevices, writeInBulk, writeModules } from './registry-operations.ts';
import { beginsSession, forgetEmptySessions, readSubscriptions, saveSubscriptions } from './subscription-operations.ts';
import { buildIndexes, createIndex, dropIndex, listIndexes, measureIndexes, trimIndexes } from './twin-index-operations.ts';
import { applyTwinChanges, readTwin, readTwins } from './twin-operations.ts';

/** Run on a reader, alone or beside a write under way. */
export const READ_OPERATIONS = {
  readDevice,
  listDevices,
  countDevices,
  readModule,
  listModules,
  readTwin,
  readTwins,
  queryTwins,
  queryModuleTwins,
  queryTwinDocuments,
  listPolicies,
  listCaCertificates,
  readSubscriptions,
  readPosition,
  readChanges,
  readAudit,
  readJob,
  listJobs,
  queryDeviceJobs,
  queryGroups,
  listIndexes,
  measureIndexes,
  explainQuery,
  probeRead,
};

/** Run on the writer, each in a transaction. */
export const WRITE_OPERATIONS = {
  writeDevices,
  writeModules,
  writeInBulk,
  recordConnections,
  disconnectSome,
  applyTwinChanges,
  savePolicies,
  writePolicy,
  writeCaCertificate,
  saveSubscriptions,
  forgetEmptySessions,
  trimChanges,
  trimAudit,
  createJob,
  leaseJobs,
  freeLeases,
  moveJob,
  expandJob,
  claimCalls,
  claimWaiting,
  recordOutcomes,
  patchTwins,
  endUnsent,
  failInterrupted,
  removeJobs,
  removeRecords,
  createIndex,
  dropIndex,
  buildIndexes,
  trimIndexes,
  probeWrite,
};

/**
 * Run in a transaction that a loss of power may take back, where the function says so of its argument. Presence: a loss of power ends every
 * connection too, and a start begins without any.
 */
export const RELAXED_OPERATIONS: Readonly<Record<string, ((reader: Reader, argument: never) => boolean) | undefined>> = {
  recordConnections: forgetsNothing,
  disconnectSome: () => true,
  saveSubscriptions: (reader: Reader, { id }: { readonly id: IdentityId }) => beginsSession(reader, id),
};
