// Follows a live query and prints a line for each event, also beyond a restart of the hub.
import { isJsonObject, type JsonObject } from '../domain/json.ts';
import { pause } from '../system/pause.ts';
import { CommandFailure } from './command-failure.ts';
import { EventReader, type ServerEvent } from './event-reader.ts';
import type { HubClient } from './hub-client.ts';
import { numberAt, textAt } from './output.ts';

const RECONNECT_MS = 1000;

/** When the token ends, so does the line, and the next one has a new token. */
const TOKEN_SECONDS = 24 * 3600;

const SIGNS: Readonly<Record<string, string>> = { entered: '+', changed: '~', left: '-' };

/** Goes on until the process ends. @throws CommandFailure when the hub refuses the query, or cannot be reached in the first place. */
export async function watchQuery(hub: HubClient, text: string, json: boolean): Promise<never> {
  const watch = new Watch(text, json);
  for (;;) {
    await watch.follow(hub);
    await pause(RECONNECT_MS);
  }
}

class Watch {
  readonly #body: string;
  readonly #json: boolean;
  readonly #reader = new EventReader();
  #isFollowing = false;

  constructor(text: string, json: boolean) {
    this.#body = JSON.stringify({ query: text });
    this.#json = json;
  }

  /** Resolves when the line is lost. */
  async follow(hub: HubClient): Promise<void> {
    this.#reader.startAgain();
    const call = { method: 'POST', path: '/hub/queries/live', body: this.#body, tokenSeconds: TOKEN_SECONDS } as const;
    const parts = hub.receive(call, this.#reader.lastId);
    try {
      for await (const part of parts) this.#take(part);
    } catch (error) {
      // One with a cause may pass by itself.
      if (!this.#isFollowing || !(error instanceof CommandFailure) || error.cause === undefined) throw error;
    }
  }

  #take(part: string): void {
    for (const event of this.#reader.read(part)) {
      if (event.name === 'end' && textAt(event.data, 'reason') === 'tooManyDevices') {
        throw new CommandFailure(textAt(event.data, 'message'));
      }
      this.#isFollowing ||= event.name === 'ready';
      if (this.#json) console.log(JSON.stringify({ event: event.name, ...event.data }));
      else describe(event);
    }
  }
}

/** Events on standard output; what is about the line on standard error. */
function describe({ name, data }: ServerEvent): void {
  const sign = SIGNS[name];
  const address = [textAt(data, 'deviceId'), textAt(data, 'moduleId')].filter((id) => id !== '').join('/');
  if (sign !== undefined) console.log(`${sign} ${address}${describeItem(data)}`);
  else if (name === 'ready' && data['resumed'] === true) console.error('Connected again.');
  else if (name === 'ready') console.error(`${numberAt(data, 'count')} found. Waiting for changes; Ctrl-C ends.`);
  else console.error(textAt(data, 'message'));
}

/** The columns besides the ids. A whole twin is too wide for a line. */
function describeItem({ item }: JsonObject): string {
  if (!isJsonObject(item) || 'deviceEtag' in item) return '';
  const { deviceId: _, moduleId: __, ...columns } = item;
  return Object.keys(columns).length === 0 ? '' : `  ${JSON.stringify(columns)}`;
}
