// Where devices live, and what is known of the connections of devices and modules.
import type { BulkEffect, BulkWrite } from '../domain/identity/bulk-write.ts';
import type { DeviceCounts } from '../domain/identity/device-counts.ts';
import type { DeviceWrite, DeviceWriteEffect } from '../domain/identity/device-write.ts';
import type { Device } from '../domain/identity/device.ts';
import type { IdentityId } from '../domain/identity/identity-id.ts';
import type { Outcome } from '../domain/errors.ts';
import type { Subscription } from './subscription-store.ts';

/** `connectionId` is unique per connection; activity and end count only while the latest connection of the device or module is theirs. */
export type ConnectionEvent = IdentityId &
  (
    | {
        readonly kind: 'connected';
        readonly connectionId: string;
        /** What was announced with the connection; empty without a model. */
        readonly modelId: string;
        /** Whether subscriptions are forgotten [MQTT-3.1.2-6]; otherwise a session that keeps them is made where there is none. */
        readonly cleanSession: boolean;
        readonly at: string;
      }
    | {
        readonly kind: 'disconnected';
        readonly connectionId: string;
        readonly at: string;
        /** When the device was last active, unless an event before told it. */
        readonly activeAt: string | undefined;
      }
    | { readonly kind: 'active'; readonly connectionId: string; readonly at: string }
    /** A device was active without a connection, which may be told late: it moves the time of the last activity forward only. */
    | { readonly kind: 'seen'; readonly at: string }
  );

/** `etag`: the `signInEtag`. `keptSubscriptions`: of a device that has connected, those of its session before; `undefined` where there was none. */
export type RecordedEvent = { readonly etag: string; readonly keptSubscriptions: readonly Subscription[] | undefined };

export interface DeviceStore {
  /** `undefined` when no such device is registered. Sees every write that was acknowledged before. */
  readDevice(deviceId: string): Promise<Device | undefined>;
  /** At most `limit` devices in code-point order of their ids. */
  listDevices(limit: number): Promise<readonly Device[]>;
  /**
   * Applies `applyDeviceWrite` to each item in order, later items seeing earlier ones, and commits all in one transaction before it resolves.
   * A create also makes the twin; a delete also removes twin, subscriptions and modules. A device that becomes
   * an edge device gets the modules of the edge runtime, one that is so no more loses them. Each effect is appended to the change feed.
   * Outcomes stand in the order of the writes; a refused item changes nothing and stops no other.
   */
  writeDevices(writes: readonly DeviceWrite[]): Promise<readonly Outcome<DeviceWriteEffect>[]>;
  /**
   * Like `writeDevices`, and for twins like `applyTwinChanges`, in one transaction. An item that writes a device and its twin writes both, the
   * device first, or changes nothing.
   */
  writeInBulk(writes: readonly BulkWrite[]): Promise<readonly Outcome<BulkEffect>[]>;
  /** Counts devices as they are at one moment, with every write that was acknowledged before. Cheap on a million devices. */
  countDevices(): Promise<DeviceCounts>;
  /**
   * Committed in order when it resolves. Answers for each event the `signInEtag` at that moment, so that a gateway sees a change made
   * while a device signed in; `undefined` for what is not registered, whose event is ignored.
   * Moves no etag and no version, and is no entry of the change feed. A loss of power that ends the hub too may take back what no durable write has
   * followed, except that a session was forgotten: all connections end by it, and a start of the hub begins without any.
   */
  recordConnections(events: readonly ConnectionEvent[]): Promise<readonly (RecordedEvent | undefined)[]>;
  /** Marks every connected device and module disconnected at `at`: what a hub does at its start, since no connection outlives it. */
  disconnectAll(at: string): Promise<void>;
}
