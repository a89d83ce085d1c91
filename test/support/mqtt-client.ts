// A bare MQTT client for tests: it sends what it is told and keeps what comes back, in order, and does nothing by itself.
import { once } from 'node:events';
import { createConnection } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { generate, type IConnectPacket, type Packet, parser as createParser } from 'mqtt-packet';
import { addressOf } from '../../src/domain/identity/identity-id.ts';
import type { TestHub } from './test-hub.ts';
import { sasToken } from './test-hub.ts';
import { type Credentials, resourceOf, sasKeys } from './identities.ts';

type Waiting = {
  readonly matches: (packet: Packet) => boolean;
  readonly resolve: (packet: Packet) => void;
  readonly reject: (error: Error) => void;
};

/** Closes its end with `await using`. */
export class MqttClient {
  /** Resolves when the line is closed, by whichever side. */
  readonly closed: Promise<void>;
  /** False for a client that leaves its side open when the hub has closed its own. */
  hangsUp = true;
  readonly #stream: Duplex;
  readonly #received: Packet[] = [];
  readonly #waiting = new Set<Waiting>();
  #isClosed = false;

  constructor(stream: Duplex) {
    this.#stream = stream;
    const parser = createParser({ protocolVersion: 4 });
    parser.on('packet', (packet) => this.#receive(packet));
    stream.on('data', (bytes: Buffer) => parser.parse(bytes));
    // A reset is one way in which a hub closes a line.
    stream.on('error', () => undefined);
    stream.on('end', () => {
      if (this.hangsUp) stream.destroy();
    });
    // Not through `once`, which takes an error for the end.
    this.closed = new Promise<void>((resolve) => stream.once('close', () => resolve())).then(() => this.#close());
  }

  send(...packets: readonly Packet[]): void {
    this.write(Buffer.concat(packets.map((packet) => generate(packet))));
  }

  write(bytes: Uint8Array): void {
    this.#stream.write(bytes);
  }

  /** The first packet that matches and was not taken before, once it is there. @throws Error when the line is closed before. */
  waitFor(matches: (packet: Packet) => boolean): Promise<Packet> {
    const index = this.#received.findIndex(matches);
    const [packet] = index < 0 ? [] : this.#received.splice(index, 1);
    if (packet) return Promise.resolve(packet);
    if (this.#isClosed) return Promise.reject(new Error('the line is closed'));
    return new Promise((resolve, reject) => this.#waiting.add({ matches, resolve, reject }));
  }

  /** The next packet that was not taken before. */
  next(): Promise<Packet> {
    return this.waitFor(() => true);
  }

  /** The next message whose topic begins so, as its topic and its payload. */
  async message(topicStart: string): Promise<{ readonly topic: string; readonly payload: string }> {
    const packet = await this.waitFor(({ cmd, ...rest }) => cmd === 'publish' && 'topic' in rest && rest.topic.startsWith(topicStart));
    if (packet.cmd !== 'publish') throw new Error('not a message');
    return { topic: packet.topic, payload: packet.payload.toString() };
  }

  /** Subscribes and waits for the acknowledgement. @returns the QoS granted for each. */
  async subscribe(...filters: readonly string[]): Promise<readonly unknown[]> {
    this.send(subscribePacket(...filters));
    const packet = await this.waitFor(({ cmd }) => cmd === 'suback');
    return packet.cmd === 'suback' ? packet.granted : [];
  }

  /** Sends a message at QoS 0. */
  publish(topic: string, payload: string | Buffer = ''): void {
    this.send(publishPacket(topic, payload));
  }

  /** A PINGREQ and its answer: everything sent before has been taken by the hub. */
  async ping(): Promise<void> {
    this.send({ cmd: 'pingreq' });
    await this.waitFor(({ cmd }) => cmd === 'pingresp');
  }

  /** Leaves unread what the hub sends. */
  stopReading(): void {
    this.#stream.pause();
  }

  startReading(): void {
    this.#stream.resume();
  }

  /** Cuts the line without a word. */
  async drop(): Promise<void> {
    this.#stream.destroy();
    await this.closed;
  }

  /** Sends DISCONNECT, then hangs up as soon as that is on its way. */
  async takeLeave(): Promise<void> {
    this.#stream.end(generate({ cmd: 'disconnect' }));
    await this.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drop();
  }

  #receive(packet: Packet): void {
    for (const waiting of this.#waiting) {
      if (!waiting.matches(packet)) continue;
      this.#waiting.delete(waiting);
      waiting.resolve(packet);
      return;
    }
    this.#received.push(packet);
  }

  #close(): void {
    this.#isClosed = true;
    for (const { reject } of this.#waiting) reject(new Error('the line was closed'));
    this.#waiting.clear();
  }
}

type Endpoint = Pick<TestHub, 'mqttPort' | 'caPem'>;

/** A client on a secured line. @throws Error when the handshake fails. */
export async function openMqttClient(hub: Endpoint, options: ConnectionOptions = {}): Promise<MqttClient> {
  return new MqttClient(await openTlsSocket(hub, options));
}

export async function openTlsSocket(hub: Endpoint, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connectTls({ port: hub.mqttPort, host: 'localhost', servername: 'localhost', ca: hub.caPem, ...options });
  await once(socket, 'secureConnect');
  return socket;
}

/** A client on a line without TLS, which the hub does not offer. */
export async function openPlainClient(hub: Endpoint): Promise<MqttClient> {
  const socket = createConnection({ port: hub.mqttPort, host: 'localhost' });
  await once(socket, 'connect');
  return new MqttClient(socket);
}

/** CONNECT as the device SDK sends it (contract 1.1), but for what the test sets. */
export function connectPacket(
  identity: Credentials,
  overrides: Partial<IConnectPacket> & { readonly expirySeconds?: number } = {},
): IConnectPacket {
  const { expirySeconds, ...packet } = overrides;
  const clientId = addressOf(identity);
  const expiry = expirySeconds === undefined ? {} : { expirySeconds };
  return {
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: false,
    keepalive: 180,
    clientId,
    username: `localhost/${clientId}/?api-version=2021-04-12&DeviceClientType=test`,
    password: Buffer.from(sasToken({ key: sasKeys(identity).primaryKey, resource: resourceOf(identity), ...expiry })),
    ...packet,
  };
}

export type ConnectAnswer = { readonly returnCode: number | undefined; readonly sessionPresent: boolean };

/** Sends CONNECT and waits for CONNACK. */
export async function sendConnect(client: MqttClient, packet: IConnectPacket): Promise<ConnectAnswer> {
  client.send(packet);
  const answer = await client.waitFor(({ cmd }) => cmd === 'connack');
  if (answer.cmd !== 'connack') throw new Error('not a CONNACK');
  return { returnCode: answer.returnCode, sessionPresent: answer.sessionPresent };
}

/** A device that is connected. @throws Error when the hub refuses it. */
export async function connectDevice(
  hub: Endpoint,
  device: Credentials,
  overrides?: Parameters<typeof connectPacket>[1],
): Promise<MqttClient> {
  const client = await openMqttClient(hub);
  const { returnCode } = await sendConnect(client, connectPacket(device, overrides));
  if (returnCode !== 0) throw new Error(`refused with ${returnCode}`);
  return client;
}

export function subscribePacket(...filters: readonly string[]): Packet {
  return { cmd: 'subscribe', messageId: 1, subscriptions: filters.map((topic) => ({ topic, qos: 0 })) };
}

export function publishPacket(topic: string, payload: string | Buffer = '', qos: 0 | 1 | 2 = 0): Packet {
  return { cmd: 'publish', topic, payload, qos, dup: false, retain: false, ...(qos > 0 && { messageId: 7 }) };
}

/** The filters that devices know (behaviour 7.3). */
export const FILTERS = {
  twinResponses: '$iothub/twin/res/#',
  desired: '$iothub/twin/PATCH/properties/desired/#',
  methods: '$iothub/methods/POST/#',
};
