// The connection of one device: made, signed in, kept alive, renewed, and made again when it is gone.
import { formatSasToken, textToSign } from '../domain/access/sas-token.ts';
import type { Timer } from '../ports/clock.ts';
import type { Signer } from '../ports/signer.ts';
import type { Behaviour } from './behaviour.ts';
import { fraction } from './chance.ts';
import { type AppSurroundings, DeviceApp } from './device-app.ts';
import { DISCONNECT, encodeConnect, encodeSubscribe, PINGREQ } from './device-packets.ts';
import { SUBSCRIPTIONS } from './device-topics.ts';
import { type HubPackets, HubPacketReader } from './hub-packet-reader.ts';
import type { Line, LineEvents, OpenLine } from './line.ts';

/** `key` is base64. */
export type DeviceSpec = { readonly deviceId: string; readonly key: string; readonly behaviour: Behaviour };

/** What all devices of a fleet share. */
export type DeviceSurroundings = AppSurroundings & {
  /** The name of the hub in tokens. */
  readonly hostName: string;
  readonly signer: Signer;
  readonly openLine: OpenLine;
  /** The device wants to connect; `connect` is called when it is its turn. */
  readonly queue: (device: SimulatedDevice) => void;
  /** An attempt to connect has ended, well or not. */
  readonly settled: () => void;
  /** It was told to stop, and has no line. */
  readonly gone: (device: SimulatedDevice) => void;
};

/** As the SDK has them (contract 1.1, 1.2). */
const KEEP_ALIVE_MS = 180_000;
const TOKEN_SECONDS = 3600;
const RENEWAL_MS = 2_700_000;
const CONNECT_MS = 60_000;

/** How long the hub has to close the line of a device that took its leave. */
const LEAVE_MS = 5000;
const PAUSE_FIRST_MS = 1000;
const PAUSE_LAST_MS = 60_000;
/** A connection that lasted so long makes the next pause the first one again. */
const STABLE_MS = 30_000;

/**
 * idle → opening (`connect`) → signingIn (the line is secured, CONNECT is sent) → subscribing (CONNACK 0) → listening (SUBACK). The end of
 * the line leads from anywhere to idle, and from there, unless the device was stopped, into the queue again.
 */
type State = 'idle' | 'opening' | 'signingIn' | 'subscribing' | 'listening';

/** Why a device ends its own line. */
type Leaving = 'flap' | 'renewal' | 'stop' | 'fault';

export class SimulatedDevice implements LineEvents, HubPackets {
  readonly #spec: DeviceSpec;
  readonly #shared: DeviceSurroundings;
  readonly #app: DeviceApp;
  #state: State = 'idle';
  #leaving: Leaving | undefined;
  /** What an attempt to connect counts as, where the device itself gave it up. */
  #fault: string | undefined;
  #line: Line | undefined;
  #reader: HubPacketReader | undefined;
  #beganMs = 0;
  #attempts = 0;
  #pingOpen = false;
  /** At most one of the pause before an attempt, the attempt, the next ping and the leave. */
  #timer: Timer | undefined;
  #renewal: Timer | undefined;
  #flap: Timer | undefined;

  constructor(spec: DeviceSpec, shared: DeviceSurroundings) {
    this.#spec = spec;
    this.#shared = shared;
    this.#app = new DeviceApp(spec.behaviour, shared);
  }

  /** For a device that asked for it through `queue`, or that never connected. */
  connect(): void {
    this.#state = 'opening';
    this.#leaving = undefined;
    this.#fault = undefined;
    this.#beganMs = this.#shared.stopwatch.elapsedMs();
    this.#timer = this.#after(CONNECT_MS, () => this.#giveUp('timeout'));
    this.#line = this.#shared.openLine(this);
  }

  /** Sends reported properties. @returns false when the device cannot at this moment. */
  report(): boolean {
    return this.#app.report();
  }

