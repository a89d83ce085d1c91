// Bodies of twin writes and reports, turned into changes.
import type { Actor } from '../audit/audit-entry.ts';
import { HubError } from '../errors.ts';
import type { IdentityId } from '../identity/identity-id.ts';
import { isJsonObject, ownValue, type JsonObject, type JsonValue } from '../json.ts';
import type { Precondition } from '../precondition.ts';
import { checkTwinSection } from './twin-section.ts';
import type { TwinChange, TwinSectionName } from './twin.ts';

type TwinWriteRequest = IdentityId & {
  readonly kind: 'patch' | 'replace';
  readonly body: JsonValue;
  readonly precondition: Precondition;
  /** ISO-8601 UTC. */
  readonly at: string;
  readonly by: Actor;
};

type ReportRequest = IdentityId & {
  readonly body: JsonValue;
  /** The `$version` that reported properties must have, if the device named one. */
  readonly baseVersion: number | undefined;
  /** ISO-8601 UTC. */
  readonly at: string;
};

/**
 * Reads the body of a service's twin PATCH or PUT. Whole twins that are sent back are welcome: only `tags` and `properties.desired` are read,
 * everything else in the body is ignored. @throws HubError ArgumentInvalid that names the field.
 */
export function parseTwinWrite({ kind, deviceId, moduleId, body, precondition, at, by }: TwinWriteRequest): TwinChange {
  return { kind, deviceId, moduleId, ...parseTwinSections(body), precondition, at, by };
}

type WrittenSections = Pick<Extract<TwinChange, { kind: 'patch' | 'replace' }>, 'tags' | 'desired'>;

/** What a twin document, or a part of one, says of the sections that a service may write. @throws HubError ArgumentInvalid that names the field. */
export function parseTwinSections(body: JsonValue): WrittenSections {
  if (!isJsonObject(body)) throw new HubError('ArgumentInvalid', 'The body must be a JSON object with tags or properties.desired.');
  const properties = ownValue(body, 'properties') ?? {};
  if (!isJsonObject(properties)) throw new HubError('ArgumentInvalid', "'properties' must be a JSON object.");
  return { tags: sectionAt(body, 'tags'), desired: sectionAt(properties, 'desired') };
}

/** Reads what a device reports: a merge patch of its reported properties. @throws HubError ArgumentInvalid that names the key. */
export function parseReport({ deviceId, moduleId, body, baseVersion, at }: ReportRequest): TwinChange {
  return { kind: 'report', deviceId, moduleId, patch: checkTwinSection(body, 'reported'), baseVersion, at };
}

function sectionAt(parent: JsonObject, name: TwinSectionName): JsonObject | null | undefined {
  const value = ownValue(parent, name);
  return value === undefined || value === null ? value : checkTwinSection(value, name);
}
