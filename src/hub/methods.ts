// The use case of direct methods: call a device and wait for its answer, or say at once why there will be none.
import { HubError } from '../domain/errors.ts';
import { deviceNotFound } from '../domain/identity/device-write.ts';
import type { DirectMethodAnswer, DirectMethodCall } from '../domain/method/direct-method.ts';
import type { Clock } from '../ports/clock.ts';
import type { DeviceBus } from '../ports/device-bus.ts';
import type { DeviceStore } from '../ports/device-store.ts';
import { ConnectWaits } from './connect-waits.ts';

type Dependencies = { readonly store: DeviceStore; readonly bus: DeviceBus; readonly clock: Clock };

export class Methods {
  readonly #store: DeviceStore;
  readonly #bus: DeviceBus;
  readonly #waits: ConnectWaits;

  constructor(dependencies: Dependencies) {
    this.#store = dependencies.store;
    this.#bus = dependencies.bus;
    this.#waits = new ConnectWaits(dependencies.bus, dependencies.clock);
  }

  /**
   * Sends the call once and resolves with the device's answer, whatever its status. Nothing is kept or repeated (behaviour 4).
   * @throws HubError DeviceNotFound, DeviceNotOnline (at once without a connect timeout, or when the line is lost), GatewayTimeout,
   * DeviceMaximumInflightMethodExceeded, GenericBadGateway for an answer that is no JSON, ServiceUnavailable when the hub stops.
   */
  async invoke(deviceId: string, call: DirectMethodCall): Promise<DirectMethodAnswer> {
    const answer = await this.#send(deviceId, call);
    if (answer) return answer;
    if (!(await this.#store.readDevice(deviceId))) throw deviceNotFound(deviceId);
    const laterAnswer = call.connectTimeoutSeconds > 0 && (await this.#sendWhenConnected(deviceId, call));
    if (laterAnswer) return laterAnswer;
    throw new HubError('DeviceNotOnline', 'Timed out waiting for device to connect.');
  }

  /** Calls that wait for a device to connect end with ServiceUnavailable; those that were sent are still waited for. */
  stopWaiting(): void {
    this.#waits.stop();
  }

  /** Tries once more as soon as it listens, for the device may have come since the first try. `undefined` when the time is over. */
  async #sendWhenConnected(deviceId: string, call: DirectMethodCall): Promise<DirectMethodAnswer | undefined> {
    const wait = this.#waits.begin(deviceId, call.connectTimeoutSeconds);
    try {
      do {
        const answer = await this.#send(deviceId, call);
        if (answer) return answer;
      } while (await wait.next());
      return undefined;
    } finally {
      wait.end();
    }
  }

  /** `undefined` when the device cannot be called at this moment. */
  async #send(deviceId: string, call: DirectMethodCall): Promise<DirectMethodAnswer | undefined> {
    const reply = await this.#bus.send(deviceId, { kind: 'invokeMethod', call });
    if (reply?.kind === 'methodAnswer') return reply.answer;
    if (reply?.kind === 'refused') throw new HubError(reply.refusal.code, reply.refusal.message);
    return undefined;
  }
}
