// Runs the jobs: one loop that leases them from the store and gives each in turn one bounded step, decided by `nextStep`.
import { HubError, invariant } from '../../domain/errors.ts';
import { isModuleAddress } from '../../domain/identity/identity-id.ts';
import type { JobMove } from '../../domain/job/job-moves.ts';
import type { Job } from '../../domain/job/job.ts';
import { type JobStep, nextStep, windowEndMs } from '../../domain/job/next-step.ts';
import { LIMITS } from '../../domain/limits.ts';
import { parseCondition } from '../../domain/query/parser.ts';
import { toIsoTime } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { DeviceBus } from '../../ports/device-bus.ts';
import type { JobStore } from '../../ports/job-store.ts';
import type { Log } from '../../ports/log.ts';
import type { Metrics } from '../../ports/metrics.ts';
import type { Random } from '../../ports/random.ts';
import type { DesiredNotices } from '../desired-notices.ts';
import type { OtherWriters } from '../other-writers.ts';
import { Doorbell } from '../doorbell.ts';
import { JobCalls, OUTCOME_UNKNOWN, type SettledCall } from './job-calls.ts';
import { JobInWork } from './job-in-work.ts';
import { expansionChunk, patchChunk, restMs } from './job-pace.ts';

/*
 * All that matters is in the store, and every step may be interrupted at any point and begun again. What is kept here is who has to be looked
 * at when. A job gets its turn when its time has come, and that is at once whenever the answer of `nextStep` may be another one: a call has
 * ended, the job was moved from outside, a step has changed something.
 *
 * A device that announces that it listens is looked up among the `waiting` records. If it does so while a call of its own is just finding out
 * that it does not listen, its record is still `running`; `JobCalls` tells when it has to be looked up again.
 */

type Dependencies = {
  readonly store: JobStore;
  /** Whoever else writes twins: a job gives way to them. */
  readonly others: OtherWriters;
  readonly bus: DeviceBus;
  readonly notices: DesiredNotices;
  readonly clock: Clock;
  readonly machineClock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Additions of this hub to the query language of the service fail a job that would start. */
  readonly strictQueries: boolean;
};

/** When the next turn of a job is due. */
const AT_ONCE = 0;
const WHEN_RUNG = Infinity;

export class JobRunner {
  readonly #store: JobStore;
  readonly #others: OtherWriters;
  readonly #bus: DeviceBus;
  readonly #notices: DesiredNotices;
  readonly #clock: Clock;
  readonly #machineClock: Clock;
  readonly #log: Log;
  readonly #metrics: Metrics;
  readonly #strictQueries: boolean;
  readonly #owner: string;
  readonly #calls: JobCalls;
  readonly #doorbell: Doorbell;
  readonly #inWork = new Map<string, JobInWork>();
  /** Devices that began to listen and are not looked up yet. */
  readonly #heard = new Set<string>();
  #leaseDueMs = 0;
  #retryMs: number = LIMITS.jobRetryFirstMs.value;
  #stopped = false;
  #stopping: Promise<void> | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopListening: () => void = () => undefined;

  constructor({ store, others, bus, notices, clock, machineClock, random, log, metrics, strictQueries }: Dependencies) {
    this.#store = store;
    this.#others = others;
    this.#bus = bus;
    this.#notices = notices;
    this.#clock = clock;
    this.#machineClock = machineClock;
    this.#log = log;
    this.#metrics = metrics;
    this.#strictQueries = strictQueries;
    this.#owner = random.uuid();
    this.#calls = new JobCalls({ store, bus, clock, log, onSettled: (call) => this.#settle(call) });
    this.#doorbell = new Doorbell(clock);
  }

