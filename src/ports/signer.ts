// HMAC-SHA256 with symmetric keys, as a port, so that the rules stay free of cryptography.

export interface Signer {
  /** @param keyBase64 the key as it stands in connection strings. @returns the signature of the UTF-8 text, base64. */
  sign(keyBase64: string, text: string): string;
  /** Compares in constant time. False for a signature of another length or that is no base64. */
  verify(keyBase64: string, text: string, signatureBase64: string): boolean;
}
