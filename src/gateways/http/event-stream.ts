// A live query as server-sent events (HTML, section 9.2): text that is pushed as it comes, and cut off when nobody takes it.
import { Readable } from 'node:stream';
import type { JsonObject } from '../../domain/json.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { LiveEvent, LiveListener } from '../../hub/live/live-event.ts';
import type { EventStreamRoom, Waiting } from './event-stream-room.ts';

export const EVENT_STREAM_TYPE = 'text/event-stream; charset=utf-8';

/** Milliseconds that a client waits before it connects again. */
const RETRY_MS = 1000;

const PIECE_BYTES = 64 * 1024;

const END_OF_EVENT = '\n\n';

export class EventStream implements LiveListener, Waiting {
  readonly parts: Readable;
  readonly #room: EventStreamRoom;
  /** Told in this turn of the event loop, so that it goes out as one. */
  #unsent = '';
  /** In pieces, each in memory of its own, so that what has been taken is kept by nothing that waits. */
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #ended = false;
  #hasGivenUp = false;
  /** Bytes that were told, and those that the reader had taken at the last sign of life. */
  #given = 0;
  #takenThen = -1;
  #drained = Promise.withResolvers<void>();

  /** What to do when it holds up most of what all streams may hold. */
  onTooSlow: () => void = () => undefined;

  constructor(room: EventStreamRoom) {
    this.#room = room;
    this.parts = new Readable({ read: () => this.#pump({ asked: true }) });
    this.parts.once('close', () => {
      this.#queue = [];
      this.#queuedBytes = 0;
      this.#room.note(this);
      this.#drained.resolve();
    });
    // Sends the head of the answer, whatever the query finds and however long that takes.
    this.#give(`retry: ${RETRY_MS}\n\n`);
  }

  /** Bytes that its reader has not taken. */
  get waitingBytes(): number {
    return this.parts.destroyed ? 0 : this.parts.readableLength + this.#queuedBytes;
  }

  tell(event: LiveEvent): void {
    if (this.#ended || this.parts.destroyed) return;
    if (event.kind === 'alive') {
      const taken = this.#given - this.waitingBytes;
      if (this.#isBehind() && taken === this.#takenThen) {
        this.parts.destroy();
        return;
      }
      this.#takenThen = taken;
    }
    this.#ended = event.kind === 'end';
    if (event.kind === 'end' && event.reason === 'tooSlow') this.#throwAway();
    if (this.#unsent === '') queueMicrotask(() => this.#flush());
    this.#unsent += textOf(event);
  }

  async drained(): Promise<void> {
    this.#flush();
    if (this.#isBehind() && !this.#ended && !this.parts.destroyed) await this.#drained.promise;
  }

  giveUp(): void {
    // Of one whose query has ended nothing is left to throw away.
    if (this.#ended) this.cut();
    else this.onTooSlow();
  }

  cut(): void {
    this.parts.destroy();
  }

  #flush(): void {
    if (this.#unsent === '' || this.parts.destroyed) return;
    const wasBehind = this.#isBehind();
    const text = this.#unsent;
    this.#unsent = '';
    this.#give(text);
    if (this.#ended) {
      this.#drained.resolve();
      // Nobody waits for a reader who does not read.
      if (wasBehind && !this.#hasGivenUp) this.parts.destroy();
      return;
    }
    if (this.waitingBytes > LIMITS.liveQueryWaitingBytes.value) this.parts.destroy();
  }

  #give(text: string): void {
    const bytes = Buffer.from(text);
    if (bytes.length <= PIECE_BYTES) this.#queue.push(bytes);
    else for (let at = 0; at < bytes.length; at += PIECE_BYTES) this.#queue.push(Buffer.copyBytesFrom(bytes, at, PIECE_BYTES));
    this.#queuedBytes += bytes.length;
    this.#given += bytes.length;
    this.#pump({ asked: false });
  }

  /** In pieces, which a slow reader takes one by one: so it shows that it reads. What waits for longer can be thrown away. */
  #pump({ asked }: { readonly asked: boolean }): void {
    // The stream asks before it hands out what it has, and does not ask again until it has got something.
    let owed = asked;
    while (this.#queuedBytes > 0 && (owed || !this.#isFull())) {
      owed = false;
      const piece = this.#queue.shift() ?? Buffer.alloc(0);
      this.#queuedBytes -= piece.length;
      this.parts.push(piece);
    }
    this.#room.note(this);
    if (this.#ended && this.#unsent === '' && this.#queuedBytes === 0) this.parts.push(null);
    if (this.#isBehind()) return;
    this.#drained.resolve();
    this.#drained = Promise.withResolvers<void>();
  }

  /** But for the rest of an event that has gone out in part. */
  #throwAway(): void {
    const waiting = Buffer.concat(this.#queue);
    const end = waiting.indexOf(END_OF_EVENT);
    this.#queue = end < 0 ? [] : [Buffer.from(waiting.subarray(0, end + END_OF_EVENT.length))];
    this.#queuedBytes = this.#queue[0]?.length ?? 0;
    this.#unsent = '';
    this.#hasGivenUp = true;
    this.#room.note(this);
  }

  #isFull(): boolean {
    return this.parts.readableLength >= this.parts.readableHighWaterMark;
  }

  #isBehind(): boolean {
    return this.waitingBytes >= this.parts.readableHighWaterMark;
  }
}

function textOf(event: LiveEvent): string {
  switch (event.kind) {
    case 'entered':
    case 'changed':
      return message(event.kind, event.sequence, `{${idText(event.id)},"item":${itemText(event.item)}}`);
    case 'left':
      return message(event.kind, event.sequence, `{${idText(event.id)}}`);
    case 'ready':
      return message(event.kind, event.sequence, JSON.stringify({ count: event.count, resumed: event.resumed }));
    case 'reset':
      return message(event.kind, undefined, JSON.stringify({ message: event.message }));
    case 'end':
      return message(event.kind, undefined, JSON.stringify({ reason: event.reason, message: event.message }));
    case 'alive':
      // An id without data is no event, and yet what the client goes on after.
      return event.sequence === undefined ? ': alive\n\n' : `: alive\nid: ${event.sequence}\n\n`;
  }
}

function message(kind: string, sequence: number | undefined, data: string): string {
  return `event: ${kind}\n${sequence === undefined ? '' : `id: ${sequence}\n`}data: ${data}\n\n`;
}

function idText({ deviceId, moduleId }: { readonly deviceId: string; readonly moduleId?: string | undefined }): string {
  const device = `"deviceId":${JSON.stringify(deviceId)}`;
  return moduleId === undefined ? device : `${device},"moduleId":${JSON.stringify(moduleId)}`;
}

/** The same document goes to many clients, one after the other. */
let latest: { readonly item: JsonObject; readonly text: string } = { item: {}, text: '{}' };

function itemText(item: JsonObject): string {
  if (latest.item !== item) latest = { item, text: JSON.stringify(item) };
  return latest.text;
}
