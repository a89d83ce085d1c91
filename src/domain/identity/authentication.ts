// How a device or a module proves who it is (behaviour 1.3).
import type { SymmetricKeys } from './symmetric-key.ts';

/** Digests of certificates in hexadecimal, SHA-1 or SHA-256, in the case in which they came (live facts, Identity). */
export type Thumbprints = { readonly primary: string | null; readonly secondary: string | null };

/**
 * `selfSigned`: a certificate with one of these thumbprints. `certificateAuthority`: one that a CA of the hub vouches for. `none`: no way to
 * sign in with a credential of its own.
 */
export type Authentication =
  | { readonly type: 'sas'; readonly keys: SymmetricKeys }
  | { readonly type: 'selfSigned'; readonly thumbprints: Thumbprints }
  | { readonly type: 'certificateAuthority' }
  | { readonly type: 'none' };

export type AuthenticationType = Authentication['type'];

const NO_THUMBPRINTS: Thumbprints = { primary: null, secondary: null };

/** The keys where there are some. */
export function keysOf(authentication: Authentication): SymmetricKeys | undefined {
  return authentication.type === 'sas' ? authentication.keys : undefined;
}

export function thumbprintsOf(authentication: Authentication): Thumbprints {
  return authentication.type === 'selfSigned' ? authentication.thumbprints : NO_THUMBPRINTS;
}

/** Whether whoever could sign in with one can sign in with the other. */
export function sameAuthentication(one: Authentication, other: Authentication): boolean {
  return one.type === other.type && authenticationChanges(one, other).length === 0;
}

/** What differs, in words for people that tell no secret; empty when nothing does. */
export function authenticationChanges(before: Authentication, after: Authentication): readonly string[] {
  const [keys, newKeys] = [keysOf(before), keysOf(after)];
  const [thumbprints, newThumbprints] = [thumbprintsOf(before), thumbprintsOf(after)];
  return [
    before.type === after.type ? [] : [`authentication ${after.type}`],
    keys?.primaryKey === newKeys?.primaryKey ? [] : ['primary key'],
    keys?.secondaryKey === newKeys?.secondaryKey ? [] : ['secondary key'],
    thumbprints.primary === newThumbprints.primary ? [] : ['primary thumbprint'],
    thumbprints.secondary === newThumbprints.secondary ? [] : ['secondary thumbprint'],
  ].flat();
}
