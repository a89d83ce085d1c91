// Limits of jobs.
import { KIB, type Limit } from './limit.ts';

export const JOB_LIMITS = {
  jobIdChars: { value: 64, unit: 'characters', meaning: 'longest job id', source: 'behaviour 6.1' },
  jobBodyBytes: {
    value: 512 * KIB,
    unit: 'bytes',
    meaning: 'body of a job PUT',
    source: 'twinhub: as for a twin, with a condition',
  },
  jobChunkDevices: {
    value: 2000,
    unit: 'devices',
    meaning: 'devices that a job selects, or ends without a call, between two group commits',
    source: 'twinhub: a write of a device waits no longer than for one chunk',
  },
  jobChunkDevicesBesideWrites: {
    value: 200,
    unit: 'devices',
    meaning: 'devices that a job selects between two group commits while others write too',
    source: 'twinhub: such a write waits some milliseconds for the job',
  },
  jobChunkCharacters: {
    value: 100_000,
    unit: 'characters',
    meaning: 'devices of a chunk times characters of the condition that selects them: bounds the time of a chunk',
    source: 'twinhub: about 50 ms',
  },
  jobPatchDevices: {
    value: 500,
    unit: 'devices',
    meaning: 'twins that a job changes between two group commits while nobody else writes',
    source: 'twinhub',
  },
  jobPatchDevicesBesideWrites: {
    value: 100,
    unit: 'devices',
    meaning: 'twins that a job changes between two group commits while others write too',
    source: 'twinhub: such a write waits some milliseconds for the job',
  },
  jobRestMs: {
    value: 1000,
    unit: 'milliseconds',
    meaning: 'longest pause of a job that changes twins after each group commit while others write too; else it is as long as that took',
    source: 'twinhub: half of the time is left to the others',
  },
  jobPatchCharacters: {
    value: 64_000,
    unit: 'characters',
    meaning: 'twins that a job changes between two group commits times characters of the patch: bounds the time of a chunk',
    source: 'twinhub: about 50 ms',
  },
  jobCallsInFlight: {
    value: 1000,
    unit: 'calls',
    meaning: 'direct methods that all jobs together have under way',
    source: 'twinhub: bounds the memory of jobs of any size',
  },
  jobClaimDevices: {
    value: 100,
    unit: 'devices',
    meaning: 'records that a job marks as running before it calls their devices',
    source: 'twinhub: as many outcomes may be unknown, without need, after a crash',
  },
  jobsAtOnce: {
    value: 1000,
    unit: 'jobs',
    meaning: 'jobs that one hub runs at the same time; others wait in the order of their creation',
    source: 'twinhub',
  },
  jobLeaseSeconds: {
    value: 60,
    unit: 'seconds',
    meaning: 'time for which a hub has a job to itself; renewed at a third of it',
    source: 'twinhub',
  },
  jobRetryFirstMs: {
    value: 500,
    unit: 'milliseconds',
    meaning: 'first pause after the store refused a step of a job; it doubles each time',
    source: 'twinhub',
  },
  jobRetryLastMs: { value: 30_000, unit: 'milliseconds', meaning: 'longest such pause', source: 'twinhub' },
  jobRetentionSeconds: {
    value: 30 * 24 * 3600,
    unit: 'seconds',
    meaning: 'time for which a job that has ended is kept, with the records of its devices',
    source: 'behaviour 6.4',
  },
  jobTrimItems: { value: 10, unit: 'jobs', meaning: 'old jobs removed between two group commits', source: 'twinhub' },
  jobStartAheadMaxSeconds: {
    value: 168 * 3600,
    unit: 'seconds',
    meaning: 'how far ahead a job may start',
    source: 'live facts, Jobs',
  },
  jobWindowDefaultSeconds: { value: 3600, unit: 'seconds', meaning: 'maxExecutionTimeInSeconds when absent', source: 'behaviour 6.1' },
  jobWindowMaxSeconds: {
    value: 365 * 24 * 3600,
    unit: 'seconds',
    meaning: 'longest maxExecutionTimeInSeconds',
    source: 'twinhub: the service does not publish its number',
  },
  jobTrimRecords: { value: 2000, unit: 'records', meaning: 'records of removed jobs that go between two group commits', source: 'twinhub' },
} satisfies Record<string, Limit>;
