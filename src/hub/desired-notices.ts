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
  #sent: Promise<unknown> = Promise.resolve();

  constructor(bus: DeviceBus) {
    this.#bus = bus;
  }

  /**
   * Calls `commit` at once and resolves with its result when its notices are on their way, which they are not before those of every commit
   * that began earlier, nor before earlier versions that are committed by then. @throws what `commit` throws; it then has no notices.
   */
  async commit<Result>(commit: () => Promise<Result>, noticesOf: (result: Result) => readonly DeviceNotice[]): Promise<Result> {
    const sentBefore = this.#sent;
    const committing = commit().then((result) => ({ result, highest: this.#keep(noticesOf(result)) }));
    const sending = Promise.all([committing, sentBefore]).then(([{ result, highest }]) => {
      for (const [address, version] of highest) this.#sendUpTo(address, version);
      return result;
    });
    // Without their results, which each link of the chain would hand on to the next for as long as the hub runs.
    this.#sent = Promise.allSettled([sending, sentBefore]).then(() => undefined);
    return sending;
  }

  /** @returns by address the highest version among them. */
  #keep(notices: readonly DeviceNotice[]): ReadonlyMap<string, number> {
    const highest = new Map<string, number>();
    for (const { notice, ...id } of notices) {
      const address = addressOf(id);
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
