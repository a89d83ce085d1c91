// Chance, as a port. Everything drawn here is fit for secrets.

export interface Random {
  /** A version 4 UUID in lower case. */
  uuid(): string;
  bytes(length: number): Uint8Array;
}
