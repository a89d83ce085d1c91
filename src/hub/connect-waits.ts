// Direct methods that wait for their device to connect: how many there may be, and what wakes them.
import { HubError } from '../domain/errors.ts';
import { LIMITS } from '../domain/limits.ts';
import type { Clock } from '../ports/clock.ts';
import type { DeviceBus } from '../ports/device-bus.ts';

/** One call that waits. It hears from its begin on, so a device that comes before the first `next` is not missed. */
export interface ConnectWait {
  /** True when the device may be called again, false when the time is over. @throws HubError ServiceUnavailable when the hub stops. */
  next(): Promise<boolean>;
  end(): void;
}

export class ConnectWaits {
  readonly #bus: DeviceBus;
  readonly #clock: Clock;
  readonly #stops = new Set<() => void>();
  readonly #countByAddress = new Map<string, number>();
  #stopped = false;

  constructor(bus: DeviceBus, clock: Clock) {
    this.#bus = bus;
    this.#clock = clock;
  }

  /** @throws HubError DeviceMaximumInflightMethodExceeded or ServiceUnavailable when too many calls wait already. */
  begin(address: string, timeoutSeconds: number): ConnectWait {
    const count = this.#countByAddress.get(address) ?? 0;
    if (count >= LIMITS.methodsInFlightPerDevice.value) {
      throw new HubError('DeviceMaximumInflightMethodExceeded', `${count} direct methods wait for this device to connect.`);
    }
    if (this.#stops.size >= LIMITS.methodsWaitingToConnect.value) {
      throw new HubError('ServiceUnavailable', 'Too many direct methods wait for devices to connect. Try again later.');
    }
    this.#countByAddress.set(address, count + 1);
    return this.#begin(address, timeoutSeconds);
  }

  /** Ends every wait, and those that begin later, with ServiceUnavailable. */
  stop(): void {
    this.#stopped = true;
    for (const stop of this.#stops) stop();
  }

  #begin(address: string, timeoutSeconds: number): ConnectWait {
    let heard = false;
    let over = false;
    let wake: () => void = () => undefined;
    const stopListening = this.#bus.onListening(address, () => {
      heard = true;
      wake();
    });
    const timer = this.#clock.after(timeoutSeconds * 1000, () => {
      over = true;
      wake();
    });
    const stop = (): void => wake();
    this.#stops.add(stop);
    return {
      next: async (): Promise<boolean> => {
        if (!heard && !over && !this.#stopped) await new Promise<void>((resolve) => (wake = resolve));
        if (this.#stopped) throw new HubError('ServiceUnavailable', 'The hub is stopping. Try again later.');
        const again = heard;
        heard = false;
        return again;
      },
      end: (): void => {
        stopListening();
        timer.cancel();
        this.#stops.delete(stop);
        this.#forget(address);
      },
    };
  }

  #forget(address: string): void {
    const count = this.#countByAddress.get(address) ?? 0;
    if (count > 1) this.#countByAddress.set(address, count - 1);
    else this.#countByAddress.delete(address);
  }
}
