// A device as the identity registry knows it.
import type { Authentication } from './authentication.ts';

export type DeviceStatus = 'enabled' | 'disabled';
export type ConnectionState = 'Connected' | 'Disconnected';

/** What the hub knows of every identity, of a device and of a module. Times are ISO-8601 UTC text; `NEVER` where nothing happened yet. */
export type IdentityRecord = {
  /** Another one after delete and re-create under the same id. */
  readonly generationId: string;
  /** Base64 of a decimal counter, unquoted. Moves with every identity write, never with a connection (live facts, Identity). */
  readonly etag: string;
  readonly authentication: Authentication;
  readonly connectionState: ConnectionState;
  readonly connectionStateUpdatedTime: string;
  readonly lastActivityTime: string;
  /** The model that it announced when it connected last; empty when it announced none. */
  readonly modelId: string;
};

/** The identity record (behaviour 1.1). */
export type Device = IdentityRecord & {
  readonly deviceId: string;
  readonly status: DeviceStatus;
  readonly statusReason: string | null;
  readonly statusUpdatedTime: string;
  /** Whether it runs IoT Edge. */
  readonly iotEdge: boolean;
  /** Of an edge device its own scope, of any other that of its parent; null without a parent. */
  readonly deviceScope: string | null;
  /** The scopes of its parents. */
  readonly parentScopes: readonly string[];
};
