// Tells connected devices and modules what changed in their desired properties, in the order in which the changes were committed.
import { addressOf, type IdentityId } from '../domain/identity/identity-id.ts';
import type { DesiredNotice } from '../domain/twin/twin.ts';
import type { DeviceBus } from '../ports/device-bus.ts';

export type DeviceNotice = IdentityId & { readonly notice: DesiredNotice };

/**
 * A store that runs its calls in order may answer several of them in one turn of the event loop, and then it is chance whose caller goes on
 * first; and one that runs those of a job and of a back end beside each other may commit the later call first. So whatever changes desired
 * properties is committed through here.
 */
export class DesiredNotices {
  readonly #bus: DeviceBus;
  /** By address: those of commits that are done, while one that began earlier is not. */
  readonly #waiting = new Map<string, DesiredNotice[]>();
  /** Of commits whose notices are not out, in the order in which they began: resolves when it is their turn. */
  readonly #turns = new Set<PromiseWithResolvers<void>>();

  constructor(bus: DeviceBus) {
    this.#bus = bus;
  }

  /**
   * Calls `commit` at once and resolves with its result when its notices are on their way, which they are not before those of every commit
   * that began earlier, nor before earlier versions that are committed by then. One without notices for who is connected waits for no other: reports of devices go on
   * while a job waits to learn what became of its write. @throws what `commit` throws; it then has no notices.
   */
  async commit<Result>(commit: () => Promise<Result>, noticesOf: (result: Result) => readonly DeviceNotice[]): Promise<Result> {
    const turn = Promise.withResolvers<void>();
    this.#turns.add(turn);
    this.#callNext();
    try {
      const { result, highest } = await this.#committed(commit, noticesOf);
      if (highest.size === 0) return result;
      await turn.promise;
      for (const [address, version] of highest) this.#sendUpTo(address, version);
      return result;
    } finally {
      // One that failed is forgotten at once, however long the one before it takes: many may fail meanwhile.
      this.#turns.delete(turn);
      this.#callNext();
    }
  }

  async #committed<Result>(commit: () => Promise<Result>, noticesOf: (result: Result) => readonly DeviceNotice[]) {
    const result = await commit();
    return { result, highest: this.#keep(noticesOf(result)) };
  }

  #callNext(): void {
    const [next] = this.#turns;
    next?.resolve();
  }

  /**
   * Those of devices and modules that are away are dropped here: who connects from now on finds the committed twin. A job brings half a million
   * of them in ten seconds, and what is made for each costs more memory than all else that the job does here.
   * @returns by address the highest version among the others.
   */
  #keep(notices: readonly DeviceNotice[]): ReadonlyMap<string, number> {
    const highest = new Map<string, number>();
    for (const { notice, ...id } of notices) {
      const address = addressOf(id);
      if (!this.#bus.mayHold(address)) continue;
      const waiting = this.#waiting.get(address);
      if (waiting) waiting.push(notice);
      else this.#waiting.set(address, [notice]);
      highest.set(address, Math.max(notice.version, highest.get(address) ?? 0));
    }
    return highest;
  }

  /** Also those of commits that began later. */
  #sendUpTo(address: string, version: number): void {
    const waiting = this.#waiting.get(address) ?? [];
    const due = waiting.filter((notice) => notice.version <= version).toSorted((one, other) => one.version - other.version);
    const later = waiting.filter((notice) => notice.version > version);
    if (later.length > 0) this.#waiting.set(address, later);
    else this.#waiting.delete(address);
    for (const notice of due) void this.#bus.send(address, { kind: 'desiredChanged', notice });
  }
}
