// The devices connected to this node: who holds the line, what is sent down it, and which direct methods wait for an answer.
import { HubError, type Outcome, type Refusal } from '../domain/errors.ts';
import type { JsonValue } from '../domain/json.ts';
import { LIMITS } from '../domain/limits.ts';
import type { DeviceMessage, DeviceReply, DisconnectReason } from '../domain/message.ts';
import { addressOf, type IdentityId, isModuleId } from '../domain/identity/identity-id.ts';
import type { DirectMethodAnswer, DirectMethodCall } from '../domain/method/direct-method.ts';
import { toIsoTime } from '../domain/time.ts';
import type { DesiredNotice } from '../domain/twin/twin.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Attachment, DeviceBus } from '../ports/device-bus.ts';
import type { ConnectionEvent, DeviceStore, RecordedEvent } from '../ports/device-store.ts';
import type { Random } from '../ports/random.ts';
import type { Subscription } from '../ports/subscription-store.ts';
import type { DevicePrincipal } from './access.ts';
import { Batcher } from './batcher.ts';
import type { ClientCertificates } from './client-certificates.ts';
import type { Policies } from './policies.ts';

/** A direct method on its way to the device; the device's answer names the `requestId` (lower-case hex, contract 1.3). */
export type MethodRequest = { readonly requestId: string; readonly methodName: string; readonly payload: JsonValue };

/** What a gateway offers the hub for one connected device or module. No call may throw. */
export interface DeviceLink {
  /** The model that it announced; empty without one. */
  readonly modelId: string;
  /** Whether it begins without subscriptions and leaves none behind [MQTT-3.1.2-6]. */
  readonly cleanSession: boolean;
  /** False when the device does not listen to direct methods at this moment. */
  sendMethod(request: MethodRequest): boolean;
  /** Dropped when the device does not listen to desired properties. */
  sendDesired(notice: DesiredNotice): void;
  /** Ends the connection. The gateway calls `end` on the connection as for any other end. */
  close(reason: DisconnectReason): void;
}

/** What the hub offers the gateway for one connected device or module. */
export interface DeviceConnection {
  /** What the device had subscribed to before, in a session that was kept; `undefined` where there was none. Forgotten by a clean session. */
  readonly keptSubscriptions: readonly Subscription[] | undefined;
  /** The device began to listen to direct methods: calls that wait for it are sent. */
  listening(): void;
  /** An answer to a request that is unknown or no longer waited for is ignored (behaviour 4). */
  answerMethod(requestId: string, answer: Outcome<DirectMethodAnswer>): void;
  /** The device said something; shows in lastActivityTime within `LIMITS.housekeepingSeconds`. */
  active(): void;
  /** The connection is over: waiting calls fail. Resolves when the store knows. Harmless when called again. */
  end(): Promise<void>;
}

type Dependencies = {
  readonly store: DeviceStore;
  readonly bus: DeviceBus;
  readonly policies: Policies;
  readonly certificates: ClientCertificates;
  readonly clock: Clock;
  readonly random: Random;
  readonly pause: (ms: number) => Promise<void>;
};

export class Connections {
  readonly #store: DeviceStore;
  readonly #bus: DeviceBus;
  readonly #policies: Policies;
  readonly #certificates: ClientCertificates;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #events: Batcher<ConnectionEvent, RecordedEvent | undefined>;
  readonly #open = new Set<OpenConnection>();
  /** By address: who was active without a connection since the store was told last; each is registered and signed in. */
  readonly #seen = new Map<string, ConnectionEvent>();
  /** Ends that the store did not take: without them it would show their devices as connected until the next start. */
  readonly #untoldEnds = new Set<ConnectionEvent>();
  #lastRequest: number;

  constructor(dependencies: Dependencies) {
    this.#store = dependencies.store;
    this.#bus = dependencies.bus;
    this.#policies = dependencies.policies;
    this.#certificates = dependencies.certificates;
    this.#clock = dependencies.clock;
    this.#random = dependencies.random;
    this.#events = new Batcher(
      async (events: readonly ConnectionEvent[]) =>
        (await this.#store.recordConnections(events)).map((recorded) => ({ kind: 'done', value: recorded })),
      { gather: () => dependencies.pause(LIMITS.connectionGatherMs.value) },
    );
    // A random start keeps a late answer from before a restart apart from the calls after it.
    this.#lastRequest = new DataView(dependencies.random.bytes(4).slice().buffer).getUint32(0);
  }

