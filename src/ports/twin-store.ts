// Where twins live.
import type { Outcome } from '../domain/errors.ts';
import type { IdentityId } from '../domain/identity/identity-id.ts';
import type { Identity } from '../domain/identity/module.ts';
import type { DesiredNotice, Twin, TwinChange } from '../domain/twin/twin.ts';

/** A twin with the identity that its document mirrors, both of the same moment. */
export type IdentityTwin = { readonly identity: Identity; readonly twin: Twin };

/** `reported` answers a `report`, `written` a `patch` or `replace`. */
export type TwinChangeResult =
  | { readonly kind: 'reported'; readonly version: number }
  | { readonly kind: 'written'; readonly identityTwin: IdentityTwin; readonly notice: DesiredNotice | undefined };

export interface TwinStore {
  /** `undefined` when no such device or module is registered. Sees every write that was acknowledged before. */
  readTwin(id: IdentityId): Promise<IdentityTwin | undefined>;
  /** As `readTwin` for each id, in their order, at less cost than one after the other. They need not be of the same moment. */
  readTwins(ids: readonly IdentityId[]): Promise<readonly (IdentityTwin | undefined)[]>;
  /**
   * Applies `applyTwinChange` to each item in order, later items seeing earlier ones, and commits all in one transaction before it resolves.
   * Each change is appended to the change feed. Outcomes stand in the order of the changes; a refused item (DeviceNotFound
   * where there is no twin, SystemModuleModifyUnauthorizedAccess for a back end's write to one of the edge runtime, else what the rule says) changes nothing and stops no other.
   * Calls that change the same twin are committed in the order in which they were made.
   */
  applyTwinChanges(changes: readonly TwinChange[]): Promise<readonly Outcome<TwinChangeResult>[]>;
}
