// How much waits for the readers of all event streams together, and which of them has to go when that is too much.

/** What a stream offers: it is told to give up when its reader holds up most. `waitingBytes`: at this moment, for its reader. */
export type Waiting = { readonly waitingBytes: number; giveUp(): void };

export class EventStreamRoom {
  readonly #limitBytes: number;
  /** As they were noted: a stream does not say when its reader takes the last of it. */
  readonly #waiting = new Map<Waiting, number>();
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** More or less waits for the reader of this stream than before. May have any of the streams give up. */
  note(stream: Waiting): void {
    this.#set(stream, stream.waitingBytes);
    if (this.#bytes <= this.#limitBytes) return;
    for (const each of this.#waiting.keys()) this.#set(each, each.waitingBytes);
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
