// A device that costs little: MQTT over TLS on mqtt-packet. It answers direct methods and waits for the acknowledgements of its reports.
import { connect, type TLSSocket } from 'node:tls';
import { generate, parser, type Packet } from 'mqtt-packet';
import type { Endpoint } from './endpoint.ts';
import { forEach } from './flow.ts';

export type DeviceParts = { readonly endpoint: Endpoint; readonly deviceId: string; readonly token: string };

const FILTERS = ['$iothub/methods/POST/#', '$iothub/twin/res/#'];
const KEEP_ALIVE_SECONDS = 1100;

export class Device implements Disposable {
  readonly deviceId: string;
  readonly #socket: TLSSocket;
  readonly #reports = new Map<string, (status: number) => void>();
  #lastRid = 0;
  /** Direct methods that it answered. */
  answered = 0;
  #onAcknowledged: (packet: Packet) => void = () => undefined;

  constructor(deviceId: string, socket: TLSSocket) {
    this.deviceId = deviceId;
    this.#socket = socket;
    const reader = parser();
    reader.on('packet', (packet: Packet) => this.#receive(packet));
    socket.on('data', (bytes: Buffer) => reader.parse(bytes));
  }

  /** Resolves after CONNACK, and after the acknowledgement of its subscriptions when it asks for them. */
  static async connect({ endpoint, deviceId, token }: DeviceParts, subscribes = true): Promise<Device> {
    const device = new Device(deviceId, await openSocket(endpoint));
    const connack = await device.#request({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clean: true,
      keepalive: KEEP_ALIVE_SECONDS,
      clientId: deviceId,
      username: `${endpoint.hostName}/${deviceId}/?api-version=2021-04-12`,
      password: Buffer.from(token),
    });
    if (connack.cmd !== 'connack' || connack.returnCode !== 0) throw new Error(`${deviceId} was not let in.`);
    if (subscribes) await device.#request({ cmd: 'subscribe', messageId: 1, subscriptions: FILTERS.map((topic) => ({ topic, qos: 0 })) });
    return device;
  }

  /** Resolves with the status when the report is acknowledged. @param body JSON. */
  report(body: string): Promise<number> {
    this.#lastRid += 1;
    const rid = String(this.#lastRid);
    return new Promise((resolve) => {
      this.#reports.set(rid, resolve);
      this.#publish(`$iothub/twin/PATCH/properties/reported/?$rid=${rid}`, body);
    });
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #request(packet: Packet): Promise<Packet> {
    return new Promise((resolve, reject) => {
      this.#onAcknowledged = resolve;
      this.#socket.once('close', () => reject(new Error(`The connection of ${this.deviceId} was closed.`)));
      this.#socket.write(generate(packet));
    });
  }

  #receive(packet: Packet): void {
    if (packet.cmd !== 'publish') return this.#onAcknowledged(packet);
    const { topic } = packet;
    if (topic.startsWith('$iothub/methods/POST/')) {
      this.answered += 1;
      return this.#publish(`$iothub/methods/res/200/?$rid=${topic.slice(topic.indexOf('=') + 1)}`, packet.payload);
    }
    const [, status = '', rid = ''] = /^\$iothub\/twin\/res\/(\d+)\/\?\$rid=([^&]*)/.exec(topic) ?? [];
    this.#reports.get(rid)?.(Number(status));
    this.#reports.delete(rid);
  }

  #publish(topic: string, payload: string | Buffer): void {
    this.#socket.write(generate({ cmd: 'publish', topic, payload, qos: 0, dup: false, retain: false }));
  }
}

/** Handshakes under way at once. */
const HANDSHAKES = 8;

/** @param token makes the password of each device. */
export async function connectAll(endpoint: Endpoint, ids: readonly string[], token: () => string): Promise<readonly Device[]> {
  const devices: Device[] = [];
  await forEach(ids, HANDSHAKES, async (deviceId) => void devices.push(await Device.connect({ endpoint, deviceId, token: token() })));
  return devices;
}

function openSocket({ hostName, mqttPort, caPem }: Endpoint): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: mqttPort, ca: caPem, servername: hostName }, () => {
      socket.setNoDelay(true);
      socket.off('error', reject);
      socket.on('error', () => undefined);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}
