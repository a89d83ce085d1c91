// The certificate that a client showed when it opened a connection.

export type ClientCertificate = {
  /** DER. The client's own comes first, then what it sent besides. */
  readonly chain: readonly [Uint8Array, ...Uint8Array[]];
  /** The connection resumes a session of TLS, which remembers the client's own certificate and nothing that was sent besides. */
  readonly isResumed: boolean;
};