  /** Takes leave of the hub and does not come back. `gone` is called in this turn or a later one. */
  stop(): void {
    this.#leave('stop');
    if (this.#state === 'idle') this.#shared.gone(this);
  }

  opened(): void {
    this.#state = 'signingIn';
    this.#reader = new HubPacketReader();
    const { deviceId } = this.#spec;
    const userName = `${this.#shared.hostName}/${deviceId}/?api-version=2021-04-12`;
    const keepAliveSeconds = KEEP_ALIVE_MS / 1000;
    this.#line?.write(encodeConnect({ clientId: deviceId, userName, password: this.#token(), keepAliveSeconds }));
  }

  received(bytes: Buffer): void {
    if (this.#leaving === undefined && this.#reader?.read(bytes, this) === false) this.#malformed();
  }

  closed(code: string | undefined): void {
    const { tally, settled } = this.#shared;
    const state = this.#state;
    const leaving = this.#leaving;
    this.#cancelTimers();
    this.#app.end();
    this.#state = 'idle';
    this.#line = undefined;
    this.#reader = undefined;
    if (state === 'listening') {
      tally.add('connected', -1);
      if (leaving === undefined || leaving === 'fault') tally.add('lost');
    } else {
      if (leaving !== 'stop') tally.failed(this.#fault ?? code ?? 'closed');
      settled();
    }
    this.#comeBack(state === 'listening' && this.#shared.stopwatch.elapsedMs() - this.#beganMs >= STABLE_MS);
  }

  connack(returnCode: number): void {
    if (this.#state !== 'signingIn') return this.#malformed();
    if (returnCode !== 0) return this.#giveUp(`refused (${returnCode})`);
    this.#state = 'subscribing';
    this.#line?.write(encodeSubscribe(1, SUBSCRIPTIONS));
  }

  suback(returnCodes: Buffer): void {
    if (this.#state !== 'subscribing' || this.#line === undefined) return this.#malformed();
    if (returnCodes.length !== SUBSCRIPTIONS.length || returnCodes.some((code) => code !== 0)) return this.#giveUp('subscription refused');
    const { tally, stopwatch, settled } = this.#shared;
    this.#state = 'listening';
    this.#startTimers();
    tally.add('connected');
    tally.add('connects');
    tally.connectMs.record(stopwatch.elapsedMs() - this.#beganMs);
    settled();
    this.#app.begin(this.#line);
  }

  message(topic: string, payload: Buffer): void {
    // Packets that came together with one that ended the connection.
    if (this.#leaving !== undefined) return;
    if (this.#state !== 'listening' || !this.#app.take(topic, payload)) this.#malformed();
  }

  pingresp(): void {
    this.#pingOpen = false;
  }

  #startTimers(): void {
    const { random } = this.#shared;
    const { flapMs } = this.#spec.behaviour;
    this.#timer?.cancel();
    this.#pingOpen = false;
    // Chance keeps apart what devices do that connected together.
    this.#timer = this.#after(KEEP_ALIVE_MS * (1 - fraction(random) / 2), () => this.#ping());
    this.#renewal = this.#after(RENEWAL_MS * (1 - fraction(random) / 4), () => this.#leave('renewal'));
    if (flapMs !== undefined) this.#flap = this.#after(flapMs * (0.5 + fraction(random)), () => this.#leave('flap'));
  }

  #ping(): void {
    if (this.#pingOpen) return this.#leave('fault');
    this.#pingOpen = true;
    this.#line?.write(PINGREQ);
    this.#timer = this.#after(KEEP_ALIVE_MS, () => this.#ping());
  }

  #malformed(): void {
    if (this.#leaving !== undefined) return;
    this.#shared.tally.add('malformed');
    this.#giveUp('malformed');
  }

  #giveUp(fault: string): void {
    this.#fault = fault;
    this.#leave('fault');
  }

  #leave(leaving: Leaving): void {
    const { tally } = this.#shared;
    const takesLeave = this.#state === 'listening' && this.#leaving === undefined && (leaving === 'stop' || leaving === 'renewal');
    this.#leaving = leaving;
    this.#cancelTimers();
    this.#app.end();
    if (leaving === 'flap') tally.add('flaps');
    if (leaving === 'renewal') tally.add('renewals');
    if (!takesLeave) return this.#line?.cut();
    this.#line?.end(DISCONNECT);
    this.#timer = this.#after(LEAVE_MS, () => this.#line?.cut());
  }

  #comeBack(wasStable: boolean): void {
    const { queue, gone, random } = this.#shared;
    if (this.#leaving === 'stop') return gone(this);
    if (this.#leaving === 'renewal') return queue(this);
    if (wasStable || this.#leaving === 'flap') this.#attempts = 0;
    const pauseMs = Math.min(PAUSE_LAST_MS, PAUSE_FIRST_MS * 2 ** this.#attempts);
    this.#attempts += 1;
    this.#timer = this.#after(pauseMs * (0.5 + fraction(random) / 2), () => queue(this));
  }

  #token(): string {
    const { clock, signer, hostName } = this.#shared;
    const resource = encodeURIComponent(`${hostName}/devices/${this.#spec.deviceId}`);
    const expirySeconds = Math.floor(clock.nowMs() / 1000) + TOKEN_SECONDS;
    const signature = signer.sign(this.#spec.key, textToSign(resource, expirySeconds));
    return formatSasToken({ resource, signature, expirySeconds, policyName: undefined });
  }

  #cancelTimers(): void {
    this.#timer?.cancel();
    this.#renewal?.cancel();
    this.#flap?.cancel();
  }

  #after(delayMs: number, run: () => void): Timer {
    return this.#shared.clock.after(delayMs, run);
  }
}
