// A client of HTTPS that costs little: connections that stay open, one request at a time on each.
import { once } from 'node:events';
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import type { Endpoint } from './endpoint.ts';

export type HttpRequest = { readonly method: string; readonly path: string; readonly authorization: string; readonly body?: string };
export type HttpAnswer = { readonly status: number; readonly body: string };

type Waiting = { readonly resolve: (answer: HttpAnswer) => void; readonly reject: (error: Error) => void };

/** Calls beyond the number of connections wait for one that is free. */
export class HttpsCaller implements Disposable {
  readonly #open: () => Promise<Connection>;
  readonly #idle: Connection[];
  readonly #all: Set<Connection>;
  readonly #queue: ((connection: Connection) => void)[] = [];

  constructor(open: () => Promise<Connection>, connections: readonly Connection[]) {
    this.#open = open;
    this.#all = new Set(connections);
    this.#idle = [...connections];
  }

  /** Resolves when all its connections stand. */
  static async open(endpoint: Endpoint, connections: number): Promise<HttpsCaller> {
    const secureContext = createSecureContext({ ca: endpoint.caPem });
    const open = (): Promise<Connection> => Connection.open(endpoint, secureContext);
    return new HttpsCaller(open, await Promise.all(Array.from({ length: connections }, open)));
  }

  /** @throws Error when the connection is lost; an answer of any status is an answer. */
  async call(request: HttpRequest): Promise<HttpAnswer> {
    let connection = this.#idle.pop() ?? (await new Promise<Connection>((resolve) => this.#queue.push(resolve)));
    try {
      if (connection.isClosed) connection = await this.#replace(connection);
      return await connection.call(request);
    } finally {
      const next = this.#queue.shift();
      if (next) next(connection);
      else this.#idle.push(connection);
    }
  }

  [Symbol.dispose](): void {
    for (const connection of this.#all) connection.close();
  }

  /** A server closes what is idle for long. */
  async #replace(closed: Connection): Promise<Connection> {
    const connection = await this.#open();
    this.#all.delete(closed);
    this.#all.add(connection);
    return connection;
  }
}

/** All connections read into it, since each chunk is text before the next one comes. */
const READ_BUFFER = Buffer.allocUnsafe(64 * 1024);

class Connection {
  readonly #socket: TLSSocket;
  readonly #host: string;
  #text = '';
  #waiting: Waiting | undefined;

  constructor({ hostName, httpsPort }: Endpoint, secureContext: SecureContext) {
    this.#host = hostName;
    const callback = (count: number): boolean => {
      // Answers of the hub and of the floors are ASCII, so a character is a byte.
      this.#read(READ_BUFFER.toString('latin1', 0, count));
      return true;
    };
    // Documented for `tls.connect`, but unknown to the types of a literal.
    const options = {
      host: '127.0.0.1',
      port: httpsPort,
      servername: hostName,
      secureContext,
      onread: { buffer: READ_BUFFER, callback },
    };
    this.#socket = connect(options);
    this.#socket.setNoDelay(true);
    this.#socket.on('error', (error: Error) => this.#waiting?.reject(error));
    this.#socket.on('close', () => this.#waiting?.reject(new Error('The connection was closed before the answer.')));
  }

  static async open(endpoint: Endpoint, secureContext: SecureContext): Promise<Connection> {
    const connection = new Connection(endpoint, secureContext);
    await once(connection.#socket, 'secureConnect');
    return connection;
  }

  call({ method, path, authorization, body }: HttpRequest): Promise<HttpAnswer> {
    const length = body === undefined ? '' : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
    const head = `${method} ${path} HTTP/1.1\r\nhost: ${this.#host}\r\nauthorization: ${authorization}\r\n${length}\r\n`;
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(head + (body ?? ''), 'latin1');
    });
  }

  /** A call on it would never be answered. */
  get isClosed(): boolean {
    return this.#socket.closed || this.#socket.destroyed || this.#socket.readableEnded;
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: string): void {
    this.#text += chunk;
    const headEnd = this.#text.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const head = this.#text.slice(0, headEnd);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
    const end = headEnd + 4 + length;
    if (this.#text.length < end) return;
    const answer = { status: Number(head.slice(9, 12)), body: this.#text.slice(headEnd + 4, end) };
    this.#text = this.#text.slice(end);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(answer);
  }
}
