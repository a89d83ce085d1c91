// Where twins are found by what they say.
import type { Expression } from '../domain/query/ast.ts';
import type { IdentityTwin } from './twin-store.ts';

/** `after`: the device id where the page before ended. `limit`: at least 1. */
export type TwinQuery = { readonly condition: Expression; readonly after: string | undefined; readonly limit: number };

/** `next`: what to give as `after` for the page that follows; `undefined` on the last page, and only there. */
export type TwinPage = { readonly twins: readonly IdentityTwin[]; readonly next: string | undefined };

export interface QueryStore {
  /**
   * The device twins for whose document (`serviceTwinDocument`) `evaluate` says `true`, in code-point order of their device ids, all of one moment.
   * At most `limit` of them, and fewer when their size reaches `LIMITS.queryPageChars`. Sees every write that was acknowledged before.
   * Once the signal is aborted it rejects with the signal's reason, and the store soon stops to look.
   */
  queryTwins(query: TwinQuery, signal: AbortSignal): Promise<TwinPage>;
}
