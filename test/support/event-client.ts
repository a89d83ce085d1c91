// A client of server-sent events that keeps what comes, by the rules of HTML, section 9.2.6.
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { JsonObject } from '../../src/domain/json.ts';

type Target = { readonly port: number; readonly ca: string; readonly token: string };
type Call = { readonly query: string; readonly lastEventId?: string };

/** `id`: that of the stream when the event came. */
export type ReceivedEvent = { readonly event: string; readonly id: string; readonly data: JsonObject };

export class EventClient {
  readonly events: ReceivedEvent[] = [];
  /** As it came. */
  text = '';
  readonly response: IncomingMessage;
  readonly ended: Promise<void>;
  #rest = '';
  #lastId = '';
  #heard: () => void = () => undefined;

  constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8');
    response.on('error', () => undefined);
    response.on('data', (text: string) => this.#take(text));
    this.ended = new Promise((resolve) => response.once('close', () => resolve()));
  }

  get lastId(): string {
    return this.#lastId;
  }

  /** Such as `entered lamp`; other events by their name. */
  lines(): readonly string[] {
    return this.events.map(lineOf);
  }

  /** Resolves with the first event that has this line, come or to come. */
  async heard(line: string): Promise<ReceivedEvent> {
    for (;;) {
      const found = this.events.find((event) => lineOf(event) === line);
      if (found) return found;
      await this.more();
    }
  }

  more(): Promise<void> {
    return new Promise((resolve) => (this.#heard = resolve));
  }

  close(): void {
    this.response.destroy();
  }

  #take(text: string): void {
    this.text += text;
    const blocks = (this.#rest + text).split('\n\n');
    this.#rest = blocks.pop() ?? '';
    for (const block of blocks) this.#takeBlock(block);
    this.#heard();
  }

  #takeBlock(block: string): void {
    const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
    this.#lastId = fields.get('id') ?? this.#lastId;
    const data = fields.get('data');
    if (data === undefined) return;
    // Every event of the hub has an object.
    this.events.push({ event: fields.get('event') ?? 'message', id: this.#lastId, data: JSON.parse(data) as JsonObject });
  }
}

function lineOf({ event, data }: ReceivedEvent): string {
  const { deviceId } = data;
  return typeof deviceId === 'string' ? `${event} ${deviceId}` : event;
}

/** Resolves with the head of the answer; nothing is read of the rest. */
export async function postLiveQuery({ port, ca, token }: Target, { query, lastEventId }: Call): Promise<IncomingMessage> {
  const sent = request({
    host: '127.0.0.1',
    servername: 'localhost',
    port,
    ca,
    agent: false,
    method: 'POST',
    path: '/hub/queries/live',
    headers: { authorization: token, ...(lastEventId !== undefined && { 'last-event-id': lastEventId }) },
  });
  sent.end(JSON.stringify({ query }));
  const answered: unknown[] = await once(sent, 'response');
  // Node gives the response alone.
  return answered[0] as IncomingMessage;
}

export async function followLiveQuery(target: Target, call: Call): Promise<EventClient> {
  return new EventClient(await postLiveQuery(target, call));
}
