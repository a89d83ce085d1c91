// The token with which a client asks for the page after the one it has: opaque to the client, and checked when it comes back.
import { HubError } from '../errors.ts';
import { isJsonObject, ownValue, parseJson } from '../json.ts';

/** What the pages are of. A token of one kind is none of another. */
type Listing = 'jobs' | 'audit';

/** @param after where the page ended, in ASCII. @returns what fits into a header and a query string: base64url of JSON. */
export function formatContinuation(listing: Listing, after: string): string {
  return btoa(JSON.stringify({ [listing]: after }))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** @returns where the page ended. @throws HubError ArgumentInvalid when it is no token that `formatContinuation` made of such a page. */
export function parseContinuation(listing: Listing, token: string): string {
  const after = afterIn(listing, token);
  if (typeof after === 'string' && after !== '' && /^[ -~]+$/.test(after)) return after;
  throw new HubError('ArgumentInvalid', 'The continuation token is not one of this hub. Ask again without it.');
}

function afterIn(listing: Listing, token: string): unknown {
  try {
    const value = parseJson(atob(token.replaceAll('-', '+').replaceAll('_', '/')));
    return isJsonObject(value) ? ownValue(value, listing) : undefined;
  } catch {
    // Neither base64 nor JSON.
    return undefined;
  }
}
