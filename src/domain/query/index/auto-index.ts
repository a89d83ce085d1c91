// The rule by which a hub makes and drops indexes by itself.
import { LIMITS } from '../../limits.ts';
import type { IndexPlace } from './twin-index.ts';

/** A path that queries scanned for since the last look. `savedSeconds`: about what an index would have saved of that at most. */
export type WantedIndex = { readonly place: IndexPlace; readonly queries: number; readonly savedSeconds: number };

/**
 * An index that the hub made. `uses`: queries since the last look that it could answer; `scans`: those that scanned for its path all the same, since it leads to too many
 * twins. `isSettled`: it was there to be used all that time.
 */
export type OwnIndex = { readonly place: IndexPlace; readonly uses: number; readonly scans: number; readonly isSettled: boolean };

type Facts = {
  readonly wanted: readonly WantedIndex[];
  readonly own: readonly OwnIndex[];
  /** How many it may have. */
  readonly most: number;
};

/** `isUseless`: what is dropped is not worth another try. */
export type AutoIndexStep = {
  readonly drop: { readonly place: IndexPlace; readonly isUseless: boolean } | undefined;
  readonly create: IndexPlace | undefined;
};

/**
 * An index for which queries scan all the same goes first. At most one is made in a step: that which would have saved most. Where there are as many as may be, it takes the place of that which is used least, if
 * that is used less than half as often as the new one would be, so that two paths do not change places for ever.
 */
export function autoIndexStep({ wanted, own, most }: Facts): AutoIndexStep {
  const useless = own.find(({ isSettled, scans, uses }) => isSettled && scans > uses);
  if (useless) return { drop: { place: useless.place, isUseless: true }, create: undefined };
  const byUse = own.toSorted((one, other) => one.uses - other.uses);
  const [leastUsed] = byUse;
  if (leastUsed && own.length > most) return { drop: { place: leastUsed.place, isUseless: false }, create: undefined };
  const [best] = wanted.filter(isWorthIt).toSorted((one, other) => other.savedSeconds - one.savedSeconds);
  if (!best || own.length < most) return { drop: undefined, create: best?.place };
  const least = byUse.find(({ isSettled }) => isSettled);
  if (!least || 2 * least.uses >= best.queries) return { drop: undefined, create: undefined };
  return { drop: { place: least.place, isUseless: false }, create: best.place };
}

function isWorthIt({ queries, savedSeconds }: WantedIndex): boolean {
  return queries >= LIMITS.autoIndexQueries.value && savedSeconds >= LIMITS.autoIndexSavedSeconds.value;
}
