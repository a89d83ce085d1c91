// Etags of identities: base64 of a decimal counter (live facts, Identity).
import { invariant } from '../errors.ts';

export function formatEtag(counter: number): string {
  return btoa(String(counter));
}

/** The etag that follows this one. */
export function etagAfter(etag: string): string {
  const counter = Number(atob(etag));
  invariant(Number.isSafeInteger(counter), 'the etag of an identity is base64 of a decimal counter');
  return formatEtag(counter + 1);
}
