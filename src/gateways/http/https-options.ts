// How the HTTPS listener treats its connections: versions of TLS, how long a client may take, and how much it may send.
import type { ServerOptions } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import { LIMITS } from '../../domain/limits.ts';

/** Both PEM; the certificate with its chain. */
export type TlsIdentity = { readonly certPem: string; readonly keyPem: string };

/** What a new certificate must bring along, since it replaces the whole context. */
export function secureContextOptions({ certPem, keyPem }: TlsIdentity): SecureContextOptions {
  return {
    cert: certPem,
    key: keyPem,
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    // X25519 first: a handshake in the default group costs half as much again (design 4). Resumption by tickets is on by default. In TLS 1.2
    // the keys of clients must be on one of these curves too.
    ecdhCurve: 'X25519:P-256:P-384:P-521',
  };
}

export function httpsOptions(tls: TlsIdentity): ServerOptions {
  const requestMs = LIMITS.httpRequestSeconds.value * 1000;
  return {
    ...secureContextOptions(tls),
    ALPNProtocols: ['http/1.1'],
    // Any certificate or none: who may do what is decided where a device signs in (behaviour 2.4).
    requestCert: true,
    rejectUnauthorized: false,
    handshakeTimeout: requestMs,
    maxHeaderSize: LIMITS.httpHeaderBytes.value,
    // Node would refuse a request without Host in words of its own; see checkHost.
    requireHostHeader: false,
    headersTimeout: requestMs,
    requestTimeout: requestMs,
    keepAliveTimeout: LIMITS.httpKeepAliveSeconds.value * 1000,
  };
}

/** How long a connection may be silent while a request is under way: longer than the longest direct method and its upload. */
export const SILENT_CONNECTION_MS =
  1000 * (LIMITS.httpRequestSeconds.value + LIMITS.methodConnectTimeoutMaxSeconds.value + LIMITS.methodResponseTimeoutMaxSeconds.value);
