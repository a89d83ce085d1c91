// The secret part of a SAS token, which must not be found in any log.

/** The value of `sig`, decoded; empty where there is none. */
export function signatureOf(token: string): string {
  const encoded = /\bsig=([^&]*)/.exec(token)?.[1] ?? '';
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
