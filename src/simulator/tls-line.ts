// Lines of simulated devices over TLS.
import { isIP } from 'node:net';
import { checkServerIdentity, connect, createSecureContext, type TLSSocket } from 'node:tls';
import type { Line, LineEvents, OpenLine } from './line.ts';

export type TlsLines = {
  /** Where to connect; `hostName` is the name that the certificate must have. */
  readonly address: string;
  readonly port: number;
  readonly hostName: string;
  /** PEM of the CA to trust; `undefined` for those that this machine trusts. */
  readonly caPem: string | undefined;
  /** Whether a line may go on with the session of an earlier one, as a device does that comes back, instead of a whole handshake. */
  readonly resume: boolean;
};

/** A hub that does not read is not written to without end. */
const MAX_UNSENT_BYTES = 1024 * 1024;
/** One record of TLS fits. All lines share it, since each chunk is read before the next one comes. */
const READ_BUFFER_BYTES = 64 * 1024;

export function createTlsLines({ address, port, hostName, caPem, resume }: TlsLines): OpenLine {
  const secureContext = createSecureContext({ ...(caPem !== undefined && { ca: caPem }), ecdhCurve: 'X25519:P-256:P-384' });
  const buffer = Buffer.allocUnsafe(READ_BUFFER_BYTES);
  // A session is of the hub, not of a device, so the newest one will do for all.
  let session: Buffer | undefined;
  const common = {
    host: address,
    port,
    // TLS forbids addresses as server names [RFC 6066, section 3].
    servername: isIP(hostName) === 0 ? hostName : '',
    checkServerIdentity: (_: string, certificate: Parameters<typeof checkServerIdentity>[1]) => checkServerIdentity(hostName, certificate),
    secureContext,
  };
  return (events) => {
    // Documented for `tls.connect`, but unknown to the types of a literal.
    const options = {
      ...common,
      ...(session !== undefined && { session }),
      onread: {
        buffer,
        callback: (count: number): boolean => {
          receive(socket, events, buffer.subarray(0, count));
          return true;
        },
      },
    };
    const socket: TLSSocket = connect(options);
    if (resume) socket.on('session', (newer: Buffer) => (session = newer));
    return lineOn(socket, events);
  };
}

function lineOn(socket: TLSSocket, events: LineEvents): Line {
  let code: string | undefined;
  socket.setNoDelay(true);
  socket.once('secureConnect', () => events.opened());
  socket.on('error', (error: Error) => (code = 'code' in error && typeof error.code === 'string' ? error.code : error.name));
  socket.once('close', () => events.closed(code));
  return {
    write(bytes): void {
      if (socket.destroyed) return;
      if (socket.writableLength > MAX_UNSENT_BYTES) socket.destroy();
      else socket.write(bytes);
    },
    end: (bytes) => void socket.end(bytes),
    cut: () => void socket.destroy(),
  };
}

/** Answers to packets that came together leave together. */
function receive(socket: TLSSocket, events: LineEvents, bytes: Buffer): void {
  socket.cork();
  events.received(bytes);
  socket.uncork();
}
