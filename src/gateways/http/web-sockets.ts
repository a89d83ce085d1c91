// Turns handshakes on the HTTPS port into streams of bytes for whoever speaks MQTT; ws does the framing.
import type { IncomingMessage } from 'node:http';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { sourceAddress } from '../../domain/access/source-address.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { OpenConnections } from './open-connections.ts';
import type { CertificateOf, Peer } from './peer.ts';
import { isHandshake, SUBPROTOCOL } from './web-socket-handshake.ts';
import { WebSocketStream } from './web-socket-stream.ts';

/** Takes an open WebSocket, and ends it. */
export type TakeWebSocket = (stream: Duplex, peer: Peer) => void;

type Takers = { readonly take: TakeWebSocket; readonly certificateOf: CertificateOf };

/** Serves every upgrade that the server's `shouldUpgradeCallback` lets pass; see `upgradesNow`. */
export function acceptWebSockets(server: Server, connections: OpenConnections, { take, certificateOf }: Takers): void {
  // Not written where it is used, since the published types of ws do not know closeTimeout.
  const options = {
    noServer: true,
    clientTracking: false,
    handleProtocols: () => SUBPROTOCOL,
    // What devices send is small, and a compressed bomb needs no defence where nothing is unpacked.
    perMessageDeflate: false,
    maxPayload: LIMITS.mqttPacketBytes.value,
    maxFragments: LIMITS.webSocketPieces.value,
    maxBufferedChunks: LIMITS.webSocketPieces.value,
    closeTimeout: LIMITS.webSocketCloseSeconds.value * 1000,
    autoPong: false,
  };
  const webSockets = new WebSocketServer(options);
  server.on('upgrade', (request: IncomingMessage, _socket: Duplex, head: Buffer) => {
    const { socket } = request;
    const { remoteAddress } = socket;
    // Without an address the client has gone. Node.js before 24.9 knows no shouldUpgradeCallback and brings everything here.
    if (remoteAddress === undefined || !upgradesNow(request, connections)) {
      socket.destroy();
      return;
    }
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      connections.handOver(socket);
      take(new WebSocketStream(webSocket), { source: sourceAddress(remoteAddress), certificate: () => certificateOf(socket) });
    });
  });
}

/** Whether the request opens a WebSocket and no answer is still to come before its own. Others are ordinary requests. */
export function upgradesNow(request: IncomingMessage, connections: Pick<OpenConnections, 'isBusy'>): boolean {
  const socket: Socket = request.socket;
  return isHandshake(request) && !connections.isBusy(socket);
}
