// The port of jobs on PostgreSQL.
import { LIMITS } from '../../domain/limits.ts';
import type { JobStore } from '../../ports/job-store.ts';
import { claimCalls, claimWaiting, endUnsent, failInterrupted, patchTwins, recordOutcomes } from './device-job-operations.ts';
import type { Database } from './database.ts';
import { expandJob } from './job-expansion.ts';
import { createJob, leaseJobs, listJobs, moveJob, readJob, removeJobs, removeRecords } from './job-operations.ts';

/** Each call is one transaction, and several hubs may call at the same time; `trimJobs` is a chain of short ones. */
export function jobStore(database: Database): JobStore {
  return {
    createJob: (job, by) => database.transaction((writer) => createJob(writer, job, by)),
    readJob: (jobId) => readJob(database, jobId),
    listJobs: (filter) => listJobs(database, filter),
    async leaseJobs(lease) {
      // Where this process is killed, the next hub need not wait for the end of its leases.
      await database.hold(lease.owner);
      return database.transaction((writer) => leaseJobs(writer, lease));
    },
    moveJob: (jobId, move) => database.transaction((writer) => moveJob(writer, jobId, move)),
    expandJob: (expansion) => database.transaction((writer) => expandJob(writer, expansion)),
    // Devices that are taken and not known to be would be called by nobody until the next start of a hub.
    claimCalls: (claim) => database.transactionUntilKnown((writer) => claimCalls(writer, claim)),
    claimWaiting: (claim) => database.transactionUntilKnown((writer) => claimWaiting(writer, claim)),
    recordOutcomes: (outcomes, at) => database.transaction((writer) => recordOutcomes(writer, outcomes, at)),
    // And nobody would tell devices of desired properties that are written.
    patchTwins: (patch) => database.transactionUntilKnown((writer) => patchTwins(writer, patch)),
    endUnsent: (ending) => database.transaction((writer) => endUnsent(writer, ending)),
    failInterrupted: (ending) => database.transaction((writer) => failInterrupted(writer, ending)),
    async trimJobs(before, limit) {
      const removed = await database.transaction((writer) => removeJobs(writer, { before, limit }));
      let left = true;
      while (left) left = await database.transaction((writer) => removeRecords(writer, LIMITS.jobTrimRecords.value));
      return removed;
    },
  };
}
