// What a change of one twin means to a live query: data in, data out.
import type { JsonObject } from '../../json.ts';
import type { LivePlan } from './live-plan.ts';
import type { TwinParts } from './twin-parts.ts';

/** What is known of a device or module when its change is handled. */
export type LiveChange = {
  /** What changed since the query was told of it, several changes together. */
  readonly touched: TwinParts;
  /** As it stands; `undefined` when it is gone. */
  readonly document: JsonObject | undefined;
  /** Whether it was in the result. */
  readonly shown: boolean;
  /** The client went on after a break in which this changed: it may have it or not, whatever was in the result. */
  readonly uncertain: boolean;
};

/** `holds`: whether it is in the result from here on. `event`: what the client is to be told, if anything. */
export type LiveStep = { readonly holds: boolean; readonly event: 'entered' | 'changed' | 'left' | undefined };

/**
 * A client that went on after a break is told `entered` and `left` again of what may have come or gone meanwhile, whether it knew it or not.
 */
export function liveStep(plan: LivePlan, { touched, document, shown, uncertain }: LiveChange): LiveStep {
  const holds = document !== undefined && plan.condition(document) === true;
  const mayHaveMoved = (touched & plan.conditionParts) !== 0;
  if (shown !== holds || (uncertain && mayHaveMoved)) return { holds, event: holds ? 'entered' : 'left' };
  return { holds, event: holds && (touched & plan.itemParts) !== 0 ? 'changed' : undefined };
}
