// The way to the node that holds the connection of a device or module. Both are named by their address: `d` or `d/m` (`addressOf`).
import type { DeviceMessage, DeviceReply, DisconnectReason } from '../domain/message.ts';

export interface DeviceBus {
  /**
   * Makes `receive` the one holder of the device or module. The holder before, on any node, is sent `disconnect` with reason `takenOver` and receives
   * nothing after it. Resolves when messages reach the new holder.
   */
  attach(address: string, receive: (message: DeviceMessage) => Promise<DeviceReply>): Promise<Attachment>;
  /**
   * Sends to the holder and resolves with its reply; `undefined` at once when no node holds it.
   * Messages of one sender to one device arrive in the order of the calls.
   */
  send(address: string, message: DeviceMessage): Promise<DeviceReply | undefined>;
  /** False when no node holds it at this moment; true when one does, or that is not known here. */
  mayHold(address: string): boolean;
  /** Tells the holders of the device and of all its modules to disconnect, on whichever node they are. */
  disconnectAll(deviceId: string, reason: DisconnectReason): void;
  /** Tells every node that the device began to listen to direct methods. */
  announceListening(address: string): void;
  /** Calls `heard` at each such announcement, until the returned function is called. */
  onListening(address: string, heard: () => void): () => void;
  /** Calls `heard` at each announcement, of whichever device, until the returned function is called. */
  onAnyListening(heard: (address: string) => void): () => void;
}

export interface Attachment {
  /** Ends this attachment; harmless when another holder has taken over. */
  detach(): void;
}