  /** Connects and their ends that wait for a group commit. */
  get writesWaiting(): number {
    return this.#events.waiting;
  }

  /** Connects and their ends so far. */
  get writesAsked(): number {
    return this.#events.added;
  }

  /** Devices connected to this node, without modules, as the service counts them. */
  get count(): number {
    let devices = 0;
    for (const { id } of this.#open) if (!isModuleId(id)) devices += 1;
    return devices;
  }

  /**
   * Makes this link the device's only one; an older link is closed (behaviour 7.1). When it resolves the store shows the device as connected.
   * @throws HubError IotHubUnauthorizedAccess when the identity, or the policy that signed for it, was changed after the device signed in.
   */
  async connect(principal: DevicePrincipal, link: DeviceLink): Promise<DeviceConnection> {
    const connection = new OpenConnection({ principal, connectionId: this.#random.uuid(), link, owner: this });
    this.#open.add(connection);
    try {
      connection.attachment = await this.#bus.attach(connection.address, (message) => connection.receive(message));
      const { id, connectionId } = connection;
      const { modelId, cleanSession } = link;
      const recorded = await this.record({ ...id, kind: 'connected', connectionId, modelId, cleanSession, at: this.now() });
      connection.keptSubscriptions = recorded?.keptSubscriptions;
      if (recorded?.etag === principal.etag && this.#maySignIn(principal)) return connection;
    } catch (error) {
      connection.release();
      throw error;
    }
    await connection.end();
    throw new HubError('IotHubUnauthorizedAccess', 'The device or its policy was changed while it signed in. Connect again.');
  }

  /** A device that keeps no connection was there; shows in its lastActivityTime within `LIMITS.housekeepingSeconds`, and in nothing else. */
  noteActivity({ deviceId, moduleId }: IdentityId): void {
    const id = { deviceId, moduleId };
    this.#seen.set(addressOf(id), { ...id, kind: 'seen', at: this.now() });
  }

  /**
   * Writes the activity of devices since the last call to the store, in chunks that let other writes come in between; and the ends that it did
   * not take, which are harmless where it has them or knows of a newer connection.
   */
  async saveActivity(): Promise<void> {
    const ends = [...this.#untoldEnds];
    const events: readonly ConnectionEvent[] = [
      ...ends,
      ...[...this.#open].flatMap((connection) => connection.takeActivity() ?? []),
      ...this.#seen.values(),
    ];
    this.#seen.clear();
    const chunk = LIMITS.batchItems.value;
    for (let from = 0; from < events.length; from += chunk) await this.#store.recordConnections(events.slice(from, from + chunk));
    for (const end of ends) this.#untoldEnds.delete(end);
  }

  /** Closes the connections of devices for which a policy signed that does so no more, or not with that key, or a CA that is trusted no more. */
  closeUnsigned(): void {
    for (const { principal, link } of this.#open) {
      if (!this.#maySignIn(principal)) link.close('signInChanged');
    }
  }

  /** Closes every connection and resolves when the store knows, also of activity that it was not told of. */
  async closeAll(): Promise<void> {
    const ends = [...this.#open].map((connection) => {
      connection.link.close('hubStopping');
      return connection.end();
    });
    await Promise.all([...ends, this.saveActivity()]);
  }

  /** @returns `undefined` for what is not registered. */
  record(event: ConnectionEvent): Promise<RecordedEvent | undefined> {
    return this.#events.add(event);
  }

  /** As `record`. What fails is told again with the activity. */
  async recordEnd(event: ConnectionEvent): Promise<void> {
    try {
      await this.record(event);
    } catch (error) {
      this.#untoldEnds.add(event);
      throw error;
    }
  }

  /** ISO-8601 UTC. */
  now(): string {
    return toIsoTime(this.nowMs());
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  forget(connection: OpenConnection): void {
    this.#open.delete(connection);
  }

  announceListening(address: string): void {
    this.#bus.announceListening(address);
  }

  nextRequestId(): string {
    this.#lastRequest += 1;
    return this.#lastRequest.toString(16);
  }

  after(delayMs: number, run: () => void): Timer {
    return this.#clock.after(delayMs, run);
  }

  #maySignIn({ signedBy }: DevicePrincipal): boolean {
    if (signedBy === undefined) return true;
    return 'caSha256' in signedBy ? this.#certificates.isTrusted(signedBy) : this.#policies.maySignForDevices(signedBy);
  }
}

type WaitingCall = { readonly timer: Timer; readonly reply: (reply: DeviceReply) => void };

const RECEIVED: Promise<DeviceReply> = Promise.resolve({ kind: 'received' });

class OpenConnection implements DeviceConnection {
  readonly principal: DevicePrincipal;
  readonly id: IdentityId;
  readonly address: string;
  readonly connectionId: string;
  readonly link: DeviceLink;
  attachment: Attachment | undefined;
  keptSubscriptions: readonly Subscription[] | undefined;
  readonly #owner: Connections;
  readonly #waiting = new Map<string, WaitingCall>();
  #ended = false;
  #activeAtMs: number | undefined;

  constructor(parts: { principal: DevicePrincipal; connectionId: string; link: DeviceLink; owner: Connections }) {
    this.principal = parts.principal;
    this.id = { deviceId: parts.principal.deviceId, moduleId: parts.principal.moduleId };
    this.address = addressOf(this.id);
    this.connectionId = parts.connectionId;
    this.link = parts.link;
    this.#owner = parts.owner;
  }

  receive(message: DeviceMessage): Promise<DeviceReply> {
    switch (message.kind) {
      case 'invokeMethod':
        return this.#invoke(message.call);
      case 'desiredChanged':
        this.link.sendDesired(message.notice);
        return RECEIVED;
      case 'disconnect':
        this.link.close(message.reason);
        return RECEIVED;
    }
  }

  listening(): void {
    this.#owner.announceListening(this.address);
  }

  answerMethod(requestId: string, answer: Outcome<DirectMethodAnswer>): void {
    this.#settle(
      requestId,
      answer.kind === 'done' ? { kind: 'methodAnswer', answer: answer.value } : { kind: 'refused', refusal: answer.refusal },
    );
  }

  active(): void {
    this.#activeAtMs = this.#owner.nowMs();
  }

  /** The latest activity that the store was not told of. */
  takeActivity(): ConnectionEvent | undefined {
    const at = this.#takeActiveAt();
    return at === undefined ? undefined : { ...this.id, kind: 'active', connectionId: this.connectionId, at };
  }

  async end(): Promise<void> {
    if (!this.release()) return;
    const { id, connectionId } = this;
    await this.#owner.recordEnd({ ...id, kind: 'disconnected', connectionId, at: this.#owner.now(), activeAt: this.#takeActiveAt() });
  }

  /** Ends it without a word to the store. @returns false when it had ended before. */
  release(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    this.attachment?.detach();
    this.#owner.forget(this);
    for (const requestId of this.#waiting.keys()) this.#settle(requestId, { kind: 'refused', refusal: lostRefusal });
    return true;
  }

  #takeActiveAt(): string | undefined {
    const atMs = this.#activeAtMs;
    this.#activeAtMs = undefined;
    return atMs === undefined ? undefined : toIsoTime(atMs);
  }

  #invoke(call: DirectMethodCall): Promise<DeviceReply> {
    if (this.#ended) return Promise.resolve({ kind: 'notListening' });
    if (this.#waiting.size >= LIMITS.methodsInFlightPerDevice.value) return Promise.resolve({ kind: 'refused', refusal: tooManyRefusal });
    const requestId = this.#owner.nextRequestId();
    return new Promise((reply) => {
      const timer = this.#owner.after(call.responseTimeoutSeconds * 1000, () => {
        this.#settle(requestId, { kind: 'refused', refusal: timeoutRefusal });
      });
      this.#waiting.set(requestId, { timer, reply });
      const sent = this.link.sendMethod({ requestId, methodName: call.methodName, payload: call.payload });
      if (!sent) this.#settle(requestId, { kind: 'notListening' });
    });
  }

  #settle(requestId: string, reply: DeviceReply): void {
    const call = this.#waiting.get(requestId);
    if (!call) return;
    this.#waiting.delete(requestId);
    call.timer.cancel();
    call.reply(reply);
  }
}

const lostRefusal: Refusal = { code: 'DeviceNotOnline', message: 'The device disconnected before it answered.' };
const timeoutRefusal: Refusal = { code: 'GatewayTimeout', message: 'Timed out waiting for the response from device.' };
const tooManyRefusal: Refusal = {
  code: 'DeviceMaximumInflightMethodExceeded',
  message: `More than ${LIMITS.methodsInFlightPerDevice.value} direct methods wait for this device.`,
};
