// Who is at the other end of a connection, as far as the network tells.
import type { Socket } from 'node:net';
import type { ClientCertificate } from '../../domain/certificate/client-certificate.ts';

/** `undefined` where the client of the connection showed no certificate. */
export type CertificateOf = (socket: Socket) => ClientCertificate | undefined;

export type Peer = {
  /** The address that it comes from. */
  readonly source: string;
  readonly certificate: () => ClientCertificate | undefined;
};
