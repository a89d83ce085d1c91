// What the runner keeps of one job: when it has to be looked at, and what it last knew of it.
import { NO_RECORDS, type Job, type JobCounts } from '../../domain/job/job.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { Expression } from '../../domain/query/ast.ts';
import type { JobWithCounts } from '../../ports/job-store.ts';

/**
 * The records of a large job take time to count. So the counts of one reading are kept until they can have run out: each call that ends takes
 * one off the records that were not final then.
 */
export class JobInWork {
  /** As last seen. */
  job: Job;
  /** Another hub had it: what became of its `running` records is unknown. */
  takenOver: boolean;
  /** Whether others asked for a write since its chunk before. */
  readonly othersWrite: () => boolean;
  /** Kept while devices are being selected. */
  condition: Expression | undefined;
  /** When it wants its next turn, in milliseconds since 1970; Infinity: when it is rung for. */
  dueMs = 0;
  #counts: JobCounts | undefined;
  #notFinal = 0;
  #callsEnded = 0;
  #callsReturned = 0;
  #windowIsOver = false;
  #retryMs: number = LIMITS.jobRetryFirstMs.value;

  constructor({ job, takenOver, othersWrite }: { job: Job; takenOver: boolean; othersWrite: () => boolean }) {
    this.job = job;
    this.takenOver = takenOver;
    this.othersWrite = othersWrite;
  }

  /** `undefined` when the store has to be asked. */
  get facts(): JobWithCounts | undefined {
    return this.#counts && { job: this.job, counts: this.#counts };
  }

  get hasPending(): boolean {
    return this.#counts !== undefined && this.#counts.pending > 0;
  }

  /**
   * Asks the store. A call that ends meanwhile may be among the counts or not: they are taken for older than it, so the next reading comes
   * early, and never too late.
   */
  async read(ask: () => Promise<JobWithCounts | undefined>): Promise<JobWithCounts | undefined> {
    const endedBefore = this.#callsEnded;
    const returnedBefore = this.#callsReturned;
    const found = await ask();
    if (!found) return undefined;
    const { pending, waiting, running } = found.counts;
    const endedMeanwhile = this.#callsEnded - endedBefore;
    this.job = found.job;
    this.#counts = found.counts;
    this.#notFinal = pending + waiting + running - endedMeanwhile;
    // No call may be left that could tell of its end.
    if (endedMeanwhile > 0 && this.#notFinal <= 0) this.forget();
    if (this.#windowIsOver && this.#callsReturned > returnedBefore) this.forget();
    return found;
  }

  /** The job after a move; its records are as they were. */
  moved(job: Job): void {
    this.job = job;
    this.#counts ??= NO_RECORDS;
  }

  /** What was known does not hold any more. */
  forget(): void {
    this.#counts = undefined;
  }

  /** One of its calls has an outcome that is final. */
  callEnded(): void {
    this.#callsEnded += 1;
    this.#notFinal -= 1;
    if (this.#notFinal > 0) return;
    this.forget();
    this.dueMs = 0;
  }

  /**
   * One of its calls was not sent: its record waits again. That matters when the window is over, since records that wait are ended then; until
   * the window ends, counts that are older do no harm.
   */
  callReturned(): void {
    this.#callsReturned += 1;
    if (!this.#windowIsOver) return;
    this.forget();
    this.dueMs = 0;
  }

  /** To be called when its window is over: from then on it must be known which records wait. Harmless when called again. */
  windowEnded(): void {
    if (this.#windowIsOver) return;
    this.#windowIsOver = true;
    this.forget();
  }

  /** @returns how long to pause before the step that failed is tried again. */
  failed(): number {
    this.forget();
    const pauseMs = this.#retryMs;
    this.#retryMs = Math.min(pauseMs * 2, LIMITS.jobRetryLastMs.value);
    return pauseMs;
  }

  succeeded(): void {
    this.#retryMs = LIMITS.jobRetryFirstMs.value;
  }
}
