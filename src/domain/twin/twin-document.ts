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
    ...beginningOf(identity, twin),
    tags: twin.tags,
    properties: { desired: sectionWithMetadata(twin.desired), reported: sectionWithMetadata(twin.reported) },
  };
}

/** A twin whose parts are JSON, as a store has them. */
export type WrittenTwin = Pick<Twin, 'etagCounter' | 'version'> & {
  readonly tags: string;
  readonly desired: WrittenSection;
  readonly reported: WrittenSection;
};

type WrittenSection = { readonly properties: string; readonly metadata: string; readonly version: number };

/** The same document as JSON, for which its parts need not be parsed. */
export function serviceTwinJson(identity: Identity, twin: WrittenTwin): string {
  const beginning = JSON.stringify(beginningOf(identity, twin)).slice(0, -1);
  return `${beginning},"tags":${twin.tags},"properties":{"desired":${writtenSection(twin.desired)},"reported":${writtenSection(twin.reported)}}}`;
}

function beginningOf(identity: Identity, twin: Pick<Twin, 'etagCounter' | 'version'>): JsonObject {
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

function writtenSection({ properties, metadata, version }: WrittenSection): string {
  const separator = properties === '{}' ? '' : ',';
  return `${properties.slice(0, -1)}${separator}"$metadata":${metadata},"$version":${version}}`;
}
