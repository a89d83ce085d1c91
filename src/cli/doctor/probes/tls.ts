// The certificate that a server shows, as a client sees it, without a word sent over the connection.
import type { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { isIP } from 'node:net';
import { checkServerIdentity, connect, type TLSSocket } from 'node:tls';
import type { Clock } from '../../../ports/clock.ts';
import { withDeadline } from './deadline.ts';
import { faultOf } from './network.ts';

/** `hostName` is the name that apps use for what is reached at `address`. */
export type Place = { readonly address: string; readonly port: number; readonly hostName: string };

export type CertificateFacts = {
  /** Names and issuer as OpenSSL writes them. */
  readonly names: string;
  readonly issuer: string;
  readonly fingerprint: string;
  readonly validFromMs: number;
  readonly validToMs: number;
  readonly coversHostName: boolean;
  readonly isSelfSigned: boolean;
  /** Bits of an RSA key; `undefined` for other keys, all of which are strong enough. */
  readonly rsaBits: number | undefined;
  /** As OpenSSL calls it, such as `ecdsa-with-SHA256`. */
  readonly signatureAlgorithm: string;
};

/** `protocol`: such as `TLSv1.3`. `trustFault`: why the chain is not good for the CAs that were asked for, as OpenSSL calls it; `undefined` when it is. */
export type TlsSight =
  | {
      readonly kind: 'certificate';
      readonly protocol: string;
      readonly certificate: CertificateFacts;
      readonly trustFault: string | undefined;
    }
  | { readonly kind: 'fault'; readonly fault: string };

/** @param ca PEM; in place of all that this process trusts. */
export async function lookAtTls(place: Place, ca: string | undefined, clock: Clock): Promise<TlsSight> {
  try {
    return await overTls(place, { ca, clock }, (socket) => Promise.resolve(sightOf(socket, place.hostName)));
  } catch (error) {
    return { kind: 'fault', fault: faultOf(error) };
  }
}

/**
 * Makes a connection to whoever listens there, also to one that cannot be trusted, so nothing secret may be sent.
 * @throws what keeps it from being made, or ETIMEDOUT when it and `use` take too long.
 */
export async function overTls<T>(
  { address, port, hostName }: Place,
  { ca, clock }: { readonly ca?: string | undefined; readonly clock: Clock },
  use: (socket: TLSSocket, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const socket = connect({
    host: address,
    port,
    // TLS forbids addresses as server names [RFC 6066, section 3].
    servername: isIP(hostName) === 0 ? hostName : '',
    rejectUnauthorized: false,
    // Names are judged by themselves.
    checkServerIdentity: () => undefined,
    ...(ca !== undefined && { ca }),
  });
  try {
    return await withDeadline(clock, async (signal) => {
      await once(socket, 'secureConnect', { signal });
      return use(socket, signal);
    });
  } finally {
    // Errors that come after the last word are of no interest, and would end the process.
    socket.on('error', () => undefined);
    socket.destroy();
  }
}

function sightOf(socket: TLSSocket, hostName: string): TlsSight {
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) return { kind: 'fault', fault: 'no certificate' };
  // Node.js types the reason as an Error and gives the code of OpenSSL.
  const reason = socket.authorized ? undefined : String(socket.authorizationError);
  return {
    kind: 'certificate',
    protocol: socket.getProtocol() ?? '',
    certificate: certificateFacts(certificate, hostName),
    trustFault: reason,
  };
}

export function certificateFacts(certificate: X509Certificate, hostName: string): CertificateFacts {
  const key = certificate.publicKey;
  return {
    names: certificate.subjectAltName ?? '',
    issuer: certificate.issuer,
    fingerprint: certificate.fingerprint256,
    validFromMs: certificate.validFromDate.getTime(),
    validToMs: certificate.validToDate.getTime(),
    coversHostName: checkServerIdentity(hostName, certificate.toLegacyObject()) === undefined,
    isSelfSigned: certificate.checkIssued(certificate),
    rsaBits: key.asymmetricKeyType === 'rsa' ? key.asymmetricKeyDetails?.modulusLength : undefined,
    signatureAlgorithm: certificate.signatureAlgorithm ?? certificate.signatureAlgorithmOid,
  };
}
