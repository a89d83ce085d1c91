// What a change does to a twin: which versions rise, what is refused, and what the device is told.
import { desiredPatchOf } from '../digital-twin/desired-patch.ts';
import { HubError } from '../errors.ts';
import type { IdentityId } from '../identity/identity-id.ts';
import type { JsonObject } from '../json.ts';
import { LIMITS } from '../limits.ts';
import { checkPrecondition } from '../precondition.ts';
import { mergePatch, replacingPatch } from './merge-patch.ts';
import { mergeMetadata } from './metadata.ts';
import { sectionSize, sectionWeight } from './twin-section.ts';
import type { DesiredNotice, Twin, TwinChange, TwinChangeEffect, TwinSection, TwinSectionName } from './twin.ts';

type ServiceWrite = Extract<TwinChange, { kind: 'patch' | 'replace' }>;
type DigitalTwinWrite = Extract<TwinChange, { kind: 'patchDigitalTwin' }>;
type Report = Extract<TwinChange, { kind: 'report' }>;

/** The twin that comes with a new device or module (behaviour 3.1). @param at ISO-8601 UTC. */
export function newTwin(id: IdentityId, at: string): Twin {
  const empty: TwinSection = { properties: {}, metadata: { $lastUpdated: at }, version: 1 };
  return { ...id, etagCounter: 1, version: 2, tags: {}, desired: empty, reported: empty };
}

/** The etag of the twin document. */
export function twinEtag({ etagCounter }: Pick<Twin, 'etagCounter'>): string {
  return formatTwinEtag(etagCounter);
}

/** Base64 of an 8-byte big-endian counter (behaviour 3.1), digit by digit: every document of a page has one, and to go by way of bytes took ten times as long. */
export function formatTwinEtag(counter: number): string {
  // Eight bytes are ten digits and four bits, which the last digit has in front.
  let etag = `${BASE64_DIGITS[(counter % 16) * 4]}=`;
  for (let rest = Math.floor(counter / 16), digits = 10; digits > 0; digits -= 1) {
    etag = `${BASE64_DIGITS[rest % 64]}${etag}`;
    rest = Math.floor(rest / 64);
  }
  return etag;
}

const BASE64_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/**
 * Applies one change. Each write of desired or reported properties raises that section's version by exactly 1, even when it changes no value
 * (contract 0.9); each write of tags or desired properties, alone or together, raises the twin's version and etag by one step.
 * A patch that names neither section changes nothing, a replace wipes what it does not name (live facts, Twins).
 * @throws HubError PreconditionFailed when the etag or the base version is not the current one, DeviceModelMaxPropertiesExceeded when a
 * section would grow past its limit, ArgumentInvalid when a patch of a digital twin does not fit what the twin holds.
 */
export function applyTwinChange(twin: Twin, change: TwinChange): TwinChangeEffect {
  switch (change.kind) {
    case 'report':
      return applyReport(twin, change);
    case 'patchDigitalTwin':
      return applyDigitalTwinWrite(twin, change);
    case 'patch':
    case 'replace':
      return applyServiceWrite(twin, change);
  }
}

function applyDigitalTwinWrite(twin: Twin, { operations, ...write }: DigitalTwinWrite): TwinChangeEffect {
  // First, so that a patch made for another twin is not told what does not fit this one.
  checkPrecondition(write.precondition, twinEtag(twin));
  const desired = desiredPatchOf({ desired: twin.desired.properties, reported: twin.reported.properties }, operations);
  return applyServiceWrite(twin, { ...write, kind: 'patch', tags: undefined, desired });
}

function applyReport(twin: Twin, change: Report): TwinChangeEffect {
  const { version } = twin.reported;
  if (change.baseVersion !== undefined && change.baseVersion !== version) {
    throw new HubError('PreconditionFailed', `Reported properties are at version ${version}, not ${change.baseVersion}.`);
  }
  const properties = mergePatch(twin.reported.properties, change.patch);
  checkSize('reported', twin.reported.properties, properties);
  const metadata = mergeMetadata(twin.reported.metadata, change.patch, { $lastUpdated: change.at });
  return { twin: { ...twin, reported: { properties, metadata, version: version + 1 } }, changed: ['reported'], notice: undefined };
}

