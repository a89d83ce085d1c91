// Plays a transcript of one device or module on a line to a whole hub: `>` a packet of the device, `*` what a back end does, `<` a packet of the hub.
import type { Packet } from 'mqtt-packet';
import type { JsonObject } from '../../src/domain/json.ts';
import { addressOf, type IdentityId } from '../../src/domain/identity/identity-id.ts';
import type { DevicePacket } from '../../src/gateways/mqtt/packets.ts';
import { SOMEONE } from './actors.ts';
import { type MqttClient, openMqttClient } from './mqtt-client.ts';
import { devicePacket } from './mqtt-transcript.ts';
import type { TestHub } from './test-hub.ts';

export type Scene = {
  readonly hub: TestHub;
  readonly identity: IdentityId;
  /** What CONNECT shows. */
  readonly password: string;
};

/** Words that a line may have in place of what the hub or its caller makes up. */
const METHOD_RID = '{rid}';

/**
 * Plays the lines in their order and waits for each packet of the hub.
 * @param lines written as in mqtt-transcript.ts; behind `*` stands `cut`, `desired {json}`, `call {method} {json}` or `answered {status} {json}`.
 * @returns the lines with what the hub really sent, and what calls were answered with.
 */
export async function playOnHub(scene: Scene, lines: readonly string[]): Promise<readonly string[]> {
  const player = new Player(scene);
  const played: string[] = [];
  for (const line of lines) played.push(await player.play(line));
  await player.end();
  return played;
}

class Player {
  readonly #scene: Scene;
  #client: MqttClient | undefined;
  #rid = '';
  #call: Promise<string> | undefined;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  async play(line: string): Promise<string> {
    const [mark = '', word = '', ...words] = line.split(' ');
    switch (mark) {
      case '>':
        return this.#send(line, word, words);
      case '<':
        return this.#receive(line);
      default:
        return this.#happen(line, word, words);
    }
  }

  async end(): Promise<void> {
    await this.#client?.drop();
  }

  async #send(line: string, name: string, words: readonly string[]): Promise<string> {
    const { identity, hub, password } = this.#scene;
    this.#client ??= await openMqttClient(hub);
    const sent = words.map((word) => word.replace(METHOD_RID, this.#rid));
    const packet = devicePacket(name, name === 'CONNECT' ? [`id=${addressOf(identity)}`, ...sent] : sent);
    this.#client.send(codecPacket(packet, password));
    return line;
  }

  async #receive(line: string): Promise<string> {
    const packet = await this.#client?.next();
    const text = lineOf(packet);
    this.#rid = /POST\/.*\$rid=([^ ]*)/.exec(text)?.[1] ?? this.#rid;
    return line.includes(METHOD_RID) ? text.replace(this.#rid, METHOD_RID) : text;
  }

  async #happen(line: string, word: string, words: readonly string[]): Promise<string> {
    const { identity, hub } = this.#scene;
    const [first = ''] = words;
    switch (word) {
      case 'cut':
        await this.end();
        this.#client = undefined;
        return line;
      case 'desired': {
        const desired = JSON.parse(words.join(' ')) as JsonObject;
        await hub.hub.twins.write({
          by: SOMEONE,
          kind: 'patch',
          ...identity,
          body: { properties: { desired } },
          precondition: { kind: 'none' },
        });
        return line;
      }
      case 'call': {
        const payload: unknown = JSON.parse(words.slice(1).join(' '));
        this.#call = hub.hub.methods
          .invoke(identity, {
            methodName: first,
            payload: payload as JsonObject,
            responseTimeoutSeconds: 30,
            connectTimeoutSeconds: 0,
          })
          .then(({ status, payload: answer }) => `* answered ${status} ${JSON.stringify(answer)}`);
        return line;
      }
      default:
        return (await this.#call) ?? 'nobody called';
    }
  }
}

/** As the codec wants it, from the packet that the gateway reads. */
function codecPacket(packet: DevicePacket, password: string): Packet {
  switch (packet.kind) {
    case 'connect':
      return {
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: 4,
        clean: packet.cleanSession,
        clientId: packet.clientId,
        keepalive: packet.keepAliveSeconds,
        username: packet.userName ?? '',
        password: Buffer.from(password),
      };
    case 'publish':
      return {
        cmd: 'publish',
        topic: packet.topic,
        payload: packet.payload,
        // The words of a transcript say 0, 1 or 2.
        qos: packet.qos as 0 | 1 | 2,
        messageId: packet.packetId,
        dup: false,
        retain: false,
      };
    case 'subscribe':
      return {
        cmd: 'subscribe',
        messageId: packet.packetId,
        subscriptions: packet.filters.map(({ filter, qos }) => ({ topic: filter, qos: qos as 0 | 1 | 2 })),
      };
    case 'unsubscribe':
      return { cmd: 'unsubscribe', messageId: packet.packetId, unsubscriptions: [...packet.filters] };
    case 'pingreq':
    case 'disconnect':
      return { cmd: packet.kind };
    case 'puback':
    case 'otherProtocol':
    case 'unexpected':
    case 'malformed':
      throw new Error(`${packet.kind} is not for transcripts with a hub`);
  }
}

function lineOf(packet: Packet | undefined): string {
  if (packet?.cmd === 'connack') return `< CONNACK ${packet.returnCode}${packet.sessionPresent ? ' sessionPresent' : ''}`;
  if (packet?.cmd === 'suback') return `< SUBACK ${packet.messageId} ${packet.granted.map(String).join(',')}`;
  if (packet?.cmd === 'publish') return `< PUBLISH ${packet.topic} ${packet.payload.toString()}`.trimEnd();
  return `< ${packet?.cmd.toUpperCase()} ${packet?.messageId ?? ''}`.trimEnd();
}
