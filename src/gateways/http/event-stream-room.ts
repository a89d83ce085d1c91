// How much waits for the readers of all event streams together, and which of them has to go when that is too much.

/** What a stream offers: it is told to give up when its reader holds up most. */
export type Waiting = { giveUp(): void };

export class EventStreamRoom {
  readonly #limitBytes: number;
  readonly #waiting = new Map<Waiting, number>();
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** @param bytes that wait for the reader of this stream at this moment. May have any of the streams give up. */
  note(stream: Waiting, bytes: number): void {
    this.#set(stream, bytes);
    while (this.#bytes > this.#limitBytes) {
      const [slowest] = [...this.#waiting].reduce((most, each) => (each[1] > most[1] ? each : most));
      // Before it is told: it may say itself how much is left.
      this.#set(slowest, 0);
      slowest.giveUp();
    }
  }

  #set(stream: Waiting, bytes: number): void {
    this.#bytes += bytes - (this.#waiting.get(stream) ?? 0);
    if (bytes === 0) this.#waiting.delete(stream);
    else this.#waiting.set(stream, bytes);
  }
}
