// Tells connected devices and modules what changed in their desired properties, in the order in which the changes were committed.
import { addressOf, type IdentityId } from '../domain/identity/identity-id.ts';
import type { DesiredNotice } from '../domain/twin/twin.ts';
import type { DeviceBus } from '../ports/device-bus.ts';

export type DeviceNotice = IdentityId & { readonly notice: DesiredNotice };

/**
 * A store that runs its calls in order may answer several of them in one turn of the event loop, and then it is chance whose caller goes on
 * first. So whatever changes desired properties is committed through here.
 */
export class DesiredNotices {
  readonly #bus: DeviceBus;
  #sent: Promise<unknown> = Promise.resolve();

  constructor(bus: DeviceBus) {
    this.#bus = bus;
  }

  /**
   * Calls `commit` at once and resolves with its result when its notices are on their way, which they are not before those of every commit
   * that began earlier. @throws what `commit` throws; it then has no notices.
   */
  async commit<Result>(commit: () => Promise<Result>, noticesOf: (result: Result) => readonly DeviceNotice[]): Promise<Result> {
    const sentBefore = this.#sent;
    const committing = commit();
    const sending = Promise.all([committing, sentBefore]).then(([result]) => {
      for (const { notice, ...id } of noticesOf(result)) void this.#bus.send(addressOf(id), { kind: 'desiredChanged', notice });
      return result;
    });
    // Without their results, which each link of the chain would hand on to the next for as long as the hub runs.
    this.#sent = Promise.allSettled([sending, sentBefore]).then(() => undefined);
    return sending;
  }
}
