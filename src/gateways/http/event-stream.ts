// A live query as server-sent events (HTML, section 9.2): text that is pushed as it comes, and cut off when nobody takes it.
import { Readable } from 'node:stream';
import type { JsonObject } from '../../domain/json.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { LiveEvent, LiveListener } from '../../hub/live/live-event.ts';

export const EVENT_STREAM_TYPE = 'text/event-stream; charset=utf-8';

/** Milliseconds that a client waits before it connects again. */
const RETRY_MS = 1000;

const PIECE_BYTES = 64 * 1024;

export class EventStream implements LiveListener {
  readonly parts: Readable;
  /** Told in this turn of the event loop, so that it goes out as one. */
  #unsent = '';
  #ended = false;
  /** Bytes that were given to the stream, and those that the reader had taken at the last sign of life. */
  #given = 0;
  #takenThen = -1;
  #drained = Promise.withResolvers<void>();

  constructor() {
    this.parts = new Readable({ read: () => this.#callForMore() });
    this.parts.once('close', () => this.#drained.resolve());
    // Sends the head of the answer, whatever the query finds and however long that takes.
    this.#give(`retry: ${RETRY_MS}\n\n`);
  }

  tell(event: LiveEvent): void {
    if (this.#ended || this.parts.destroyed) return;
    if (event.kind === 'alive') {
      const taken = this.#given - this.parts.readableLength;
      if (this.#isBehind() && taken === this.#takenThen) {
        this.parts.destroy();
        return;
      }
      this.#takenThen = taken;
    }
    if (this.#unsent === '') queueMicrotask(() => this.#flush());
    this.#unsent += textOf(event);
    this.#ended = event.kind === 'end';
  }

  async drained(): Promise<void> {
    this.#flush();
    if (this.#isBehind() && !this.parts.destroyed) await this.#drained.promise;
  }

  #flush(): void {
    if (this.#unsent === '' || this.parts.destroyed) return;
    const wasBehind = this.#isBehind();
    this.#give(this.#unsent);
    this.#unsent = '';
    if (this.#ended) {
      // Nobody waits for a reader who does not read.
      if (wasBehind) this.parts.destroy();
      else this.parts.push(null);
      this.#drained.resolve();
      return;
    }
    if (this.parts.readableLength > LIMITS.liveQueryWaitingBytes.value) this.parts.destroy();
  }

  /** In pieces, which a slow reader takes one by one: so it shows that it reads. */
  #give(text: string): void {
    const bytes = Buffer.from(text);
    for (let start = 0; start < bytes.length; start += PIECE_BYTES) this.parts.push(bytes.subarray(start, start + PIECE_BYTES));
    this.#given += bytes.length;
  }

  #isBehind(): boolean {
    return this.parts.readableLength >= this.parts.readableHighWaterMark;
  }

  /** The stream does when little waits. */
  #callForMore(): void {
    this.#drained.resolve();
    this.#drained = Promise.withResolvers<void>();
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
