// A device as the service API shows it.
import type { JsonObject } from '../json.ts';
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
    capabilities: { iotEdge: false },
    authentication: {
      symmetricKey: { primaryKey: device.keys.primaryKey, secondaryKey: device.keys.secondaryKey },
      x509Thumbprint: { primaryThumbprint: null, secondaryThumbprint: null },
      type: 'sas',
    },
  };
}
