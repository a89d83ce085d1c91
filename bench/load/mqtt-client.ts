// A client of MQTT over TLS that costs little: the line and the packets of the simulator, QoS 0, and no state but its subscriptions.
import { type ConnectFields, encodeConnect, encodePublish, encodeSubscribe } from '../../src/simulator/device-packets.ts';
import { HubPacketReader, type HubPackets } from '../../src/simulator/hub-packet-reader.ts';
import type { Line, LineEvents, OpenLine } from '../../src/simulator/line.ts';

type MqttClientParts = Omit<ConnectFields, 'keepAliveSeconds'> & {
  readonly openLine: OpenLine;
  readonly filters: readonly string[];
  /** The payload is good only during the call. */
  readonly onMessage: (topic: string, payload: Buffer) => void;
};

/** Longer than any bench, so that nobody pings. */
const KEEP_ALIVE_SECONDS = 1100;

export class MqttClient implements LineEvents, HubPackets, Disposable {
  readonly #parts: MqttClientParts;
  readonly #line: Line;
  readonly #reader = new HubPacketReader();
  readonly #ready = Promise.withResolvers<void>();

  constructor(parts: MqttClientParts) {
    this.#parts = parts;
    this.#line = parts.openLine(this);
  }

  /** Resolves when its subscriptions are acknowledged. @throws Error when it is not let in. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  publish(topic: string, payload: Buffer): void {
    this.#line.write(encodePublish(topic, payload));
  }

  opened(): void {
    this.#line.write(encodeConnect({ ...this.#parts, keepAliveSeconds: KEEP_ALIVE_SECONDS }));
  }

  received(bytes: Buffer): void {
    if (!this.#reader.read(bytes, this)) this.#line.cut();
  }

  closed(code: string | undefined): void {
    this.#ready.reject(new Error(`The connection of ${this.#parts.clientId} was closed (${code ?? 'without an error'}).`));
  }

  connack(returnCode: number): void {
    if (returnCode === 0) this.#line.write(encodeSubscribe(1, this.#parts.filters));
    else this.#line.cut();
  }

  suback(): void {
    this.#ready.resolve();
  }

  message(topic: string, payload: Buffer): void {
    this.#parts.onMessage(topic, payload);
  }

  pingresp(): void {
    // Nothing waits for it.
  }

  [Symbol.dispose](): void {
    this.#line.cut();
  }
}
