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
  /** Whether the client has it; `unknown` where the client went on after a break, in which it may have come or gone. */
  readonly shown: boolean | 'unknown';
};

/** `holds`: whether it is in the result from here on. `event`: what the client is to be told, if anything. */
export type LiveStep = { readonly holds: boolean; readonly event: 'entered' | 'changed' | 'left' | undefined };

/**
 * A client that went on after a break is told `entered` and `left` again of what may have come or gone meanwhile, whether it knew it or not.
 */
export function liveStep(plan: LivePlan, { touched, document, shown }: LiveChange): LiveStep {
  const holds = document !== undefined && plan.condition(document) === true;
  const mayHaveMoved = (touched & plan.conditionParts) !== 0;
  const moved = shown === 'unknown' ? mayHaveMoved : shown !== holds;
  if (moved) return { holds, event: holds ? 'entered' : 'left' };
  return { holds, event: holds && (touched & plan.itemParts) !== 0 ? 'changed' : undefined };
}
