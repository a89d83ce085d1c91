// A twin, of a device or of a module, and the changes that can be asked of it.
import type { Actor } from '../audit/audit-entry.ts';
import type { DigitalTwinOperation } from '../digital-twin/digital-twin-operation.ts';
import type { IdentityId } from '../identity/identity-id.ts';
import type { JsonObject } from '../json.ts';
import type { Precondition } from '../precondition.ts';

/**
 * Mirrors a property tree: every object and every leaf has an entry with `$lastUpdated` (ISO-8601 UTC) and, in desired properties,
 * `$lastUpdatedVersion` (behaviour 3.1). Arrays are leaves.
 */
export type TwinMetadata = JsonObject;

/** Desired or reported properties. `properties` holds neither `$metadata` nor `$version`. */
export type TwinSection = { readonly properties: JsonObject; readonly metadata: TwinMetadata; readonly version: number };

export type Twin = IdentityId & {
  /** Moves with tags and desired properties, not with reported ones (behaviour 13). See `twinEtag`. */
  readonly etagCounter: number;
  /** Covers tags and desired properties. */
  readonly version: number;
  readonly tags: JsonObject;
  readonly desired: TwinSection;
  readonly reported: TwinSection;
};

/**
 * A change to one twin, of a device or of a module; `at` is ISO-8601 UTC. Sections are validated by `checkTwinSection` before.
 * `patch` merges and leaves an absent section alone, `desired: null` clears it, and `tags: null` changes nothing (behaviour 3.3). `replace`
 * puts sections in the place of the old ones and wipes one that is null or absent (live facts, Twins).
 * `patchDigitalTwin` writes desired properties as its operations ask, which depends on what the twin holds.
 * `report`: `baseVersion` refuses the change unless reported properties are at that version.
 */
export type TwinChange = IdentityId &
  (
    | {
        readonly kind: 'patch' | 'replace';
        readonly tags: JsonObject | null | undefined;
        readonly desired: JsonObject | null | undefined;
        readonly precondition: Precondition;
        readonly at: string;
        /** Absent for a job, whose creation was audited. */
        readonly by?: Actor;
      }
    | {
        readonly kind: 'patchDigitalTwin';
        readonly operations: readonly DigitalTwinOperation[];
        readonly precondition: Precondition;
        readonly at: string;
        readonly by: Actor;
      }
    | {
        readonly kind: 'report';
        readonly patch: JsonObject;
        readonly baseVersion: number | undefined;
        readonly at: string;
      }
  );

/** What a connected device is told: the patch that leads to desired version `version`, without `$version` in it. */
export type DesiredNotice = { readonly version: number; readonly patch: JsonObject };

export type TwinSectionName = 'tags' | 'desired' | 'reported';

/** The twin after a change, the sections it rewrote, and the notice for the device when desired properties were among them. */
export type TwinChangeEffect = {
  readonly twin: Twin;
  readonly changed: readonly TwinSectionName[];
  readonly notice: DesiredNotice | undefined;
};
