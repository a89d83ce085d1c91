// Takes the certificate of a client from its TLS connection.
import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { ClientCertificate } from '../domain/certificate/client-certificate.ts';
import { LIMITS } from '../domain/limits.ts';

/** What each connection showed, so that one that signs in for each request is asked once. */
const shown = new WeakMap<TLSSocket, ClientCertificate>();

/**
 * What the client sent, whoever issued it, as far as one certificate beyond `LIMITS.certificateChain`; for one connection always the same
 * object. `undefined` for a connection without TLS or without a certificate, before the handshake has ended, and when the connection is gone.
 */
export function clientCertificateOf(socket: Socket): ClientCertificate | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const known = shown.get(socket);
  if (known) return known;
  const certificate = read(socket);
  if (certificate) shown.set(socket, certificate);
  return certificate;
}

function read(socket: TLSSocket): ClientCertificate | undefined {
  const own = socket.getPeerX509Certificate();
  if (!own) return undefined;
  const others: Uint8Array[] = [];
  // Node.js links what was sent in its order, whether one issued the other or not.
  let next: X509Certificate | undefined = own.issuerCertificate;
  while (next && others.length < LIMITS.certificateChain.value) {
    others.push(next.raw);
    next = next.issuerCertificate;
  }
  return { chain: [own.raw, ...others], isResumed: socket.isSessionReused() };
}
