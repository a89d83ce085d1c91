// The use cases of jobs: create, look at, list and end them. What runs them is the job runner.
import type { Actor } from '../../domain/audit/audit-entry.ts';
import { valueOf } from '../../domain/errors.ts';
import { NO_RECORDS } from '../../domain/job/job.ts';
import type { JobMove } from '../../domain/job/job-moves.ts';
import { parseJobRequest } from '../../domain/job/parse-job-request.ts';
import type { JsonValue } from '../../domain/json.ts';
import { LIMITS } from '../../domain/limits.ts';
import { formatContinuation, parseContinuation } from '../../domain/query/continuation.ts';
import { toIsoTime } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Metrics } from '../../ports/metrics.ts';
import type { JobFilter, JobStore, JobWithCounts } from '../../ports/job-store.ts';
import { counted } from '../counted.ts';
import type { JobRunner } from './job-runner.ts';

type Dependencies = { readonly store: JobStore; readonly runner: JobRunner; readonly clock: Clock; readonly metrics: Metrics };

/** `continuation`: what the page before came with. `pageSize`: at least 1; more than `LIMITS.queryPageMax` counts as that. */
export type JobListRequest = Pick<JobFilter, 'kind' | 'status'> & { readonly pageSize: number; readonly continuation: string | undefined };

/** `continuation` is absent on the last page, and only there. */
export type JobPage = { readonly jobs: readonly JobWithCounts[]; readonly continuation: string | undefined };

export class Jobs {
  readonly #store: JobStore;
  readonly #runner: JobRunner;
  readonly #clock: Clock;
  readonly #metrics: Metrics;

  constructor({ store, runner, clock, metrics }: Dependencies) {
    this.#store = store;
    this.#runner = runner;
    this.#clock = clock;
    this.#metrics = metrics;
  }

  /** Durable when it resolves. @param body what came over the wire. @throws HubError as `parseJobRequest`, JobAlreadyExists. */
  async create(jobId: string, body: JsonValue, by: Actor): Promise<JobWithCounts> {
    const job = parseJobRequest({ jobId, body, nowMs: this.#clock.nowMs() });
    const operation = job.work.kind === 'method' ? 'jobs.createDirectMethodJob' : 'jobs.createTwinUpdateJob';
    await counted(this.#metrics, operation, () => this.#store.createJob(job, by));
    this.#runner.lookAgain();
    return { job, counts: NO_RECORDS };
  }

  /** `undefined` for an unknown id: the service has an answer for it (live facts, Jobs). */
  get(jobId: string): Promise<JobWithCounts | undefined> {
    return this.#store.readJob(jobId);
  }

  /** Newest first. @throws HubError ArgumentInvalid for a token that is not valid. */
  async list({ kind, status, pageSize, continuation }: JobListRequest): Promise<JobPage> {
    const after = continuation === undefined ? undefined : parseContinuation('jobs', continuation);
    const limit = Math.min(pageSize, LIMITS.queryPageMax.value);
    const { jobs, next } = await this.#store.listJobs({ kind, status, after, limit });
    return { jobs, continuation: next === undefined ? undefined : formatContinuation('jobs', next) };
  }

  /** Ends a job that has not started, as the service can. @throws HubError JobNotFound, OperationNotAllowedInCurrentState. */
  cancel(jobId: string, by: Actor): Promise<JobWithCounts> {
    return this.#end(jobId, 'cancel', by);
  }

  /**
   * Ends a job that has not started, or runs: it sends nothing more, its unsent records become `canceled`, and calls under way are waited for.
   * @throws HubError JobNotFound, OperationNotAllowedInCurrentState for a job that has ended.
   */
  stop(jobId: string, by: Actor): Promise<JobWithCounts> {
    return this.#end(jobId, 'stop', by);
  }

  async #end(jobId: string, kind: Extract<JobMove['kind'], 'cancel' | 'stop'>, by: Actor): Promise<JobWithCounts> {
    const job = valueOf(await this.#store.moveJob(jobId, { kind, at: toIsoTime(this.#clock.nowMs()), by }));
    if (job.endTime !== undefined) this.#metrics.jobEnded(job.status);
    this.#runner.lookAgain();
    return (await this.#store.readJob(jobId)) ?? { job, counts: NO_RECORDS };
  }
}
