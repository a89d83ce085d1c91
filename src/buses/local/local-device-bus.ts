// The device bus of a hub that is one process: a table of holders.
import type { DeviceMessage, DeviceReply } from '../../domain/message.ts';
import type { Attachment, DeviceBus } from '../../ports/device-bus.ts';

type Receive = (message: DeviceMessage) => Promise<DeviceReply>;

export class LocalDeviceBus implements DeviceBus {
  readonly #holders = new Map<string, Receive>();
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #listenersToAll = new Set<(deviceId: string) => void>();

  async attach(deviceId: string, receive: Receive): Promise<Attachment> {
    const before = this.#holders.get(deviceId);
    this.#holders.set(deviceId, receive);
    await before?.({ kind: 'disconnect', reason: 'takenOver' });
    return {
      detach: (): void => {
        if (this.#holders.get(deviceId) === receive) this.#holders.delete(deviceId);
      },
    };
  }

  async send(deviceId: string, message: DeviceMessage): Promise<DeviceReply | undefined> {
    return this.#holders.get(deviceId)?.(message);
  }

  announceListening(deviceId: string): void {
    for (const heard of this.#listeners.get(deviceId) ?? []) heard();
    for (const heard of this.#listenersToAll) heard(deviceId);
  }

  onListening(deviceId: string, heard: () => void): () => void {
    const listeners = this.#listeners.get(deviceId) ?? new Set();
    this.#listeners.set(deviceId, listeners);
    // Wrapped, so that the same function may listen twice.
    const listener = (): void => heard();
    listeners.add(listener);
    return (): void => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(deviceId);
    };
  }
  onAnyListening(heard: (deviceId: string) => void): () => void {
    const listener = (deviceId: string): void => heard(deviceId);
    this.#listenersToAll.add(listener);
    return (): void => {
      this.#listenersToAll.delete(listener);
    };
  }
}
