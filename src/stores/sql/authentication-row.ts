// The columns in which devices and modules keep how they sign in.
import { type Authentication, type AuthenticationType, keysOf, thumbprintsOf } from '../../domain/identity/authentication.ts';

export type AuthenticationRow = {
  readonly authentication_type: AuthenticationType;
  readonly primary_key: string | null;
  readonly secondary_key: string | null;
  readonly primary_thumbprint: string | null;
  readonly secondary_thumbprint: string | null;
};

export const AUTHENTICATION_COLUMNS = 'authentication_type, primary_key, secondary_key, primary_thumbprint, secondary_thumbprint';

/** In the order of `AUTHENTICATION_COLUMNS`. */
export function authenticationValues(authentication: Authentication): readonly (string | null)[] {
  const keys = keysOf(authentication);
  const thumbprints = thumbprintsOf(authentication);
  return [authentication.type, keys?.primaryKey ?? null, keys?.secondaryKey ?? null, thumbprints.primary, thumbprints.secondary];
}

export function toAuthentication(row: AuthenticationRow): Authentication {
  switch (row.authentication_type) {
    case 'sas':
      // The table holds no such row without both keys.
      return { type: 'sas', keys: { primaryKey: row.primary_key ?? '', secondaryKey: row.secondary_key ?? '' } };
    case 'selfSigned':
      return { type: 'selfSigned', thumbprints: { primary: row.primary_thumbprint, secondary: row.secondary_thumbprint } };
    case 'certificateAuthority':
    case 'none':
      return { type: row.authentication_type };
  }
}
