// The port of jobs on top of the threads of a SQLite store.
import { LIMITS } from '../../domain/limits.ts';
import type { JobStore } from '../../ports/job-store.ts';
import type { Threads } from './threads.ts';

export function jobStore(threads: Threads): JobStore {
  const { writer } = threads;
  return {
    createJob: (job, by) => writer.call('createJob', { job, by }),
    readJob: (jobId) => threads.reader.call('readJob', jobId),
    listJobs: (filter) => threads.reader.call('listJobs', filter),
    leaseJobs: (lease) => writer.call('leaseJobs', lease),
    moveJob: (jobId, move) => writer.call('moveJob', { jobId, move }),
    expandJob: (expansion) => writer.call('expandJob', expansion),
    claimCalls: (claim) => writer.call('claimCalls', claim),
    claimWaiting: (claim) => writer.call('claimWaiting', claim),
    recordOutcomes: (outcomes, at) => writer.call('recordOutcomes', { outcomes, at }),
    patchTwins: (patch) => writer.call('patchTwins', patch),
    endUnsent: (ending) => writer.call('endUnsent', ending),
    failInterrupted: (ending) => writer.call('failInterrupted', ending),
    async trimJobs(before, limit) {
      const removed = await writer.call('removeJobs', { before, limit });
      let left = true;
      while (left) left = await writer.call('removeRecords', LIMITS.jobTrimRecords.value);
      return removed;
    },
  };
}
