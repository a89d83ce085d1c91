// One entry of the change feed: what was committed, to whom, in which order.
import type { IdentityId } from './identity/identity-id.ts';
import type { TwinSectionName } from './twin/twin.ts';

export type ChangeKind =
  | 'deviceCreated'
  | 'deviceUpdated'
  | 'deviceDeleted'
  | 'moduleCreated'
  | 'moduleUpdated'
  | 'moduleDeleted'
  | 'twinUpdated';

/** `sequence` rises with commits and never repeats; gaps are possible. `sections` is empty unless a twin was updated. */
export type Change = IdentityId & {
  readonly sequence: number;
  readonly at: string;
  readonly kind: ChangeKind;
  readonly sections: readonly TwinSectionName[];
};
