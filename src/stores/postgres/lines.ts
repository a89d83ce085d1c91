// The lines of a hub to its database server, so that at the end those can be cut on which the server owes an answer and says nothing.
import { Socket } from 'node:net';

export class Lines {
  readonly #open = new Set<Socket>();
  /** Those on which nobody waits for anything. */
  #resting = new WeakSet<Socket>();
  /** By the client that talks on it. */
  readonly #byClient = new WeakMap<object, Socket>();
  #silenceMs: number | undefined;
  #cut = false;

  /** Whether the server owed an answer and was silent for too long. */
  get cut(): boolean {
    return this.#cut;
  }

  /** Somebody waits on it from the beginning: for the connection. */
  newLine(): Socket {
    const line = new Socket();
    this.#open.add(line);
    line.once('close', () => this.#open.delete(line));
    this.#watch(line);
    return line;
  }

  name(line: Socket, client: object): void {
    this.#byClient.set(client, line);
  }

  /** Somebody has the client for himself. */
  wake(client: object): void {
    const line = this.#byClient.get(client);
    if (!line) return;
    this.#resting.delete(line);
    this.#watch(line);
  }

  /** Nobody uses the client. */
  rest(client: object): void {
    const line = this.#byClient.get(client);
    if (!line) return;
    this.#resting.add(line);
    this.#watch(line);
  }

  /** From this moment on a line is cut on which somebody waits while nothing moves for so long. */
  cutSilent(silenceMs: number): void {
    this.#silenceMs = silenceMs;
    for (const line of this.#open) this.#watch(line);
  }

  /** From this moment on everybody waits: for the server to say goodbye. Comes after `cutSilent`. */
  wakeAll(): void {
    this.#resting = new WeakSet();
    for (const line of this.#open) this.#watch(line);
  }

  #watch(line: Socket): void {
    if (this.#silenceMs === undefined) return;
    line.removeAllListeners('timeout');
    line.setTimeout(this.#resting.has(line) ? 0 : this.#silenceMs);
    line.once('timeout', () => {
      this.#cut = true;
      line.destroy();
    });
  }
}
