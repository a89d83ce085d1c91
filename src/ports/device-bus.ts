// The way to the node that holds a device's connection.
import type { DeviceMessage, DeviceReply } from '../domain/message.ts';

export interface DeviceBus {
  /**
   * Makes `receive` the one holder of the device. The holder before, on any node, is sent `disconnect` with reason `takenOver` and receives
   * nothing after it. Resolves when messages reach the new holder.
   */
  attach(deviceId: string, receive: (message: DeviceMessage) => Promise<DeviceReply>): Promise<Attachment>;
  /**
   * Sends to the holder and resolves with its reply; `undefined` at once when no node holds the device.
   * Messages of one sender to one device arrive in the order of the calls.
   */
  send(deviceId: string, message: DeviceMessage): Promise<DeviceReply | undefined>;
  /** Tells every node that the device began to listen to direct methods. */
  announceListening(deviceId: string): void;
  /** Calls `heard` at each such announcement, until the returned function is called. */
  onListening(deviceId: string, heard: () => void): () => void;
  /** Calls `heard` at each announcement, of whichever device, until the returned function is called. */
  onAnyListening(heard: (deviceId: string) => void): () => void;
}

export interface Attachment {
  /** Ends this attachment; harmless when another holder has taken over. */
  detach(): void;
}
