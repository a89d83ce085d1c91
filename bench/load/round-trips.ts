// Requests of one client of a broker to many others and their answers, with the payloads that a direct method has at a device.
import { mqttLines } from './device.ts';
import type { Endpoint } from './endpoint.ts';
import { forEach } from './flow.ts';
import { MqttClient } from './mqtt-client.ts';

const REQUEST = Buffer.from(JSON.stringify({ delay: 5 }));
const ANSWERS = 'methods/res/200/';
/** Handshakes under way at once. */
const HANDSHAKES = 8;

export type RoundTrips = Disposable & {
  /** Asks the next of the others; resolves when its answer has come. */
  readonly make: () => Promise<void>;
};

/** Resolves when all of them listen. @param ids of those that answer, each on a connection of its own, as devices have one. */
export async function openRoundTrips(endpoint: Endpoint, ids: readonly string[]): Promise<RoundTrips> {
  const openLine = mqttLines(endpoint);
  const login = { openLine, userName: 'bench', password: 'x' };
  const answering: MqttClient[] = [];
  await forEach(ids, HANDSHAKES, async (clientId) => {
    const asked = `${clientId}/methods/POST/`;
    const client = new MqttClient({
      ...login,
      clientId,
      filters: [`${asked}#`],
      onMessage: (topic, payload) => client.publish(`${ANSWERS}${topic.slice(topic.lastIndexOf('/') + 1)}`, payload),
    });
    answering.push(client);
    await client.ready;
  });
  const waiting = new Map<string, () => void>();
  const onMessage = (topic: string): void => {
    const rid = topic.slice(ANSWERS.length);
    waiting.get(rid)?.();
    waiting.delete(rid);
  };
  const asking = new MqttClient({ ...login, clientId: 'asking', filters: [`${ANSWERS}#`], onMessage });
  await asking.ready;
  let count = 0;
  return {
    make() {
      count += 1;
      const rid = String(count);
      return new Promise((resolve) => {
        waiting.set(rid, resolve);
        asking.publish(`${ids[count % ids.length]}/methods/POST/reboot/${rid}`, REQUEST);
      });
    },
    [Symbol.dispose]() {
      for (const client of [asking, ...answering]) client[Symbol.dispose]();
    },
  };
}