  /** Takes up every job that has not ended, also those of a hub that died. Resolves when it has looked for them. */
  start(): Promise<void> {
    this.#stopListening = this.#bus.onAnyListening((deviceId) => {
      // Jobs call devices alone.
      if (isModuleAddress(deviceId)) return;
      this.#calls.noteListening(deviceId);
      this.#hear(deviceId);
    });
    const looked = Promise.withResolvers<void>();
    this.#running = this.#run(looked.resolve);
    return looked.promise;
  }

  /** To be called when a job was created, or moved from outside. */
  lookAgain(): void {
    this.#leaseDueMs = 0;
    this.#doorbell.ring();
  }

  /** Begins nothing new; resolves when no call is under way, at the latest after `LIMITS.shutdownSeconds`. Harmless when called again. */
  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop());
  }

  /** Comes after `stop`, when no device is connected any more: resolves when each outcome is stored, or the store has refused it. */
  async finish(): Promise<void> {
    this.#calls.giveUp();
    await this.#calls.empty();
  }

  async #stop(): Promise<void> {
    this.#stopped = true;
    this.#stopListening();
    this.#doorbell.ring();
    const late = Promise.withResolvers<void>();
    const deadline = this.#machineClock.after(LIMITS.shutdownSeconds.value * 1000, late.resolve);
    // A store that is away may be silent until it is closed.
    await Promise.race([this.#running.then(() => this.#calls.empty()), late.promise]);
    deadline.cancel();
  }

  async #run(onLooked: () => void): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#lease();
        await this.#callThoseHeard();
        this.#retryMs = LIMITS.jobRetryFirstMs.value;
      } catch (error) {
        this.#logFault(error, { message: 'Jobs could not be looked up and will be tried again.' });
        this.#leaseDueMs = this.#clock.nowMs() + this.#retryMs;
        this.#retryMs = Math.min(this.#retryMs * 2, LIMITS.jobRetryLastMs.value);
      }
      onLooked();
      await this.#giveTurns();
      await this.#doorbell.wait(this.#nextDueMs());
    }
  }

  async #lease(): Promise<void> {
    const nowMs = this.#clock.nowMs();
    if (nowMs < this.#leaseDueMs) return;
    const leaseMs = LIMITS.jobLeaseSeconds.value * 1000;
    const renewMs = nowMs + leaseMs / 3;
    // Set before the call, so that a job created while it is under way is looked for again.
    this.#leaseDueMs = renewMs;
    const leased = await this.#store.leaseJobs({
      owner: this.#owner,
      at: toIsoTime(nowMs),
      until: toIsoTime(nowMs + leaseMs),
      startBy: toIsoTime(renewMs),
      limit: LIMITS.jobsAtOnce.value,
    });
    const ids = new Set(leased.map(({ job }) => job.jobId));
    for (const [jobId, { takenOver }] of this.#inWork) {
      // Nobody else would close the interrupted records of one that was taken over.
      if (!ids.has(jobId) && !takenOver) this.#inWork.delete(jobId);
    }
    for (const { job, takenOver } of leased) this.#take(job, takenOver);
  }

  #take(job: Job, takenOver: boolean): void {
    const known = this.#inWork.get(job.jobId);
    if (known?.job.status === job.status && !takenOver) return;
    if (!known) {
      this.#inWork.set(job.jobId, new JobInWork({ job, takenOver, othersWrite: this.#others.watch() }));
      return;
    }
    known.job = job;
    known.takenOver ||= takenOver;
    known.forget();
    known.dueMs = AT_ONCE;
  }

  /** One turn for each job that is due, in a circle. */
  async #giveTurns(): Promise<void> {
    for (const work of this.#inWork.values()) {
      if (this.#stopped) return;
      if (work.dueMs > this.#clock.nowMs()) continue;
      // What makes it due in the middle of the turn counts for the next one.
      work.dueMs = WHEN_RUNG;
      const dueMs = await this.#turn(work);
      work.dueMs = Math.min(work.dueMs, dueMs);
    }
  }

  async #turn(work: JobInWork): Promise<number> {
    const { jobId } = work.job;
    try {
      const dueMs = work.takenOver ? await this.#failInterrupted(work) : await this.#takeStep(work);
      work.succeeded();
      return dueMs;
    } catch (error) {
      this.#logFault(error, { jobId, message: 'A step of a job failed and will be tried again.' });
      return this.#clock.nowMs() + work.failed();
    }
  }

  async #takeStep(work: JobInWork): Promise<number> {
    const endMs = windowEndMs(work.job);
    const isOver = endMs <= this.#clock.nowMs();
    if (isOver) work.windowEnded();
    const facts = work.facts ?? (await work.read(() => this.#store.readJob(work.job.jobId)));
    const step: JobStep = facts ? nextStep({ ...facts, nowMs: this.#clock.nowMs() }) : { kind: 'ended' };
    switch (step.kind) {
      case 'start':
        return this.#startJob(work);
      case 'schedule':
      case 'complete':
        return this.#move(work, { kind: step.kind, at: this.#now() });
      case 'expand':
        return this.#expand(work);
      case 'dispatch':
        return work.job.work.kind === 'method' ? this.#claimCalls(work) : this.#patchTwins(work);
      case 'endUnsent':
        return this.#endUnsent(work, step);
      case 'wait':
        return work.facts ? (step.untilMs ?? (isOver ? WHEN_RUNG : endMs)) : AT_ONCE;
      case 'ended':
        this.#drop(work);
        return WHEN_RUNG;
    }
  }

  /** A condition that does not parse fails the job when it would start (live facts, Jobs). */
  #startJob(work: JobInWork): Promise<number> {
    try {
      work.condition = parseCondition(work.job.condition, { strict: this.#strictQueries });
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
      return this.#move(work, { kind: 'fail', reason: error.message, at: this.#now() });
    }
    return this.#move(work, { kind: 'start', at: this.#now() });
  }

  async #move(work: JobInWork, move: JobMove): Promise<number> {
    const outcome = await this.#store.moveJob(work.job.jobId, move);
    if (outcome.kind === 'done') this.#moved(work, outcome.value);
    // It was moved from outside in between.
    else work.forget();
    return AT_ONCE;
  }

  #moved(work: JobInWork, job: Job): void {
    work.moved(job);
    if (job.endTime !== undefined) this.#metrics.jobEnded(job.status);
  }

  async #expand(work: JobInWork): Promise<number> {
    work.condition ??= parseCondition(work.job.condition);
    const expansion = {
      jobId: work.job.jobId,
      condition: work.condition,
      limit: expansionChunk(work.job.condition, work.othersWrite()),
      at: this.#now(),
    };
    const job = await this.#store.expandJob(expansion);
    work.moved(job);
    if (job.expansion.kind === 'open') return AT_ONCE;
    work.condition = undefined;
    work.forget();
    return AT_ONCE;
  }

  /** No job gets more than its share of the calls, so that one with slow devices leaves room for the others. */
  async #claimCalls(work: JobInWork): Promise<number> {
    const { jobId, work: method } = work.job;
    invariant(method.kind === 'method', 'only a method job claims calls');
    const limit = Math.min(LIMITS.jobClaimDevices.value, this.#calls.free, this.#share() - this.#calls.underWayIn(jobId));
    // The next call that ends makes room.
    if (limit <= 0) return windowEndMs(work.job);
    const { deviceIds, left } = await this.#store.claimCalls({ jobId, limit, at: this.#now() });
    for (const deviceId of deviceIds) this.#calls.start({ jobId, deviceId }, method);
    if (!left) work.forget();
    return AT_ONCE;
  }

  #share(): number {
    const sharing = [...this.#inWork.values()].filter(({ job, hasPending }) => job.work.kind === 'method' && hasPending);
    return Math.ceil(LIMITS.jobCallsInFlight.value / sharing.length);
  }

  async #patchTwins(work: JobInWork): Promise<number> {
    const beganAtMs = this.#clock.nowMs();
    const isBeside = work.othersWrite();
    const patch = { jobId: work.job.jobId, limit: patchChunk(work.job.work, isBeside), at: this.#now() };
    const { left } = await this.#notices.commit(
      () => this.#store.patchTwins(patch),
      ({ notices }) => notices,
    );
    if (!left) work.forget();
    const endedAtMs = this.#clock.nowMs();
    // After the last one nobody waits for this job.
    return left && isBeside ? endedAtMs + restMs(endedAtMs - beganAtMs) : AT_ONCE;
  }

  async #endUnsent(work: JobInWork, { status, error }: Extract<JobStep, { readonly kind: 'endUnsent' }>): Promise<number> {
    const limit = LIMITS.jobChunkDevices.value;
    const ended = await this.#store.endUnsent({ jobId: work.job.jobId, status, error, limit, at: this.#now() });
    if (ended < limit) work.forget();
    return AT_ONCE;
  }

  async #failInterrupted(work: JobInWork): Promise<number> {
    const { jobId } = work.job;
    const limit = LIMITS.jobChunkDevices.value;
    const failed = await this.#store.failInterrupted({ jobId, error: OUTCOME_UNKNOWN, limit, at: this.#now() });
    work.takenOver = failed === limit;
    if (failed > 0) this.#log.warn({ jobId, calls: failed }, 'A hub ended while it called devices for a job: outcomes are unknown.');
    return AT_ONCE;
  }

  #drop(work: JobInWork): void {
    // Where there was no room for all jobs, there is for one more.
    if (this.#inWork.size >= LIMITS.jobsAtOnce.value) this.#leaseDueMs = 0;
    this.#inWork.delete(work.job.jobId);
  }

  #hear(deviceId: string): void {
    this.#heard.add(deviceId);
    this.#doorbell.ring();
  }

  /** Calls the devices that came while records of theirs were waiting. */
  async #callThoseHeard(): Promise<void> {
    const works = [...this.#inWork.values()];
    // A job that was taken over may wait for them too, and cannot call before its interrupted records are closed.
    if (works.some(({ takenOver }) => takenOver)) return;
    const jobIds = works.filter(({ job }) => this.#mayCall(job)).map(({ job }) => job.jobId);
    if (jobIds.length === 0) this.#heard.clear();
    const limit = Math.min(LIMITS.jobClaimDevices.value, this.#calls.free);
    if (this.#heard.size === 0 || limit === 0) return;
    const deviceIds = [...this.#heard].slice(0, LIMITS.jobChunkDevices.value);
    // Removed before the call, so that a device that announces itself while it is under way is looked up again.
    for (const deviceId of deviceIds) this.#heard.delete(deviceId);
    const claimed = await this.#claimWaiting({ jobIds, deviceIds, limit });
    for (const key of claimed) {
      const method = this.#inWork.get(key.jobId)?.job.work;
      invariant(method?.kind === 'method', 'only method jobs in work are claimed for');
      this.#calls.start(key, method);
    }
    if (claimed.length === limit) for (const deviceId of deviceIds) this.#heard.add(deviceId);
    if (this.#heard.size > 0) this.#doorbell.ring();
  }

  async #claimWaiting(claim: Omit<Parameters<JobStore['claimWaiting']>[0], 'at'>): ReturnType<JobStore['claimWaiting']> {
    try {
      return await this.#store.claimWaiting({ ...claim, at: this.#now() });
    } catch (error) {
      for (const deviceId of claim.deviceIds) this.#heard.add(deviceId);
      throw error;
    }
  }

  #mayCall(job: Job): boolean {
    const dispatches = job.work.kind === 'method' && job.status === 'running' && job.expansion.kind === 'sealed';
    return dispatches && windowEndMs(job) > this.#clock.nowMs();
  }

  #settle({ jobId, deviceId, final, again }: SettledCall): void {
    if (again) this.#hear(deviceId);
    if (final) this.#inWork.get(jobId)?.callEnded();
    else this.#inWork.get(jobId)?.callReturned();
    // There is room for a call of any job.
    for (const work of this.#inWork.values()) if (work.hasPending) work.dueMs = AT_ONCE;
    this.#doorbell.ring();
  }

  #nextDueMs(): number {
    return Math.min(this.#leaseDueMs, ...[...this.#inWork.values()].map(({ dueMs }) => dueMs));
  }

  #logFault(error: unknown, { jobId, message }: { readonly jobId?: string; readonly message: string }): void {
    this.#log.error({ jobId, error: error instanceof Error ? error : new Error(String(error)) }, message);
  }

  #now(): string {
    return toIsoTime(this.#clock.nowMs());
  }
}
