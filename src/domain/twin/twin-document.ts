// Twins as the service and the device see them.
import type { Device } from '../identity/device.ts';
import type { JsonObject } from '../json.ts';
import { twinEtag } from './apply-twin-change.ts';
import type { Twin, TwinSection } from './twin.ts';

/** What is the same in the twin document of every device, as long as devices have symmetric keys only. */
export const SAME_IN_EVERY_TWIN: JsonObject = {
  cloudToDeviceMessageCount: 0,
  authenticationType: 'sas',
  // Capitalised in twins, though not in identities (live facts, Twins).
  x509Thumbprint: { PrimaryThumbprint: null, SecondaryThumbprint: null },
  capabilities: { iotEdge: false },
};

/** The twin document of the service API: tags, properties with metadata, and what it mirrors of the identity (behaviour 3.1). */
export function serviceTwinDocument(device: Device, twin: Twin): JsonObject {
  return {
    deviceId: device.deviceId,
    etag: twinEtag(twin),
    deviceEtag: device.etag,
    status: device.status,
    ...(device.statusReason === null ? {} : { statusReason: device.statusReason }),
    statusUpdateTime: device.statusUpdatedTime,
    connectionState: device.connectionState,
    lastActivityTime: device.lastActivityTime,
    ...SAME_IN_EVERY_TWIN,
    version: twin.version,
    tags: twin.tags,
    properties: { desired: sectionWithMetadata(twin.desired), reported: sectionWithMetadata(twin.reported) },
  };
}

/** What a device gets when it asks for its twin: properties and their versions, no tags, no metadata (behaviour 3.4). */
export function deviceTwinDocument(twin: Twin): JsonObject {
  return {
    desired: { ...twin.desired.properties, $version: twin.desired.version },
    reported: { ...twin.reported.properties, $version: twin.reported.version },
  };
}

function sectionWithMetadata({ properties, metadata, version }: TwinSection): JsonObject {
  return { ...properties, $metadata: metadata, $version: version };
}
