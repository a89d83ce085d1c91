// The device bus of a hub that is one process: a table of holders.
import type { DeviceMessage, DeviceReply, DisconnectReason } from '../../domain/message.ts';
import { deviceIdOf } from '../../domain/identity/identity-id.ts';
import type { Attachment, DeviceBus } from '../../ports/device-bus.ts';

type Receive = (message: DeviceMessage) => Promise<DeviceReply>;

export class LocalDeviceBus implements DeviceBus {
  readonly #holders = new Map<string, Receive>();
  /** Addresses that are held, by the device id they begin with. */
  readonly #heldOf = new Map<string, Set<string>>();
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #listenersToAll = new Set<(address: string) => void>();

  async attach(address: string, receive: Receive): Promise<Attachment> {
    const before = this.#holders.get(address);
    this.#hold(address, receive);
    await before?.({ kind: 'disconnect', reason: 'takenOver' });
    return {
      detach: (): void => {
        if (this.#holders.get(address) === receive) this.#release(address);
      },
    };
  }

  send(address: string, message: DeviceMessage): Promise<DeviceReply | undefined> {
    return this.#holders.get(address)?.(message) ?? Promise.resolve(undefined);
  }

  mayHold(address: string): boolean {
    return this.#holders.has(address);
  }

  disconnectAll(deviceId: string, reason: DisconnectReason): void {
    for (const address of this.#heldOf.get(deviceId) ?? []) void this.send(address, { kind: 'disconnect', reason });
  }

  announceListening(address: string): void {
    for (const heard of this.#listeners.get(address) ?? []) heard();
    for (const heard of this.#listenersToAll) heard(address);
  }

  onListening(address: string, heard: () => void): () => void {
    const listeners = this.#listeners.get(address) ?? new Set();
    this.#listeners.set(address, listeners);
    // Wrapped, so that the same function may listen twice.
    const listener = (): void => heard();
    listeners.add(listener);
    return (): void => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(address);
    };
  }

  onAnyListening(heard: (address: string) => void): () => void {
    const listener = (address: string): void => heard(address);
    this.#listenersToAll.add(listener);
    return (): void => {
      this.#listenersToAll.delete(listener);
    };
  }

  #hold(address: string, receive: Receive): void {
    this.#holders.set(address, receive);
    const deviceId = deviceIdOf(address);
    const held = this.#heldOf.get(deviceId) ?? new Set();
    this.#heldOf.set(deviceId, held.add(address));
  }

  #release(address: string): void {
    this.#holders.delete(address);
    const deviceId = deviceIdOf(address);
    const held = this.#heldOf.get(deviceId);
    held?.delete(address);
    if (held?.size === 0) this.#heldOf.delete(deviceId);
  }
}
