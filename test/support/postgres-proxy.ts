// A line to PostgreSQL between a hub and its server that loses what a test tells it to lose.
import { once } from 'node:events';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './temporary-folder.ts';

/**
 * `answer`: the commit reaches the server, and the connection is gone when it answers. `line`: the commit reaches the server, and the connection
 * is gone when the test says `cut`. `commit`: the commit itself is lost, and the connection at once. Only the hub sees that it is gone. `away`: and
 * with it every other connection, and nobody gets a new one.
 */
type Loss = { readonly kind: 'answer' | 'line' | 'commit'; readonly of: RegExp; readonly away: boolean };

export class PostgresProxy {
  /** As `--store` names it. */
  readonly url: string;
  readonly #server: Server;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #sockets = new Set<Socket>();
  readonly #doomed = new Set<Socket>();
  #loss: Loss | undefined;
  #muted = false;
  #away = false;
  #lost = 0;
  #opened = 0;

  constructor(server: Server, url: string, folder: string) {
    this.#server = server;
    const given = new URL(url);
    const host = given.searchParams.get('host') ?? given.hostname;
    this.#target = { host, port: Number(given.port || 5432) };
    given.searchParams.set('host', folder);
    given.port = '5432';
    this.url = given.href;
    server.on('connection', (socket) => this.#join(socket));
  }

  /** @param url of a server that takes connections without TLS. Ends with the test. */
  static async open(url: string): Promise<PostgresProxy> {
    const folder = temporaryFolder();
    const server = createServer();
    await once(server.listen(join(folder, '.s.PGSQL.5432')), 'listening');
    const proxy = new PostgresProxy(server, url, folder);
    onTestFinished(() => proxy.#close());
    return proxy;
  }

  /** How many commits it lost. */
  get lost(): number {
    return this.#lost;
  }

  /** How many connections there have been. */
  get opened(): number {
    return this.#opened;
  }

  /** The next transaction with a statement that fits. */
  lose(kind: Loss['kind'], of: RegExp, { away } = { away: false }): void {
    this.#loss = { kind, of, away };
  }

  /** After a loss with `away`. */
  comeBack(): void {
    this.#away = false;
  }

  /** Ends the connection whose `line` is to be lost. */
  cut(): void {
    for (const hub of this.#doomed) hub.destroy();
  }

  /** Ends every connection that there is. The server sees it of one whose statement is over. */
  cutAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** From this moment on nothing passes in either direction, and no connection ends. */
  mute(): void {
    this.#muted = true;
  }

  #close(): void {
    this.cutAll();
    this.#server.close();
  }

  #join(hub: Socket): void {
    this.#opened += 1;
    if (this.#away) {
      hub.destroy();
      return;
    }
    const { host, port } = this.#target;
    const server = host.startsWith('/') ? createConnection(join(host, `.s.PGSQL.${port}`)) : createConnection(port, host);
    const heard = new Statements();
    let loss: Loss | undefined;
    for (const socket of [hub, server]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => this.#sockets.delete(socket));
    }
    hub.on('data', (data) => {
      if (this.#muted) return;
      const committed = heard.committedIn(data);
      if (this.#loss && committed.some((statement) => this.#loss?.of.test(statement))) {
        loss = this.#loss;
        this.#loss = undefined;
        this.#lost += 1;
        if (loss.kind === 'line') this.#doomed.add(hub);
        if (loss.kind === 'commit') hub.destroy();
      }
      if (loss?.kind !== 'commit') server.write(data);
    });
    server.on('data', (data) => {
      if (this.#muted) return;
      if (!loss) hub.write(data);
      else if (loss.kind === 'answer' && data.includes('COMMIT\0')) {
        hub.destroy();
        this.#away = loss.away;
        if (loss.away) this.cutAll();
      }
    });
    hub.once('close', () => {
      if (!loss) server.destroy();
    });
    server.once('close', () => hub.destroy());
  }
}

/** What one side of a connection says (PostgreSQL documentation, "Message Formats"). */
class Statements {
  #rest = Buffer.alloc(0);
  #started = false;
  readonly #texts = new Map<string, string>();
  #sinceBegin: string[] = [];

  /** The statements of each transaction whose commit is in the data. */
  committedIn(data: Buffer): readonly string[] {
    const committed: string[] = [];
    this.#rest = Buffer.concat([this.#rest, data]);
    for (let message = this.#next(); message; message = this.#next()) {
      const texts = message.body.toString('latin1').split('\0');
      if (message.type === 'P') this.#texts.set(texts[0] ?? '', texts[1] ?? '');
      if (message.type !== 'B') continue;
      const statement = this.#texts.get(texts[1] ?? '') ?? '';
      this.#sinceBegin = statement.startsWith('begin') ? [] : [...this.#sinceBegin, statement];
      if (statement === 'commit') committed.push(...this.#sinceBegin);
    }
    return committed;
  }

  /** The first message of a connection has no type. */
  #next(): { readonly type: string; readonly body: Buffer } | undefined {
    const head = this.#started ? 1 : 0;
    if (this.#rest.length < head + 4) return undefined;
    const end = head + this.#rest.readInt32BE(head);
    if (this.#rest.length < end) return undefined;
    const message = { type: this.#rest.toString('latin1', 0, head), body: this.#rest.subarray(head + 4, end) };
    this.#rest = this.#rest.subarray(end);
    this.#started = true;
    return message;
  }
}
