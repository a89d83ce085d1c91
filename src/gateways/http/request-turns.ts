// Serves the requests of one connection one after the other, so that a client that sends many at once has one answer in memory, not all.
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { LIMITS } from '../../domain/limits.ts';

/**
 * Answers go out in the order of requests, whatever is done first (RFC 9112, section 9.3.2): an answer that is ready early would only wait, for as
 * long as the client does not read those before it.
 */
export class RequestTurns {
  readonly #lines = new WeakMap<Socket, Line>();

  /**
   * Calls `serve` when every earlier answer on this connection is on its way; never, when the connection ends before. Ends the connection when
   * more than `LIMITS.httpRequestsWaiting` requests wait.
   */
  take(response: ServerResponse, serve: () => void): void {
    const { socket } = response.req;
    const line = this.#lines.get(socket) ?? this.#newLine(socket);
    response.on('close', line.next);
    line.join(serve);
  }

  #newLine(socket: Socket): Line {
    const line = new Line(socket);
    this.#lines.set(socket, line);
    return line;
  }
}

/** The requests of one connection: the one that is served, and those behind it. */
class Line {
  readonly #socket: Socket;
  readonly #waiting: (() => void)[] = [];
  #serving = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  join(serve: () => void): void {
    if (this.#serving) {
      this.#waiting.push(serve);
      if (this.#waiting.length > LIMITS.httpRequestsWaiting.value) this.#socket.destroy();
      return;
    }
    this.#serving = true;
    serve();
  }

  /** For the end of an answer. One function for all requests of the connection costs less than one for each. */
  readonly next = (): void => {
    const serve = this.#socket.destroyed || this.#socket.writableEnded ? undefined : this.#waiting.shift();
    if (serve) serve();
    else this.#serving = false;
  };
}
