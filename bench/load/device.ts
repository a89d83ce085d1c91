// A device that costs little: the line and the packets of the simulator. It answers direct methods and waits for the acknowledgements of its reports.
import { encodeConnect, encodePublish, encodeSubscribe } from '../../src/simulator/device-packets.ts';
import { methodAnswerTopic, readTopic, reportTopic } from '../../src/simulator/device-topics.ts';
import { HubPacketReader, type HubPackets } from '../../src/simulator/hub-packet-reader.ts';
import type { Line, LineEvents, OpenLine } from '../../src/simulator/line.ts';
import { createTlsLines } from '../../src/simulator/tls-line.ts';
import type { Endpoint } from './endpoint.ts';
import { forEach } from './flow.ts';

const FILTERS = ['$iothub/methods/POST/#', '$iothub/twin/res/#'];
const KEEP_ALIVE_SECONDS = 1100;

type DeviceParts = { readonly hostName: string; readonly deviceId: string; readonly token: string; readonly openLine: OpenLine };

class Device implements LineEvents, HubPackets, Disposable {
  readonly #line: Line;
  readonly #parts: DeviceParts;
  readonly #reader = new HubPacketReader();
  readonly #reports = new Map<string, (status: number) => void>();
  readonly #ready = Promise.withResolvers<void>();
  #lastRid = 0;

  constructor(parts: DeviceParts) {
    this.#parts = parts;
    this.#line = parts.openLine(this);
  }

  /** Resolves when its subscriptions are acknowledged. @throws Error when it is not let in. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Resolves with the status when the report is acknowledged. @param body JSON. */
  report(body: string): Promise<number> {
    this.#lastRid += 1;
    const rid = String(this.#lastRid);
    return new Promise((resolve) => {
      this.#reports.set(rid, resolve);
      this.#line.write(encodePublish(reportTopic(rid), Buffer.from(body)));
    });
  }

  opened(): void {
    const { deviceId, hostName, token } = this.#parts;
    const userName = `${hostName}/${deviceId}/?api-version=2021-04-12`;
    this.#line.write(encodeConnect({ clientId: deviceId, userName, password: token, keepAliveSeconds: KEEP_ALIVE_SECONDS }));
  }

  received(bytes: Buffer): void {
    if (!this.#reader.read(bytes, this)) this.#line.cut();
  }

  closed(code: string | undefined): void {
    this.#ready.reject(new Error(`The connection of ${this.#parts.deviceId} was closed (${code ?? 'without an error'}).`));
  }

  connack(returnCode: number): void {
    if (returnCode === 0) this.#line.write(encodeSubscribe(1, FILTERS));
    else this.#line.cut();
  }

  suback(): void {
    this.#ready.resolve();
  }

  message(topic: string, payload: Buffer): void {
    const about = readTopic(topic);
    if (about?.kind === 'method') this.#line.write(encodePublish(methodAnswerTopic(200, about.rid), payload));
    if (about?.kind !== 'twinAnswer') return;
    this.#reports.get(about.rid)?.(about.status);
    this.#reports.delete(about.rid);
  }

  pingresp(): void {
    // Nothing waits for it.
  }

  [Symbol.dispose](): void {
    this.#line.cut();
  }
}

export type ConnectedDevice = Pick<Device, 'report'> & Disposable;

/** Handshakes under way at once. */
const HANDSHAKES = 8;

/** @param token makes the password of each device. @throws Error when one is not let in. */
export async function connectAll(endpoint: Endpoint, ids: readonly string[], token: () => string): Promise<readonly ConnectedDevice[]> {
  const { hostName, mqttPort, caPem } = endpoint;
  const openLine = createTlsLines({ address: '127.0.0.1', port: mqttPort, hostName, caPem, resume: false });
  const devices: Device[] = [];
  await forEach(ids, HANDSHAKES, async (deviceId) => {
    const device = new Device({ hostName, deviceId, token: token(), openLine });
    devices.push(device);
    await device.ready;
  });
  return devices;
}
