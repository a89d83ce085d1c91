// Answers refused sign-ins late: a client with a bad key tries again at once, several times a second (contract 0.6), unless its answer waits.
import { withoutSecrets } from '../domain/access/without-secrets.ts';
import { LIMITS } from '../domain/limits.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { RecentMap } from './recent-map.ts';

/** A sign-in that was refused. */
export type RefusedSignIn = {
  /** The address it came from. */
  readonly source: string;
  /** Who it says it is, such as `device lamp`; what it says may be wrong. */
  readonly identity: string;
  /** One sentence for the log, without a word of the token. */
  readonly because: string;
};

/** A refusal on its way. `dropped`: too many wait already, so the client is to be sent away at once. */
export type HeldRefusal = { readonly kind: 'held'; cancel(): void } | { readonly kind: 'dropped' };

type Refusals = { count: number; held: number; lastAtMs: number };

/**
 * Only refusals come here, so a good sign-in waits for nothing, from whichever address and as whichever identity it comes. Counts are by address
 * and identity; they are forgotten after a quiet while.
 */
export class RefusedSignIns {
  /** Clients wait, and try again, in the time of the machine, whatever the hub's says. */
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #refusals = new RecentMap<string, Refusals>(LIMITS.refusedIdentities.value);
  /** Answers that wait, each as what gives it at once. */
  readonly #held = new Set<() => void>();
  #stopped = false;

  constructor({ machineClock, log }: { readonly machineClock: Clock; readonly log: Log }) {
    this.#clock = machineClock;
    this.#log = log;
  }

  /**
   * Calls `answer` once, when the refusal may be told: at once for the first `LIMITS.refusalsAtOnce`, then later and later.
   * @returns the refusal that waits, which whoever asked cancels when the client has gone.
   */
  hold(signIn: RefusedSignIn, answer: () => void): HeldRefusal {
    const refusals = this.#count(signIn);
    const delayMs = this.#stopped ? 0 : delayOf(refusals.count);
    if (delayMs === 0) {
      answer();
      return { kind: 'held', cancel: () => undefined };
    }
    if (refusals.count === LIMITS.refusalsAtOnce.value + 1) this.#warn(signIn);
    const tooMany = refusals.held >= LIMITS.refusalsHeldPerIdentity.value || this.#held.size >= LIMITS.refusalsHeld.value;
    return tooMany ? { kind: 'dropped' } : this.#hold(refusals, delayMs, answer);
  }

  /** Answers all that wait, and those that come later at once. */
  stop(): void {
    this.#stopped = true;
    for (const answerNow of this.#held) answerNow();
  }

  #hold(refusals: Refusals, delayMs: number, answer: () => void): HeldRefusal {
    refusals.held += 1;
    const release = (): void => {
      timer.cancel();
      if (this.#held.delete(answerNow)) refusals.held -= 1;
    };
    const answerNow = (): void => {
      release();
      answer();
    };
    const timer: Timer = this.#clock.after(delayMs, answerNow);
    this.#held.add(answerNow);
    return { kind: 'held', cancel: release };
  }

  #count({ source, identity }: RefusedSignIn): Refusals {
    const key = `${source} ${identity}`;
    const nowMs = this.#clock.nowMs();
    const known = this.#refusals.get(key);
    const quietMs = LIMITS.refusalQuietSeconds.value * 1000;
    const refusals = known && nowMs - known.lastAtMs < quietMs ? known : { count: 0, held: 0, lastAtMs: nowMs };
    refusals.count += 1;
    refusals.lastAtMs = nowMs;
    this.#refusals.set(key, refusals);
    return refusals;
  }

  #warn({ source, identity, because }: RefusedSignIn): void {
    // An app that mixes up its fields sends its connection string or token as a name.
    this.#log.warn(
      { source, identity: withoutSecrets(identity), because },
      'Sign-ins are refused again and again. The answers to further ones wait.',
    );
  }
}

/** @param count which refusal in a row it is, from 1 on. */
function delayOf(count: number): number {
  const late = count - LIMITS.refusalsAtOnce.value;
  if (late < 1) return 0;
  return Math.min(LIMITS.refusalFirstMs.value * 2 ** (late - 1), LIMITS.refusalLastMs.value);
}
