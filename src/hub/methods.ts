// The use case of direct methods: call a device and wait for its answer, or say at once why there will be none.
import { HubError } from '../domain/errors.ts';
import { deviceNotFound } from '../domain/identity/device-write.ts';
import type { DirectMethodAnswer, DirectMethodCall } from '../domain/method/direct-method.ts';
import type { Clock } from '../ports/clock.ts';
import type { DeviceBus } from '../ports/device-bus.ts';
import type { DeviceStore } from '../ports/device-store.ts';

type Dependencies = { readonly store: DeviceStore; readonly bus: DeviceBus; readonly clock: Clock };

export class Methods {
  readonly #store: DeviceStore;
  readonly #bus: DeviceBus;
  readonly #clock: Clock;

  constructor(dependencies: Dependencies) {
    this.#store = dependencies.store;
    this.#bus = dependencies.bus;
    this.#clock = dependencies.clock;
  }

  /**
   * Sends the call once and resolves with the device's answer, whatever its status. Nothing is kept or repeated (behaviour 4).
   * @throws HubError DeviceNotFound, DeviceNotOnline (at once without a connect timeout, or when the line is lost), GatewayTimeout,
   * DeviceMaximumInflightMethodExceeded, GenericBadGateway for an answer that is no JSON.
   */
  async invoke(deviceId: string, call: DirectMethodCall): Promise<DirectMethodAnswer> {
    const wakeUp = call.connectTimeoutSeconds > 0 ? this.#listenFor(deviceId, call.connectTimeoutSeconds) : undefined;
    try {
      const answer = await this.#send(deviceId, call);
      if (answer) return answer;
      if (!(await this.#store.readDevice(deviceId))) throw deviceNotFound(deviceId);
      while (wakeUp && (await wakeUp.next())) {
        const laterAnswer = await this.#send(deviceId, call);
        if (laterAnswer) return laterAnswer;
      }
      throw new HubError('DeviceNotOnline', 'Timed out waiting for device to connect.');
    } finally {
      wakeUp?.stop();
    }
  }

  /** `undefined` when the device cannot be called at this moment. */
  async #send(deviceId: string, call: DirectMethodCall): Promise<DirectMethodAnswer | undefined> {
    const reply = await this.#bus.send(deviceId, { kind: 'invokeMethod', call });
    if (reply?.kind === 'methodAnswer') return reply.answer;
    if (reply?.kind === 'refused') throw new HubError(reply.refusal.code, reply.refusal.message);
    return undefined;
  }

  /** Listens from before the first try, so that a device that comes in between is not missed. */
  #listenFor(deviceId: string, timeoutSeconds: number): { next(): Promise<boolean>; stop(): void } {
    let heard = false;
    let over = false;
    let wake: () => void = () => undefined;
    const stopListening = this.#bus.onListening(deviceId, () => {
      heard = true;
      wake();
    });
    const timer = this.#clock.after(timeoutSeconds * 1000, () => {
      over = true;
      wake();
    });
    return {
      /** True when the device may be called again, false when the time is over. */
      async next(): Promise<boolean> {
        if (!heard && !over) await new Promise<void>((resolve) => (wake = resolve));
        const again = heard;
        heard = false;
        return again;
      },
      stop(): void {
        stopListening();
        timer.cancel();
      },
    };
  }
}
