// The MQTT listener: accepts TLS connections on a port, takes others as streams, and hands each to a connection of its own.
import { constants } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSecureContext, DEFAULT_CIPHERS, type SecureContext, TLSSocket } from 'node:tls';
import { sourceAddress } from '../../domain/access/source-address.ts';
import type { ClientCertificate } from '../../domain/certificate/client-certificate.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { Hub } from '../../hub/hub.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Random } from '../../ports/random.ts';
import { MqttConnection, type Peer } from './connection.ts';

type TlsIdentity = { readonly certPem: string; readonly keyPem: string };

/** `bindAddress`: absent for all addresses. `port`: 0 for any free one. */
type MqttGatewayOptions = {
  readonly hub: Hub;
  readonly tls: TlsIdentity;
  readonly bindAddress: string | undefined;
  readonly port: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The certificate that the client of a connection showed. */
  readonly certificateOf: (socket: Socket) => ClientCertificate | undefined;
};

export type MqttGateway = {
  /** The one it listens on. */
  readonly port: number;
  /** Serves a device on a stream that another listener has accepted and secured. */
  serveStream(stream: Duplex, peer: Peer): void;
  /** For connections made from this moment on. @throws Error when certificate and key are no pair. */
  setCertificate(tls: TlsIdentity): void;
  /** Accepts nothing new and ends every connection. Resolves when the hub knows of each end. */
  close(): Promise<void>;
};

/** Resolves when the port accepts connections. @throws Error of Node, with `code` such as EADDRINUSE or EACCES, where it cannot be had. */
export async function startMqttGateway({
  tls,
  bindAddress,
  port,
  certificateOf,
  ...dependencies
}: MqttGatewayOptions): Promise<MqttGateway> {
  const connections = new Set<MqttConnection>();
  let secureContext = createContext(tls);
  let closing = false;
  const serveStream = (socket: Duplex, peer: Peer): void => {
    const connection = new MqttConnection({ ...dependencies, peer, socket });
    connections.add(connection);
    void connection.ended.then(() => connections.delete(connection));
    if (closing) connection.close();
  };
  const server = createServer({ noDelay: true }, (socket) => {
    // Not tls.Server: it shows a connection only after the handshake, but the time to send CONNECT begins before.
    const secured = new TLSSocket(socket, { isServer: true, secureContext, ...ANY_CERTIFICATE });
    serveStream(secured, { source: sourceAddress(socket.remoteAddress ?? 'unknown'), certificate: () => certificateOf(secured) });
  });
  server.maxConnections = LIMITS.mqttConnections.value;
  await listen(server, port, bindAddress);
  // Such as too many open files; the next connection may work again.
  server.on('error', (error) => dependencies.log.error({ error }, 'A connection could not be accepted.'));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    serveStream,
    setCertificate: (renewed) => (secureContext = createContext(renewed)),
    async close(): Promise<void> {
      closing = true;
      const released = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const connection of connections) connection.close();
      await Promise.all([...connections].map((connection) => connection.ended));
      await released;
    },
  };
}

/** Any certificate or none: who may do what is decided at CONNECT (behaviour 2.4). */
const ANY_CERTIFICATE = { requestCert: true, rejectUnauthorized: false };

/**
 * Connections cost least this way. X25519 first: the group that is default in TLS 1.3 costs half as much again (design 4). In TLS 1.2 the keys
 * of clients must be on one of these curves too.
 */
function createContext({ certPem, keyPem }: TlsIdentity): SecureContext {
  return createSecureContext({
    cert: certPem,
    key: keyPem,
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    ecdhCurve: 'X25519:P-256:P-384:P-521',
    // The one that comes first by default takes SHA-384, for which few processors have instructions. A device that would rather have ChaCha20,
    // since its processor has none for AES, gets it.
    ciphers: `TLS_AES_128_GCM_SHA256:${DEFAULT_CIPHERS}`,
    honorCipherOrder: true,
    secureOptions: constants.SSL_OP_PRIORITIZE_CHACHA,
    // OpenSSL ends every handshake that resumes a session where certificates are asked for without it.
    sessionIdContext: 'twinhub-mqtt',
  });
}

function listen(server: Server, port: number, host: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
