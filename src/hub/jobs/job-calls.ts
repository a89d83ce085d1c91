// The direct method calls of jobs that are under way: sent once, their outcomes recorded in batches, and no more at a time than the limit.
import type { DeviceJobError, DeviceOutcome, JobWork } from '../../domain/job/job.ts';
import { LIMITS } from '../../domain/limits.ts';
import { toIsoTime } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { DeviceBus } from '../../ports/device-bus.ts';
import type { DeviceJobKey, JobStore } from '../../ports/job-store.ts';
import type { Log } from '../../ports/log.ts';
import { batched } from '../batcher.ts';

type MethodWork = Extract<JobWork, { readonly kind: 'method' }>;
type RecordedOutcome = DeviceJobKey & { readonly outcome: DeviceOutcome };

/** `again`: nothing was sent, and the device announced meanwhile that it listens; its record has to be claimed once more. */
export type SettledCall = DeviceJobKey & { readonly final: boolean; readonly again: boolean };

/** What a record says whose call may or may not have reached the device, because the hub ended in between. */
export const OUTCOME_UNKNOWN: DeviceJobError = {
  code: 'DeviceMethodOutcomeUnknown',
  description: 'The hub stopped while the call was under way. The device may or may not have run the method, and it is not called again.',
};

type Dependencies = {
  readonly store: Pick<JobStore, 'recordOutcomes'>;
  readonly bus: Pick<DeviceBus, 'send'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of each call when its outcome is durable. */
  readonly onSettled: (call: SettledCall) => void;
};

type CallUnderWay = DeviceJobKey & { heard: boolean };

export class JobCalls {
  readonly #store: Dependencies['store'];
  readonly #bus: Dependencies['bus'];
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #onSettled: (call: SettledCall) => void;
  readonly #record: (outcome: RecordedOutcome) => Promise<void>;
  /** By job, then by device. */
  readonly #underWay = new Map<string, Map<string, CallUnderWay>>();
  #count = 0;
  readonly #givingUp = Promise.withResolvers<void>();
  #givenUp = false;
  /** Of those who wait until no call is under way. */
  readonly #onEmpty: (() => void)[] = [];

  constructor({ store, bus, clock, log, onSettled }: Dependencies) {
    this.#store = store;
    this.#bus = bus;
    this.#clock = clock;
    this.#log = log;
    this.#onSettled = onSettled;
    this.#record = batched(async (outcomes: readonly RecordedOutcome[]) => {
      await this.#recordAll(outcomes);
      return outcomes.map(() => ({ kind: 'done', value: undefined }));
    });
  }

  /** How many calls may be added. */
  get free(): number {
    return LIMITS.jobCallsInFlight.value - this.#count;
  }

  underWayIn(jobId: string): number {
    return this.#underWay.get(jobId)?.size ?? 0;
  }

  /** The record is durably `running`, and no call for it is under way. */
  start(key: DeviceJobKey, work: MethodWork): void {
    const call = { ...key, heard: false };
    const calls = this.#underWay.get(key.jobId) ?? new Map<string, CallUnderWay>();
    this.#underWay.set(key.jobId, calls.set(key.deviceId, call));
    this.#count += 1;
    void this.#run(call, work);
  }

  /** Notes that the device began to listen, for calls that find out that it did not. */
  noteListening(deviceId: string): void {
    for (const calls of this.#underWay.values()) {
      const call = calls.get(deviceId);
      if (call) call.heard = true;
    }
  }

  /** Resolves when no call is under way. */
  async empty(): Promise<void> {
    if (this.#count > 0) await new Promise<void>((resolve) => this.#onEmpty.push(resolve));
  }

  /** From this moment an outcome that the store does not take is not tried again: its record stays `running`. */
  giveUp(): void {
    this.#givenUp = true;
    this.#givingUp.resolve();
  }

  async #run(call: CallUnderWay, work: MethodWork): Promise<void> {
    const { jobId, deviceId } = call;
    const outcome = await this.#send(deviceId, work);
    await this.#record({ jobId, deviceId, outcome }).catch((error: unknown) => this.#logFault(error, 'An outcome of a job is lost.'));
    this.#forget(call);
    const final = outcome.kind !== 'notSent';
    this.#onSettled({ jobId, deviceId, final, again: !final && call.heard });
  }

  async #send(deviceId: string, { methodName, payload, responseTimeoutSeconds }: MethodWork): Promise<DeviceOutcome> {
    const call = { methodName, payload, responseTimeoutSeconds, connectTimeoutSeconds: 0 };
    try {
      const reply = await this.#bus.send(deviceId, { kind: 'invokeMethod', call });
      if (reply?.kind === 'methodAnswer') return { kind: 'answered', answer: reply.answer };
      if (reply?.kind !== 'refused') return { kind: 'notSent' };
      return { kind: 'failed', error: { code: reply.refusal.code, description: reply.refusal.message } };
    } catch (error) {
      this.#logFault(error, 'A call of a job met a fault in the hub.');
      return { kind: 'failed', error: OUTCOME_UNKNOWN };
    }
  }

  /** Tries again until the store takes them, with growing pauses: the outcomes are known here and nowhere else. */
  async #recordAll(outcomes: readonly RecordedOutcome[]): Promise<void> {
    let pauseMs = LIMITS.jobRetryFirstMs.value;
    for (;;) {
      try {
        return await this.#store.recordOutcomes(outcomes, toIsoTime(this.#clock.nowMs()));
      } catch (error) {
        if (this.#givenUp) throw error;
        this.#logFault(error, 'The outcomes of a job could not be stored and will be tried again.');
      }
      const waited = Promise.withResolvers<void>();
      const timer = this.#clock.after(pauseMs, waited.resolve);
      await Promise.race([waited.promise, this.#givingUp.promise]);
      timer.cancel();
      pauseMs = Math.min(pauseMs * 2, LIMITS.jobRetryLastMs.value);
    }
  }

  #forget({ jobId, deviceId }: CallUnderWay): void {
    const calls = this.#underWay.get(jobId);
    calls?.delete(deviceId);
    if (calls?.size === 0) this.#underWay.delete(jobId);
    this.#count -= 1;
    if (this.#count > 0) return;
    for (const tell of this.#onEmpty.splice(0)) tell();
  }

  #logFault(error: unknown, message: string): void {
    this.#log.error({ error: error instanceof Error ? error : new Error(String(error)) }, message);
  }
}