function applyServiceWrite(twin: Twin, change: ServiceWrite): TwinChangeEffect {
  checkPrecondition(change.precondition, twinEtag(twin));
  const tags = writtenTags(twin.tags, change);
  const desired = writtenDesired(twin.desired, change);
  const changed: TwinSectionName[] = [];
  if (tags) changed.push('tags');
  if (desired) changed.push('desired');
  if (changed.length === 0) return { twin, changed, notice: undefined };
  return {
    twin: {
      ...twin,
      etagCounter: twin.etagCounter + 1,
      version: twin.version + 1,
      tags: tags ?? twin.tags,
      desired: desired?.section ?? twin.desired,
    },
    changed,
    notice: desired?.notice,
  };
}

/**
 * `undefined` when the write leaves the tags alone; so does `tags: null` in a patch, which resets nothing (behaviour 3.3). A replace that
 * names none wipes them (live facts, Twins).
 */
function writtenTags(before: JsonObject, change: ServiceWrite): JsonObject | undefined {
  if (change.kind === 'replace') return checkedTags(before, mergePatch({}, change.tags ?? {}));
  return change.tags ? checkedTags(before, mergePatch(before, change.tags)) : undefined;
}

function checkedTags(before: JsonObject, after: JsonObject): JsonObject {
  checkSize('tags', before, after);
  return after;
}

type DesiredWrite = { readonly section: TwinSection; readonly notice: DesiredNotice };

/** `undefined` when the write leaves desired properties alone. */
function writtenDesired(before: TwinSection, change: ServiceWrite): DesiredWrite | undefined {
  if (change.kind === 'patch' && change.desired === undefined) return undefined;
  const version = before.version + 1;
  const stamp = { $lastUpdated: change.at, $lastUpdatedVersion: version };
  if (change.kind === 'patch' && change.desired) {
    const properties = mergePatch(before.properties, change.desired);
    checkSize('desired', before.properties, properties);
    const metadata = mergeMetadata(before.metadata, change.desired, stamp);
    return { section: { properties, metadata, version }, notice: { version, patch: change.desired } };
  }
  // Merging into nothing drops the nulls of a whole section. `desired: null` writes an empty one.
  const properties = mergePatch({}, change.desired ?? {});
  checkSize('desired', before.properties, properties);
  const section = { properties, metadata: mergeMetadata({}, properties, stamp), version };
  // Devices merge every notice, so what the new section lacks is sent as null (contract 0.9).
  return { section, notice: { version, patch: replacingPatch(before.properties, properties) } };
}

const SIZE_LIMITS: Readonly<Record<TwinSectionName, { readonly maxBytes: number; readonly title: string }>> = {
  tags: { maxBytes: LIMITS.tagsBytes.value, title: 'Tags' },
  desired: { maxBytes: LIMITS.propertiesBytes.value, title: 'Properties.Desired' },
  reported: { maxBytes: LIMITS.propertiesBytes.value, title: 'Properties.Reported' },
};

/** Refused only when the write makes a section larger that then is past a limit (behaviour 3.2); the words on bytes are the service's. */
function checkSize(name: TwinSectionName, before: JsonObject, after: JsonObject): void {
  const { maxBytes, title } = SIZE_LIMITS[name];
  const maxWeight = LIMITS.twinSectionWeight.value;
  if (outgrows(sectionSize, { before, after, max: maxBytes })) {
    throw new HubError('DeviceModelMaxPropertiesExceeded', `'${title}' size should be less than ${maxBytes} bytes.`);
  }
  if (outgrows(sectionWeight, { before, after, max: maxWeight })) {
    throw new HubError('DeviceModelMaxPropertiesExceeded', `'${title}' should have at most ${maxWeight} characters, keys and values.`);
  }
}

type Growth = { readonly before: JsonObject; readonly after: JsonObject; readonly max: number };

function outgrows(measure: (section: JsonObject) => number, { before, after, max }: Growth): boolean {
  const measured = measure(after);
  return measured > max && measured > measure(before);
}
