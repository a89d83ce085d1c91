// Serves the requests of one connection one after the other, so that a client that sends many at once has one answer in memory, not all.
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { LIMITS } from '../../domain/limits.ts';

/**
 * Answers go out in the order of requests, whatever is done first (RFC 9112, section 9.3.2): an answer that is ready early would only wait, for as
 * long as the client does not read those before it.
 */
export class RequestTurns {
  /** Requests that wait behind the one that is served; no entry where none is. */
  readonly #lines = new WeakMap<Socket, (() => void)[]>();

  /**
   * Calls `serve` when every earlier answer on this connection is on its way; never, when the connection ends before. Ends the connection when
   * more than `LIMITS.httpRequestsWaiting` requests wait.
   */
  take(response: ServerResponse, serve: () => void): void {
    const { socket } = response.req;
    const waiting = this.#lines.get(socket);
    response.once('close', () => this.#next(socket));
    if (!waiting) {
      this.#lines.set(socket, []);
      serve();
      return;
    }
    waiting.push(serve);
    if (waiting.length > LIMITS.httpRequestsWaiting.value) socket.destroy();
  }

  #next(socket: Socket): void {
    const serve = socket.destroyed || socket.writableEnded ? undefined : this.#lines.get(socket)?.shift();
    if (serve) serve();
    else this.#lines.delete(socket);
  }
}
