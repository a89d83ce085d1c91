// Which connections of HTTPS are open, and on which of them a request waits for its answer: what a gentle stop must know.
import type { ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';

/** The answers of one connection that are not out. `onClose` is for each of them: one function for all costs less than one for each. */
type Unanswered = { readonly responses: Set<ServerResponse>; readonly onClose: (this: ServerResponse) => void };

export class OpenConnections {
  /** As accepted, so also those that have not finished, or not begun, their TLS handshake. */
  readonly #sockets = new Set<Socket>();
  /** The same by their remote endpoints: a socket under TLS and the one over it are two objects with one of it. */
  readonly #byEndpoint = new Map<string, Socket>();
  /** By connection, once there was a request on it. Those that wait behind another say nothing of their end when the connection is lost. */
  readonly #unanswered = new Map<Socket, Unanswered>();
  /** Some of the sockets. */
  readonly #handedOver = new Set<Socket>();
  readonly #emptied = Promise.withResolvers<void>();
  #closing = false;

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      const endpoint = endpointOf(socket);
      this.#sockets.add(socket);
      this.#byEndpoint.set(endpoint, socket);
      socket.once('close', () => {
        this.#sockets.delete(socket);
        if (this.#byEndpoint.get(endpoint) === socket) this.#byEndpoint.delete(endpoint);
        this.#handedOver.delete(socket);
        this.#noteEmpty();
      });
    });
    server.on('request', (_request, response) => this.#watch(response));
  }

  /** Whether a request on this connection waits for its answer. */
  isBusy(socket: Socket): boolean {
    return (this.#unanswered.get(socket)?.responses.size ?? 0) > 0;
  }

  /** From this moment on the connection belongs to somebody else, who ends it. */
  handOver(socket: Socket): void {
    // There is none when the client has gone meanwhile.
    const accepted = this.#byEndpoint.get(endpointOf(socket));
    if (accepted) this.#handedOver.add(accepted);
    this.#noteEmpty();
  }

  /** Ends every connection on which no request waits, and the others after their last answer. Resolves when all are closed. */
  closeWhenIdle(): Promise<void> {
    this.#closing = true;
    for (const { responses } of this.#unanswered.values()) for (const response of responses) announceClose(response);
    const busy = new Set([...this.#unanswered.keys()].filter((socket) => this.isBusy(socket)).map(endpointOf));
    for (const socket of this.#own()) {
      if (!busy.has(endpointOf(socket))) socket.destroy();
    }
    this.#noteEmpty();
    return this.#emptied.promise;
  }

  closeAll(): void {
    for (const socket of this.#own()) socket.destroy();
  }

  #own(): readonly Socket[] {
    return [...this.#sockets].filter((socket) => !this.#handedOver.has(socket));
  }

  #noteEmpty(): void {
    if (this.#closing && this.#sockets.size === this.#handedOver.size) this.#emptied.resolve();
  }

  #watch(response: ServerResponse): void {
    const { socket } = response.req;
    const unanswered = this.#unanswered.get(socket) ?? this.#beginOn(socket);
    unanswered.responses.add(response);
    if (this.#closing) announceClose(response);
    response.on('close', unanswered.onClose);
  }

  #beginOn(socket: Socket): Unanswered {
    const responses = new Set<ServerResponse>();
    const noteAnswered = (response: ServerResponse): void => {
      responses.delete(response);
      // Node closes after an answer that said so; this is for one whose headers were out before.
      if (this.#closing && responses.size === 0 && !socket.destroyed && !socket.writableEnded) socket.destroySoon();
    };
    const unanswered: Unanswered = {
      responses,
      onClose(): void {
        noteAnswered(this);
      },
    };
    this.#unanswered.set(socket, unanswered);
    socket.once('close', () => this.#unanswered.delete(socket));
    return unanswered;
  }
}

function announceClose(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
}

function endpointOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}
