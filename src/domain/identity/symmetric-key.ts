// What may be the key of a device or of a policy: base64 of a length that the service takes.
import { LIMITS } from '../limits.ts';

/** Two keys, base64; either signs tokens. */
export type SymmetricKeys = { readonly primaryKey: string; readonly secondaryKey: string };

const BASE64 = /^[A-Za-z0-9+/]+(={0,2})$/;

export function isSymmetricKey(text: string): boolean {
  const padding = BASE64.exec(text)?.[1];
  if (padding === undefined || text.length % 4 !== 0) return false;
  const bytes = (text.length / 4) * 3 - padding.length;
  return bytes >= LIMITS.keyMinBytes.value && bytes <= LIMITS.keyMaxBytes.value;
}
