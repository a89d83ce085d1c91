// A line to the hub that does what no decent client does: it sends any bytes, keeps all that comes back, and ends when it likes.
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** PEM: certificates, the client's own first, and its key. */
export type ClientIdentity = { readonly cert: string; readonly key: string };

/** How a line is opened. `localAddress`: where the hub sees it come from. */
export type LineTarget = {
  readonly port: number;
  readonly caPem: string;
  readonly localAddress?: string | undefined;
  readonly client?: ClientIdentity | undefined;
};

export class Line {
  /** Resolves when the line is closed, by whichever side. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  #bytes: Buffer[] = [];
  #isClosed = false;
  #wake: () => void = () => undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (bytes: Buffer) => {
      this.#bytes.push(bytes);
      this.#wake();
    });
    // A reset is one of the ways in which a hub closes a line.
    socket.on('error', () => undefined);
    this.closed = new Promise<void>((resolve) => socket.once('close', () => resolve())).then(() => {
      this.#isClosed = true;
      this.#wake();
    });
  }

  /** All that came back so far. */
  get bytes(): Buffer {
    const all = Buffer.concat(this.#bytes);
    this.#bytes = [all];
    return all;
  }

  /** The same, one character a byte. */
  get text(): string {
    return this.bytes.toString('latin1');
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Text goes out one byte a character, so bytes that are no UTF-8 can be written as text. */
  write(bytes: Uint8Array | string): void {
    if (!this.#socket.destroyed) this.#socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** Sends piece after piece, each in a turn of the event loop of its own. */
  async writeSlowly(pieces: readonly (Uint8Array | string)[]): Promise<void> {
    for (const piece of pieces) {
      this.write(piece);
      await new Promise<void>((resolve) => setImmediate(() => resolve()));
    }
  }

  /** Says that nothing more is to come. */
  end(): void {
    this.#socket.end();
  }

  /** Leaves unread what the hub sends. */
  stopReading(): void {
    this.#socket.pause();
  }

  startReading(): void {
    this.#socket.resume();
  }

  /** Cuts the line without a word. */
  drop(): void {
    this.#socket.destroy();
  }

  /** Resolves when the test is true of this line. @throws Error when the line is closed and it is still false. */
  async until(test: (line: Line) => boolean): Promise<void> {
    while (!test(this)) {
      if (this.#isClosed) throw new Error(`the hub closed the line after ${JSON.stringify(this.text.slice(0, 300))}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

/** A secured line. @throws Error when the handshake fails. */
export async function openLine({ port, caPem, localAddress, client }: LineTarget): Promise<Line> {
  const address = localAddress === undefined ? {} : { localAddress };
  const socket = connectTls({ port, host: '127.0.0.1', servername: 'localhost', ca: caPem, ...address, ...client });
  const line = new Line(socket);
  await once(socket, 'secureConnect');
  return line;
}

/** A line without TLS, which the hub does not offer. */
export async function openPlainLine({ port }: LineTarget): Promise<Line> {
  const socket = connectTcp({ port, host: '127.0.0.1' });
  const line = new Line(socket);
  await once(socket, 'connect');
  return line;
}
