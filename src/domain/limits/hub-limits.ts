// Limits of the hub itself: its store, its certificates, its start and stop.
import { KIB, type Limit } from './limit.ts';

export const HUB_LIMITS = {
  jsonDepth: { value: 64, unit: 'levels', meaning: 'nesting of any JSON the hub reads', source: 'twinhub: protects the stack' },
  storeInspectionBytes: {
    value: 512 * KIB * KIB,
    unit: 'bytes',
    meaning: 'largest database that `twinhub doctor` reads as a whole to see whether it is intact',
    source: 'twinhub: about a second',
  },
  storeReadsAtOnce: {
    value: 16,
    unit: 'reads',
    meaning: 'reads that a thread of the store has been given; others wait for their turn',
    source: 'twinhub: a turn of the event loop meets no more twins than these',
  },
  quickReadMs: {
    value: 5,
    unit: 'milliseconds',
    meaning: 'how long the hub may be held up by reading the row of a device itself before it leaves such reads to a thread of the store',
    source: 'twinhub: less than ten handshakes take',
  },
  quickReadsAfterSlow: {
    value: 1000,
    unit: 'reads',
    meaning: 'reads that are left to a thread of the store after a slow one',
    source: 'twinhub: a slow disk holds the hub up in one read of a thousand',
  },
  storeConnections: {
    value: 10,
    unit: 'connections',
    meaning: 'connections of a hub to PostgreSQL, without those of searches',
    source: 'twinhub: several hubs fit into the 100 that a server has by default',
  },
  storeOutcomeFirstMs: {
    value: 50,
    unit: 'milliseconds',
    meaning: 'first pause before PostgreSQL is asked again what became of a commit; it doubles each time',
    source: 'twinhub',
  },
  storeOutcomeLastMs: {
    value: 5000,
    unit: 'milliseconds',
    meaning: 'longest pause before PostgreSQL is asked again what became of a commit',
    source: 'twinhub',
  },
  storeOutcomeAttempts: {
    value: 13,
    unit: 'attempts',
    meaning: 'how often PostgreSQL is asked what became of a commit whose connection broke; without end for what a job has taken',
    source: 'twinhub: half a minute, in which a server starts again',
  },
  batchItems: { value: 500, unit: 'items', meaning: 'writes in one group commit', source: 'twinhub: performance reference, section 2' },
  batchQueueItems: {
    value: 100_000,
    unit: 'items',
    meaning: 'writes that wait for a group commit before new ones are refused',
    source: 'twinhub',
  },
  changeFeedRetentionSeconds: {
    value: 7 * 24 * 3600,
    unit: 'seconds',
    meaning: 'age after which changes leave the change feed',
    source: 'twinhub',
  },
  auditRetentionSeconds: {
    value: 365 * 24 * 3600,
    unit: 'seconds',
    meaning: 'age after which entries leave the audit',
    source: 'twinhub',
  },
  auditScanEntries: { value: 20_000, unit: 'entries', meaning: 'entries of the audit that one page looks at', source: 'twinhub' },
  auditTrimEntries: { value: 5000, unit: 'entries', meaning: 'entries of the audit removed between two group commits', source: 'twinhub' },
  changeFeedTrimItems: { value: 5000, unit: 'items', meaning: 'changes removed between two group commits', source: 'twinhub' },
  housekeepingSeconds: { value: 30, unit: 'seconds', meaning: 'pause between two runs of housekeeping', source: 'twinhub' },
  serverCertificateDays: {
    value: 397,
    unit: 'days',
    meaning: 'life of the server certificate that the hub makes',
    source: 'CA/Browser Forum, baseline requirements',
  },
  serverCertificateRenewDays: {
    value: 30,
    unit: 'days',
    meaning: 'remaining life at which the server certificate is renewed',
    source: 'twinhub',
  },
  caCertificateDays: { value: 3650, unit: 'days', meaning: 'life of the local CA', source: 'twinhub' },
  readinessSeconds: {
    value: 1,
    unit: 'seconds',
    meaning: 'age up to which an answer of GET /hub/health/ready is given again',
    source: 'twinhub',
  },
  shutdownSeconds: { value: 10, unit: 'seconds', meaning: 'time for requests under way to end when the hub stops', source: 'twinhub' },
  errorMessageChars: { value: 1024, unit: 'characters', meaning: 'longest text of an error, cut there', source: 'twinhub' },
} satisfies Record<string, Limit>;
