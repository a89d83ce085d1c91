// Keys of devices and modules, for tests that sign tokens or choose credentials.
import { type Authentication, keysOf } from '../../src/domain/identity/authentication.ts';
import type { IdentityId } from '../../src/domain/identity/identity-id.ts';
import type { SymmetricKeys } from '../../src/domain/identity/symmetric-key.ts';

/** The keys of an identity that has some. */
export function sasKeys({ authentication }: { readonly authentication: Authentication }): SymmetricKeys {
  const keys = keysOf(authentication);
  if (!keys) throw new Error('The identity has no keys');
  return keys;
}

export function sas(keys: SymmetricKeys): Authentication {
  return { type: 'sas', keys };
}

/** What an identity needs to sign in; there may be no more of it. */
export type Credentials = IdentityId & { readonly authentication: Authentication };

export function withKeys(id: IdentityId, keys: SymmetricKeys): Credentials {
  return { ...id, authentication: sas(keys) };
}

/** The path that tokens of the identity are for, percent-encoded. */
export function resourceOf({ deviceId, moduleId }: IdentityId): string {
  const module = moduleId === undefined ? '' : `/modules/${moduleId}`;
  return encodeURIComponent(`localhost/devices/${deviceId}${module}`);
}
