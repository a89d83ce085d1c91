// Twins as the service and the device see them.
import { type Authentication, thumbprintsOf } from '../identity/authentication.ts';
import { scopesOf } from '../identity/device-document.ts';
import { type Identity, isModule } from '../identity/module.ts';
import type { JsonObject } from '../json.ts';
import { NEVER } from '../time.ts';
import { twinEtag } from './apply-twin-change.ts';
import type { Twin, TwinSection } from './twin.ts';

/** What is the same in every twin document. */
export const SAME_IN_EVERY_TWIN: JsonObject = { cloudToDeviceMessageCount: 0 };

/** What a module twin shows in place of a status, which modules have not (behaviour 1.1). */
export const SAME_IN_EVERY_MODULE_TWIN: JsonObject = { status: 'enabled', statusUpdateTime: NEVER };

/** The twin document of the service API: tags, properties with metadata, and what it mirrors of the identity (behaviour 3.1). */
export function serviceTwinDocument(identity: Identity, twin: Twin): JsonObject {
  return {
    deviceId: identity.deviceId,
    ...(isModule(identity) && { moduleId: identity.moduleId }),
    etag: twinEtag(twin),
    deviceEtag: identity.etag,
    ...statusMirror(identity),
    connectionState: identity.connectionState,
    lastActivityTime: identity.lastActivityTime,
    ...SAME_IN_EVERY_TWIN,
    authenticationType: identity.authentication.type,
    x509Thumbprint: thumbprintMirror(identity.authentication),
    ...(identity.modelId !== '' && { modelId: identity.modelId }),
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

function statusMirror(identity: Identity): JsonObject {
  if (isModule(identity)) return SAME_IN_EVERY_MODULE_TWIN;
  return {
    status: identity.status,
    ...(identity.statusReason !== null && { statusReason: identity.statusReason }),
    statusUpdateTime: identity.statusUpdatedTime,
    capabilities: { iotEdge: identity.iotEdge },
    ...scopesOf(identity),
  };
}

/** Capitalised in twins, though not in identities (live facts, Twins). */
function thumbprintMirror(authentication: Authentication): JsonObject {
  const { primary, secondary } = thumbprintsOf(authentication);
  return { PrimaryThumbprint: primary, SecondaryThumbprint: secondary };
}

function sectionWithMetadata({ properties, metadata, version }: TwinSection): JsonObject {
  return { ...properties, $metadata: metadata, $version: version };
}
