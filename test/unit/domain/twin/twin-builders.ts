// Twins and changes for tests: only what a test is about needs to be said.
import type { JsonObject } from '../../../../src/domain/json.ts';
import type { Precondition } from '../../../../src/domain/precondition.ts';
import { applyTwinChange, newTwin } from '../../../../src/domain/twin/apply-twin-change.ts';
import type { Twin, TwinChange } from '../../../../src/domain/twin/twin.ts';

export const CREATED_AT = '2026-01-01T00:00:00.000Z';
export const CHANGED_AT = '2026-01-02T00:00:00.000Z';

type WriteParts = {
  readonly tags?: JsonObject | null | undefined;
  readonly desired?: JsonObject | null | undefined;
  readonly precondition?: Precondition;
  readonly at?: string;
};

export function patchOf(parts: WriteParts): TwinChange {
  return writeOf('patch', parts);
}

export function replaceOf(parts: WriteParts): TwinChange {
  return writeOf('replace', parts);
}

export function reportOf(patch: JsonObject, baseVersion?: number): TwinChange {
  return { kind: 'report', deviceId: 'device', patch, baseVersion, at: CHANGED_AT };
}

/** A new twin whose sections were then written once each where given. */
export function twinWith(sections: { readonly tags?: JsonObject; readonly desired?: JsonObject; readonly reported?: JsonObject }): Twin {
  const { tags, desired, reported } = sections;
  const written = applyTwinChange(newTwin({ deviceId: 'device' }, CREATED_AT), patchOf({ tags, desired, at: CREATED_AT })).twin;
  return reported ? applyTwinChange(written, { ...reportOf(reported), at: CREATED_AT }).twin : written;
}

export function writeOf(
  kind: 'patch' | 'replace',
  { tags, desired, precondition = { kind: 'none' }, at = CHANGED_AT }: WriteParts,
): TwinChange {
  return { kind, deviceId: 'device', tags, desired, precondition, at };
}
