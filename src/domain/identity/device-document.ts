// A device as the service API shows it.
import type { JsonObject } from '../json.ts';
import { authenticationDocument } from './authentication-document.ts';
import type { Device } from './device.ts';

/** The identity with its keys (behaviour 1.1 and 1.3). */
export function deviceDocument(device: Device): JsonObject {
  return {
    deviceId: device.deviceId,
    generationId: device.generationId,
    etag: device.etag,
    connectionState: device.connectionState,
    status: device.status,
    statusReason: device.statusReason,
    connectionStateUpdatedTime: device.connectionStateUpdatedTime,
    statusUpdatedTime: device.statusUpdatedTime,
    lastActivityTime: device.lastActivityTime,
    cloudToDeviceMessageCount: 0,
    capabilities: { iotEdge: device.iotEdge },
    authentication: authenticationDocument(device.authentication),
    ...scopesOf(device),
  };
}

/** Left out where there are none (live facts, Twins). */
export function scopesOf({ deviceScope, parentScopes }: Device): JsonObject {
  return { ...(deviceScope !== null && { deviceScope }), ...(parentScopes.length > 0 && { parentScopes }) };
}
