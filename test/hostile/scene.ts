// What an attacker has: where the hub is, devices and a policy that it may abuse, and lines that are all closed when its round is over.
import type { Credentials } from '../support/identities.ts';
import { connectPacket } from '../support/mqtt-client.ts';
import { sasToken } from '../support/test-hub.ts';
import type { Chance } from './chance.ts';
import { answersIn, type HttpAnswer, type HttpRequest, requestBytes } from './http-answers.ts';
import { type ClientIdentity, type Line, openLine, openPlainLine } from './line.ts';
import { packetBytes, packetsIn } from './mqtt-packets.ts';

export type SceneParts = {
  readonly mqttPort: number;
  readonly httpsPort: number;
  readonly caPem: string;
  /** Of policy iothubowner. */
  readonly ownerKey: string;
  /** Devices that attackers may sign in as. Nobody else uses them. */
  readonly victims: readonly Credentials[];
  /** Told of everything that must not be in a log. */
  readonly keepSecret: (text: string) => void;
  /** Takes lines that the hub itself must close; without it they are closed at the end of the round. */
  readonly linger?: (line: Line) => void;
};

/** One round of one attack. */
export class Scene {
  readonly parts: SceneParts;
  readonly #chance: Chance;
  readonly #lines: Line[] = [];

  constructor(parts: SceneParts, chance: Chance) {
    this.parts = parts;
    this.#chance = chance;
  }

  /** A token that may do everything. */
  get token(): string {
    return sasToken({ key: this.parts.ownerKey, resource: 'localhost', policyName: 'iothubowner' });
  }

  /** @param client the certificate that is shown, with its key; none unless given. */
  openMqtt(client?: ClientIdentity): Promise<Line> {
    return this.#open(openLine, this.parts.mqttPort, client);
  }

  /** @param client as for MQTT. */
  openHttp(client?: ClientIdentity): Promise<Line> {
    return this.#open(openLine, this.parts.httpsPort, client);
  }

  /** TCP alone, to one of the ports. */
  openPlain(port: number): Promise<Line> {
    return this.#open(openPlainLine, port);
  }

  /** A victim that is connected and hears of everything. */
  async openVictim(device: Credentials = this.#chance.pick(this.parts.victims)): Promise<Line> {
    const line = await this.openMqtt();
    line.write(packetBytes(connectPacket(device, { clean: true })));
    line.write(packetBytes(SUBSCRIBE_ALL));
    await line.until(({ bytes }) => packetsIn(bytes).some(({ cmd }) => cmd === 'suback'));
    return line;
  }

  /** One request with the token of the owner, on a line of its own unless one is given. @throws Error for an answer that no hub may give. */
  async request(request: HttpRequest, line?: Line): Promise<HttpAnswer> {
    const used = line ?? (await this.openHttp());
    const before = answersIn(used.text).length;
    used.write(requestBytes({ ...request, headers: { authorization: this.token, ...request.headers } }));
    await used.until(({ text }) => answersIn(text).length > before);
    const answer = answersIn(used.text)[before];
    if (answer === undefined) throw new Error('there is no answer');
    if (!line) used.drop();
    return answer;
  }

  /** Leaves a line to the hub, which must close it in its own time. */
  abandon(line: Line): void {
    const { linger } = this.parts;
    if (!linger) return;
    this.#lines.splice(this.#lines.indexOf(line), 1);
    linger(line);
  }

  async close(): Promise<void> {
    for (const line of this.#lines) line.drop();
    await Promise.all(this.#lines.map((line) => line.closed));
  }

  async #open(open: typeof openLine, port: number, client?: ClientIdentity): Promise<Line> {
    const { caPem } = this.parts;
    const line = await open({ port, caPem, localAddress: someLocalAddress(this.#chance), client });
    this.#lines.push(line);
    return line;
  }
}

const SUBSCRIBE_ALL = {
  cmd: 'subscribe',
  messageId: 1,
  subscriptions: ['$iothub/twin/res/#', '$iothub/twin/PATCH/properties/desired/#', '$iothub/methods/POST/#'].map((topic) => ({
    topic,
    qos: 0 as const,
  })),
} as const;

/** Linux answers for the whole of 127.0.0.0/8, so attackers come from everywhere, and the hub may slow down each of them. */
function someLocalAddress(chance: Chance): string | undefined {
  if (process.platform !== 'linux') return undefined;
  return `127.${chance.between(1, 250)}.${chance.between(1, 250)}.${chance.between(1, 250)}`;
}
