// The decent clients of a hub under attack: devices and a back end whose connections were there before, and who count what they are told.
import { Agent, request as httpsRequest } from 'node:https';
import type { Credentials } from '../support/identities.ts';
import { connectDevice, FILTERS, type MqttClient } from '../support/mqtt-client.ts';
import { demand } from './attack.ts';
import { API } from './http-answers.ts';

type Endpoint = { readonly mqttPort: number; readonly httpsPort: number; readonly caPem: string; readonly token: string };

/** Milliseconds that each kind of operation took. */
export type Latencies = Readonly<Record<'report' | 'telemetry' | 'desired' | 'method' | 'read' | 'query', number>>;

/** A REST client on one connection that stays open. */
export class GoodCaller {
  readonly #endpoint: Endpoint;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #calls = 0;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  /** @returns the body of the answer. @throws Error when it is not 200, or came over another connection than the one before. */
  call(method: string, path: string, body?: unknown): Promise<unknown> {
    const { httpsPort: port, caPem: ca, token } = this.#endpoint;
    const headers = { authorization: token };
    return new Promise((resolve, reject) => {
      const target = { host: '127.0.0.1', port, servername: 'localhost', ca, headers, agent: this.#agent };
      const sent = httpsRequest({ ...target, method, path: `${path}?${API}` }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => {
          const { statusCode } = response;
          const isFirst = this.#calls === 0;
          this.#calls += 1;
          if (statusCode !== 200) reject(new Error(`a decent ${method} ${path} is answered with ${statusCode}: ${text}`));
          else if (!isFirst && !sent.reusedSocket) reject(new Error('the hub closed the connection of a decent caller'));
          else resolve(JSON.parse(text));
        });
      });
      sent.on('error', (error) => reject(new Error(`a decent ${method} ${path} failed`, { cause: error })));
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** A device and the part of the back end that cares for it. */
class GoodDevice {
  readonly #id: string;
  readonly #line: MqttClient;
  readonly #caller: GoodCaller;
  #count = 0;

  constructor(parts: { readonly id: string; readonly line: MqttClient; readonly caller: GoodCaller }) {
    this.#id = parts.id;
    this.#line = parts.line;
    this.#caller = parts.caller;
  }

  /** Does everything once, each step with the number of this turn, so that nothing can pass for something that was done before. */
  async work(): Promise<Latencies> {
    const before = this.#count;
    this.#count += 1;
    const kept = await this.#twin();
    demand(
      kept.reported === before && kept.desired === before,
      `${this.#id} lost an acknowledged write: ${JSON.stringify(kept)}, not ${before}`,
    );
    return {
      report: await timed(() => this.#report()),
      telemetry: await timed(() => this.#telemetry()),
      desired: await timed(() => this.#desired()),
      method: await timed(() => this.#method()),
      read: await timed(() => this.#read()),
      query: await timed(() => this.#query()),
    };
  }

  async #report(): Promise<void> {
    this.#line.publish(`$iothub/twin/PATCH/properties/reported/?$rid=r${this.#count}`, JSON.stringify({ count: this.#count }));
    const { topic } = await this.#line.message('$iothub/twin/res/');
    demand(topic.startsWith(`$iothub/twin/res/204/?$rid=r${this.#count}&`), `the report of ${this.#id} is answered with ${topic}`);
  }

  async #telemetry(): Promise<void> {
    const topic = `devices/${this.#id}/messages/events/`;
    this.#line.send({ cmd: 'publish', topic, payload: 'x', qos: 1, messageId: (this.#count % 65_535) + 1, dup: false, retain: false });
    await this.#line.waitFor(({ cmd }) => cmd === 'puback');
  }

  async #desired(): Promise<void> {
    await this.#caller.call('PATCH', `/twins/${this.#id}`, { properties: { desired: { count: this.#count } } });
    const { payload } = await this.#line.message('$iothub/twin/PATCH/properties/desired/');
    const notice: unknown = JSON.parse(payload);
    demand(numberAt(notice, 'count') === this.#count, `${this.#id} was told ${payload}, not count ${this.#count}`);
  }

  async #method(): Promise<void> {
    const body = { methodName: 'echo', payload: this.#count, responseTimeoutInSeconds: 60 };
    const called = this.#caller.call('POST', `/twins/${this.#id}/methods`, body);
    const { topic, payload } = await Promise.race([this.#line.message('$iothub/methods/POST/echo/'), called.then(neverAnswered)]);
    this.#line.publish(`$iothub/methods/res/200/${topic.slice(topic.indexOf('?'))}`, payload);
    const answer = await called;
    demand(numberAt(answer, 'payload') === this.#count, `a method of ${this.#id} answered ${JSON.stringify(answer)}`);
  }

  async #read(): Promise<void> {
    const { reported, desired } = await this.#twin();
    demand(reported === this.#count && desired === this.#count, `${this.#id} has ${reported} and ${desired}, not ${this.#count}`);
  }

  /** The counters in the twin, which has nothing else in it: whatever an attack wrote, it was not written here. */
  async #twin(): Promise<{ readonly reported: number; readonly desired: number }> {
    const twin = await this.#caller.call('GET', `/twins/${this.#id}`);
    const [reported, desired] = ['reported', 'desired'].map((section) => valueAt(valueAt(twin, 'properties'), section));
    const foreign = [reported, desired].flatMap((section) => Object.keys(section ?? {})).filter((key) => !OWN_KEYS.has(key));
    demand(
      foreign.length === 0 && JSON.stringify(valueAt(twin, 'tags')) === '{}',
      `somebody wrote to ${this.#id}: ${JSON.stringify(twin)}`,
    );
    return { reported: numberAt(reported, 'count'), desired: numberAt(desired, 'count') };
  }

  async #query(): Promise<void> {
    const query = `SELECT deviceId FROM devices WHERE deviceId = '${this.#id}' AND properties.reported.count = ${this.#count}`;
    const found = await this.#caller.call('POST', '/devices/query', { query });
    demand(JSON.stringify(found) === JSON.stringify([{ deviceId: this.#id }]), `the query for ${this.#id} found ${JSON.stringify(found)}`);
  }
}

export class GoodClients {
  readonly #lines: readonly MqttClient[];
  readonly #callers: readonly GoodCaller[];
  readonly #devices: readonly GoodDevice[];

  constructor(parts: { lines: readonly MqttClient[]; callers: readonly GoodCaller[]; devices: readonly GoodDevice[] }) {
    this.#lines = parts.lines;
    this.#callers = parts.callers;
    this.#devices = parts.devices;
  }

  /** Connects the devices, whose identities are there, each with a caller of its own. */
  static async connect(endpoint: Endpoint, identities: readonly Credentials[]): Promise<GoodClients> {
    const lines: MqttClient[] = [];
    const callers: GoodCaller[] = [];
    const devices: GoodDevice[] = [];
    for (const device of identities) {
      const [line, caller] = [await connectDevice(endpoint, device), new GoodCaller(endpoint)];
      await line.subscribe(FILTERS.twinResponses, FILTERS.desired, FILTERS.methods);
      lines.push(line);
      callers.push(caller);
      devices.push(new GoodDevice({ id: device.deviceId, line, caller }));
    }
    return new GoodClients({ lines, callers, devices });
  }

  /** Everything that decent clients do, all devices at once. @throws Error when anything fails or is lost. */
  work(): Promise<readonly Latencies[]> {
    return Promise.all(this.#devices.map((device) => device.work()));
  }

  async close(): Promise<void> {
    for (const caller of this.#callers) caller.close();
    await Promise.all(this.#lines.map((line) => line.drop()));
  }
}

const OWN_KEYS = new Set(['count', '$metadata', '$version']);

function neverAnswered(answer: unknown): never {
  throw new Error(`a method was answered before the device was called: ${JSON.stringify(answer)}`);
}

function valueAt(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

/** 0 where there is none. */
function numberAt(value: unknown, key: string): number {
  return Number(valueAt(value, key) ?? 0);
}

async function timed(run: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await run();
  return performance.now() - startedAt;
}
