// What a check of `twinhub doctor` found: how it stands, what was seen, and what to do about it.

/** `seen` and `advice` are sentences and hold no secret. */
export type Verdict =
  | { readonly state: 'ok'; readonly seen: string }
  | { readonly state: 'warning' | 'failed' | 'skipped'; readonly seen: string; readonly advice: string };

export type Finding = Verdict & { readonly check: string };

export function ok(seen: string): Verdict {
  return { state: 'ok', seen };
}

/** Something works differently than the user may expect, or is going to stop. */
export function warning(seen: string, advice: string): Verdict {
  return { state: 'warning', seen, advice };
}

/** An app cannot work like this. */
export function failed(seen: string, advice: string): Verdict {
  return { state: 'failed', seen, advice };
}

/** Could not be looked at. */
export function skipped(seen: string, advice: string): Verdict {
  return { state: 'skipped', seen, advice };
}

/** Could not be looked at because another check did not succeed. */
export function mendFirst(check: string): Verdict {
  return skipped('Could not be looked at.', `Mend '${check}' first.`);
}
