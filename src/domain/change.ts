// One entry of the change feed: what was committed, to whom, in which order.
import type { TwinSectionName } from './twin/twin.ts';

export type ChangeKind = 'deviceCreated' | 'deviceUpdated' | 'deviceDeleted' | 'twinUpdated';

/** `sequence` rises with commits and never repeats; gaps are possible. `sections` is empty unless a twin was updated. */
export type Change = {
  readonly sequence: number;
  readonly at: string;
  readonly kind: ChangeKind;
  readonly deviceId: string;
  readonly sections: readonly TwinSectionName[];
};
