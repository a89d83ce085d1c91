// How many devices there are, and what the service API says of it (behaviour 1.9).
import type { JsonObject } from '../json.ts';

/** `total` includes both others; a device may be disabled and connected only until its connection is closed. */
export type DeviceCounts = { readonly total: number; readonly disabled: number; readonly connected: number };

/** `RegistryStatistics` of the swagger. */
export function registryStatistics({ total, disabled }: DeviceCounts): JsonObject {
  return { totalDeviceCount: total, enabledDeviceCount: total - disabled, disabledDeviceCount: disabled };
}

/** `ServiceStatistics` of the swagger. */
export function serviceStatistics({ connected }: DeviceCounts): JsonObject {
  return { connectedDeviceCount: connected };
}
