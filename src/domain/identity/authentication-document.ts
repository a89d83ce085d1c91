// How an identity signs in, as the service API shows it (behaviour 1.3).
import type { JsonObject } from '../json.ts';
import { type Authentication, keysOf, thumbprintsOf } from './authentication.ts';

/** With keys, which are null where there are none, as thumbprints are. */
export function authenticationDocument(authentication: Authentication): JsonObject {
  const keys = keysOf(authentication);
  const thumbprints = thumbprintsOf(authentication);
  return {
    symmetricKey: { primaryKey: keys?.primaryKey ?? null, secondaryKey: keys?.secondaryKey ?? null },
    x509Thumbprint: { primaryThumbprint: thumbprints.primary, secondaryThumbprint: thumbprints.secondary },
    type: authentication.type,
  };
}
