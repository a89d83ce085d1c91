// Which devices one step of the expansion of a job looks at.

/** Ids above `after` up to `to`, which is `undefined` for all that follow; `among` these ids. */
export type ExpansionRange = { readonly after: string; readonly to: string | undefined; readonly among: readonly string[] | undefined };

/** At most `limit` of these ids, which are in code-point order, above `after`. */
export function rangeAmong(ids: readonly string[], after: string, limit: number): ExpansionRange {
  const next = ids.filter((id) => id > after);
  return { after, to: next.length > limit ? next[limit - 1] : undefined, among: next.slice(0, limit) };
}
