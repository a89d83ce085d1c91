// The use case of direct methods: call a device and wait for its answer, or say at once why there will be none.
import { HubError } from '../domain/errors.ts';
import { deviceNotFound } from '../domain/identity/device-write.ts';
import { addressOf, type IdentityId, isModuleAddress, isModuleId } from '../domain/identity/identity-id.ts';
import { moduleNotFound } from '../domain/identity/module-write.ts';
import type { DirectMethodAnswer, DirectMethodCall } from '../domain/method/direct-method.ts';
import type { Clock } from '../ports/clock.ts';
import type { DeviceBus } from '../ports/device-bus.ts';
import type { DeviceStore } from '../ports/device-store.ts';
import type { ModuleStore } from '../ports/module-store.ts';
import { ConnectWaits } from './connect-waits.ts';

type Dependencies = {
  readonly devices: Pick<DeviceStore, 'readDevice'>;
  readonly modules: Pick<ModuleStore, 'readModule'>;
  readonly bus: DeviceBus;
  readonly clock: Clock;
};

export class Methods {
  readonly #devices: Dependencies['devices'];
  readonly #modules: Dependencies['modules'];
  readonly #bus: DeviceBus;
  readonly #waits: ConnectWaits;

  constructor(dependencies: Dependencies) {
    this.#devices = dependencies.devices;
    this.#modules = dependencies.modules;
    this.#bus = dependencies.bus;
    this.#waits = new ConnectWaits(dependencies.bus, dependencies.clock);
  }

  /**
   * Sends the call once and resolves with the device's answer, whatever its status. Nothing is kept or repeated (behaviour 4).
   * @throws HubError DeviceNotFound, ModuleNotFound, DeviceNotOnline (at once without a connect timeout, or when the line is lost), GatewayTimeout,
   * DeviceMaximumInflightMethodExceeded, GenericBadGateway for an answer that is no JSON, ServiceUnavailable when the hub stops.
   */
  async invoke(id: IdentityId, call: DirectMethodCall): Promise<DirectMethodAnswer> {
    // No device has such an id, but a path may hold one, and it would be the address of a module.
    if (isModuleAddress(id.deviceId)) throw deviceNotFound(id.deviceId);
    const address = addressOf(id);
    const answer = await this.#send(address, call);
    if (answer) return answer;
    await this.#checkRegistered(id);
    const laterAnswer = call.connectTimeoutSeconds > 0 && (await this.#sendWhenConnected(address, call));
    if (laterAnswer) return laterAnswer;
    throw new HubError('DeviceNotOnline', 'Timed out waiting for device to connect.');
  }

  /** Calls that wait for a device to connect end with ServiceUnavailable; those that were sent are still waited for. */
  stopWaiting(): void {
    this.#waits.stop();
  }

  async #checkRegistered(id: IdentityId): Promise<void> {
    if (!(await this.#devices.readDevice(id.deviceId))) throw deviceNotFound(id.deviceId);
    if (isModuleId(id) && !(await this.#modules.readModule(id))) throw moduleNotFound(id);
  }

  /** Tries once more as soon as it listens, for the device may have come since the first try. `undefined` when the time is over. */
  async #sendWhenConnected(address: string, call: DirectMethodCall): Promise<DirectMethodAnswer | undefined> {
    const wait = this.#waits.begin(address, call.connectTimeoutSeconds);
    try {
      do {
        const answer = await this.#send(address, call);
        if (answer) return answer;
      } while (await wait.next());
      return undefined;
    } finally {
      wait.end();
    }
  }

  /** `undefined` when the device cannot be called at this moment. */
  async #send(address: string, call: DirectMethodCall): Promise<DirectMethodAnswer | undefined> {
    const reply = await this.#bus.send(address, { kind: 'invokeMethod', call });
    if (reply?.kind === 'methodAnswer') return reply.answer;
    if (reply?.kind === 'refused') throw new HubError(reply.refusal.code, reply.refusal.message);
    return undefined;
  }
}
