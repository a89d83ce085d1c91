// The HTTPS listener: opens the port, keeps its certificate fresh, and stops without cutting off answers.
import { createServer, type Server } from 'node:https';
import { LIMITS } from '../../domain/limits.ts';
import type { Clock } from '../../ports/clock.ts';
import { buildHttpApp, type HttpAppDependencies } from './app.ts';
import { httpsOptions, secureContextOptions, SILENT_CONNECTION_MS, type TlsIdentity } from './https-options.ts';
import { answerMalformedRequest } from './malformed-request.ts';
import { OpenConnections } from './open-connections.ts';
import { acceptWebSockets, type TakeWebSocket, upgradesNow } from './web-sockets.ts';

/** `bindAddress`: absent for all addresses. `port`: 0 for any free one. */
type HttpGatewayOptions = HttpAppDependencies & {
  /** For the time that a stop may take: clients wait in that of the machine, whatever the hub's says. */
  readonly machineClock: Clock;
  readonly tls: TlsIdentity;
  readonly bindAddress: string | undefined;
  readonly port: number;
  /** Takes each WebSocket for MQTT that a device opens. */
  readonly onWebSocket: TakeWebSocket;
};

export type HttpGateway = {
  /** The one it listens on. */
  readonly port: number;
  /** For connections made from this moment on. @throws Error when certificate and key are no pair. */
  setCertificate(tls: TlsIdentity): void;
  /**
   * Accepts nothing new, closes idle connections at once and the others after their answer, but no later than `LIMITS.shutdownSeconds`
   * from the first call. Resolves when all are closed but the WebSockets, which whoever took them ends.
   */
  close(): Promise<void>;
};

/** Resolves when the port accepts connections. @throws Error of Node, with `code` such as EADDRINUSE or EACCES, where it cannot be had. */
export async function startHttpGateway(options: HttpGatewayOptions): Promise<HttpGateway> {
  const { clock, machineClock, random, log } = options;
  const server = createServer({
    ...httpsOptions(options.tls),
    shouldUpgradeCallback: (request) => upgradesNow(request, connections),
  });
  server.timeout = SILENT_CONNECTION_MS;
  server.maxConnections = LIMITS.httpConnections.value;
  // What is expected besides 100-continue is passed over (RFC 9110, section 10.1.1); Node would answer 417 without an error of the service.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  const connections = new OpenConnections(server);
  acceptWebSockets(server, connections, { take: options.onWebSocket, certificateOf: options.certificateOf });
  const app = buildHttpApp(options, {
    serverFactory: (handler) => server.on('request', handler),
    clientErrorHandler: (error, socket) => answerMalformedRequest(error, socket, { clock, random, log, connections }),
  });
  await app.ready();
  const port = await listen(server, options);
  let closed: Promise<void> | undefined;

  const close = async (): Promise<void> => {
    server.close();
    const emptied = connections.closeWhenIdle();
    const deadline = machineClock.after(LIMITS.shutdownSeconds.value * 1000, () => connections.closeAll());
    await emptied;
    deadline.cancel();
    await app.close();
  };
  return {
    port,
    setCertificate: (tls) => server.setSecureContext(secureContextOptions(tls)),
    close: () => (closed ??= close()),
  };
}

function listen(server: Server, { port, bindAddress, log }: HttpGatewayOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: bindAddress }, () => {
      server.off('error', reject);
      server.on('error', (error) => log.error({ error }, 'The HTTPS listener could not accept a connection.'));
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
