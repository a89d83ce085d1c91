// A device as the identity registry knows it.

export type DeviceStatus = 'enabled' | 'disabled';
export type ConnectionState = 'Connected' | 'Disconnected';

/** Two keys, base64; either signs tokens of the device. */
export type SymmetricKeys = { readonly primaryKey: string; readonly secondaryKey: string };

/** The identity record (behaviour 1.1). Times are ISO-8601 UTC text; `NEVER` where nothing happened yet. */
export type Device = {
  readonly deviceId: string;
  /** Another one after delete and re-create under the same id. */
  readonly generationId: string;
  /** Base64 of a decimal counter, unquoted. Moves with every identity write, never with a connection (live facts, Identity). */
  readonly etag: string;
  readonly status: DeviceStatus;
  readonly statusReason: string | null;
  readonly statusUpdatedTime: string;
  readonly keys: SymmetricKeys;
  readonly connectionState: ConnectionState;
  readonly connectionStateUpdatedTime: string;
  readonly lastActivityTime: string;
};
