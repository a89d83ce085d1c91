// Server-sent events as they come over the wire, in parts of any size (HTML, section 9.2.6), as far as the hub uses them.
import { parseJson, type JsonObject, isJsonObject } from '../domain/json.ts';

export type ServerEvent = { readonly name: string; readonly data: JsonObject };

export class EventReader {
  /** What a client sends as Last-Event-ID to go on; `undefined` before the first id. */
  lastId: string | undefined;
  #rest = '';

  /** @returns the events that are complete with this part. */
  read(part: string): readonly ServerEvent[] {
    const blocks = (this.#rest + part).split('\n\n');
    this.#rest = blocks.pop() ?? '';
    return blocks.flatMap((block) => this.#event(block) ?? []);
  }

  /** A connection has ended: what came of an event is void. */
  startAgain(): void {
    this.#rest = '';
  }

  #event(block: string): ServerEvent | undefined {
    let name = '';
    let data: string | undefined;
    for (const line of block.split('\n')) {
      const colon = line.indexOf(': ');
      const value = line.slice(colon + 2);
      if (line.startsWith('event: ')) name = value;
      if (line.startsWith('data: ')) data = value;
      if (line.startsWith('id: ')) this.lastId = value;
    }
    const parsed = data === undefined ? undefined : parseJson(data);
    return isJsonObject(parsed) ? { name, data: parsed } : undefined;
  }
}
