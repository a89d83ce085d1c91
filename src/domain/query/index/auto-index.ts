// The rule by which a hub makes and drops indexes by itself.
import { LIMITS } from '../../limits.ts';
import type { IndexPlace } from './twin-index.ts';

/** A path that queries scanned for since the last look. `savedSeconds`: about what an index would have saved of that at most. */
export type WantedIndex = { readonly place: IndexPlace; readonly queries: number; readonly savedSeconds: number };

/** An index that the hub made. `uses`: queries since the last look that it could answer. `isSettled`: it was there to be used all that time. */
export type OwnIndex = { readonly place: IndexPlace; readonly uses: number; readonly isSettled: boolean };

type Facts = {
  readonly wanted: readonly WantedIndex[];
  readonly own: readonly OwnIndex[];
  /** How many it may have. */
  readonly most: number;
};

export type AutoIndexStep = { readonly drop: IndexPlace | undefined; readonly create: IndexPlace | undefined };

/**
 * At most one is made in a step: that which would have saved most. Where there are as many as may be, it takes the place of that which is used least, if
 * that is used less than half as often as the new one would be, so that two paths do not change places for ever.
 */
export function autoIndexStep({ wanted, own, most }: Facts): AutoIndexStep {
  const byUse = own.toSorted((one, other) => one.uses - other.uses);
  if (own.length > most) return { drop: byUse[0]?.place, create: undefined };
  const [best] = wanted.filter(isWorthIt).toSorted((one, other) => other.savedSeconds - one.savedSeconds);
  if (!best || own.length < most) return { drop: undefined, create: best?.place };
  const least = byUse.find(({ isSettled }) => isSettled);
  const isBetter = least !== undefined && 2 * least.uses < best.queries;
  return isBetter ? { drop: least.place, create: best.place } : { drop: undefined, create: undefined };
}

function isWorthIt({ queries, savedSeconds }: WantedIndex): boolean {
  return queries >= LIMITS.autoIndexQueries.value && savedSeconds >= LIMITS.autoIndexSavedSeconds.value;
}
