// One connection of a device or module: feeds its bytes, the hub's calls and the clock to the session, and performs what the session asks for.
import type { Duplex } from 'node:stream';
import { withoutSecrets } from '../../domain/access/without-secrets.ts';
import type { ClientCertificate } from '../../domain/certificate/client-certificate.ts';
import { HubError } from '../../domain/errors.ts';
import { addressOf } from '../../domain/identity/identity-id.ts';
import { parseJsonBytes } from '../../domain/json.ts';
import { LIMITS } from '../../domain/limits.ts';
import { reasonOf } from '../../hub/access.ts';
import type { DeviceConnection, DeviceLink } from '../../hub/connections.ts';
import type { Hub } from '../../hub/hub.ts';
import { counted } from '../../hub/counted.ts';
import type { HeldRefusal } from '../../hub/refused-sign-ins.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Random } from '../../ports/random.ts';
import { connackCodeOf, twinRefusal, type TwinRefusal } from './error-response.ts';
import { PacketReader } from './packet-reader.ts';
import { encodePacket } from './packet-writer.ts';
import type { HubPacket } from './packets.ts';
import { isDeaf, listensToMethods, newSession, step, takesPackets } from './session.ts';
import type { SessionEffect, SessionEnd, SessionInput, SessionState } from './session-state.ts';

/** Who is at the other end of a connection, as far as the network tells. */
export type Peer = {
  /** The address that it comes from. */
  readonly source: string;
  /** What it showed while the connection was secured, which is over when its first byte arrives. */
  readonly certificate: () => ClientCertificate | undefined;
};

type Dependencies = {
  /** Bytes from and to the device, in clear. */
  readonly socket: Duplex;
  readonly peer: Peer;
  readonly hub: Hub;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
};

type EffectOf<K extends SessionEffect['kind']> = Extract<SessionEffect, { readonly kind: K }>;

/**
 * Begins with its construction, as does the time it has until CONNACK. What goes wrong here ends this connection and no other.
 *
 * It reads no more from a device that does not read what it is sent, and ends one that leaves too much unread. It also stops reading while the
 * session takes no packets; silence in that time does not count against the device.
 */
export class MqttConnection {
  /** Resolves when the socket is closed and the hub knows that the device is gone. */
  readonly ended: Promise<void>;
  readonly #socket: Duplex;
  readonly #peer: Peer;
  readonly #hub: Hub;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  readonly #reader = new PacketReader();
  readonly #connectDeadline: Timer;
  #state: SessionState;
  #joining: Promise<void> | undefined;
  #joined: DeviceConnection | undefined;
  #left: Promise<void> | undefined;
  #held: HeldRefusal | undefined;
  #silence: Timer | undefined;
  #tokenExpiry: Timer | undefined;
  #heardAtMs = 0;
  #taking = false;
  #corked = false;

  constructor({ socket, peer, hub, clock, random, log }: Dependencies) {
    this.#socket = socket;
    this.#peer = peer;
    this.#hub = hub;
    this.#clock = clock;
    this.#random = random;
    this.#log = log;
    this.#state = newSession(hub.hostNames);
    this.#connectDeadline = clock.after(LIMITS.mqttConnectSeconds.value * 1000, () => {
      this.#input({ kind: 'end', reason: 'connectTooLate' });
      // A refused device has been told so, and had the rest of this time to hang up.
      socket.destroy();
    });
    socket.on('data', (bytes: Buffer) => this.#receive(bytes));
    socket.on('drain', () => this.#takePackets());
    // MQTT knows no half-closed line: a device that has sent its last byte is gone.
    socket.on('end', () => socket.destroy());
    socket.on('error', (error) => this.#log.debug({ error }, 'A connection failed.'));
    this.ended = new Promise<void>((resolve) => socket.once('close', resolve)).then(() => {
      this.#connectDeadline.cancel();
      this.#input({ kind: 'end', reason: 'lost' });
      return this.#leave();
    });
  }

  /** Ends the connection because the hub stops; see `ended`. */
  close(): void {
    this.#input({ kind: 'end', reason: 'hubStopping' });
    this.#socket.destroy();
  }

  #receive(bytes: Buffer): void {
    if (isDeaf(this.#state)) return;
    this.#reader.append(bytes);
    this.#takePackets();
  }

  #input(input: SessionInput): void {
    try {
      this.#step(input);
    } catch (error) {
      this.#fail(error);
    }
    this.#takePackets();
  }

  #step(input: SessionInput): void {
    const { state, effects } = step(this.#state, input);
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
  }

  /** Hands in the packets that are there, as long as the session takes them and the device reads. */
  #takePackets(): void {
    if (this.#taking) return;
    this.#taking = true;
    try {
      while (this.#mayTakePackets()) {
        const packet = this.#reader.next();
        if (!packet) break;
        this.#heardAtMs = this.#clock.nowMs();
        this.#step({ kind: 'packet', packet });
      }
    } catch (error) {
      this.#fail(error);
    }
    this.#taking = false;
    if (isDeaf(this.#state) || this.#mayTakePackets()) this.#socket.resume();
    else this.#socket.pause();
  }

  #mayTakePackets(): boolean {
    return takesPackets(this.#state) && !this.#socket.writableNeedDrain;
  }

  #perform(effect: SessionEffect): void {
    switch (effect.kind) {
      case 'send':
        return this.#send(effect.packet);
      case 'authenticate':
        return this.#authenticate(effect);
      case 'holdRefusal':
        return this.#holdRefusal(effect);
      case 'join':
        this.#joining = this.#join(effect);
        return;
      case 'saveSubscriptions':
        return this.#saveSubscriptions(effect);
      case 'watch':
        return this.#watch(effect);
      case 'announceListening':
        return this.#joined?.listening();
      case 'noteActivity':
        return this.#joined?.active();
      case 'acceptTelemetry':
        return this.#hub.telemetry.accept(effect.bytes);
      case 'answerMethod':
        return this.#joined?.answerMethod(effect.requestId, effect.answer);
      case 'readTwin':
        return this.#readTwin(effect);
      case 'report':
        return this.#report(effect);
      case 'refuseReport':
        return this.#input({ kind: 'reportRefused', id: effect.id, refusal: this.#refusal(new HubError(effect.code, effect.message)) });
      case 'close':
        return this.#close(effect.end);
    }
  }

  /** What is sent in one turn of the event loop goes out in one write. */
  #send(packet: HubPacket): void {
    if (packet.kind === 'connack') this.#hub.metrics.connectAnswered(packet.returnCode);
    if (this.#socket.destroyed) return;
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
      process.nextTick(this.#flush);
    }
    this.#socket.write(encodePacket(packet));
  }

  readonly #flush = (): void => {
    if (!this.#corked) return;
    this.#corked = false;
    this.#socket.uncork();
    if (this.#socket.writableLength > LIMITS.mqttWriteBufferBytes.value) this.#input({ kind: 'end', reason: 'notReading' });
  };

  #authenticate({ identity, token }: EffectOf<'authenticate'>): void {
    const shown = this.#peer.certificate();
    // A copy: what is read of a certificate is kept as long as this object, and a connection may stay for months.
    const certificate = shown && { ...shown };
    if (token === undefined && !certificate) {
      this.#input({ kind: 'failed', returnCode: 5, because: 'There is no SAS token as password, and no certificate was shown.' });
      return;
    }
    this.#hub.access.authenticateDevice(identity, token, certificate).then(
      (principal) => this.#input({ kind: 'authenticated', principal }),
      (error: unknown) => this.#failed(error),
    );
  }

  #holdRefusal({ clientId, because }: EffectOf<'holdRefusal'>): void {
    const signIn = { source: this.#peer.source, identity: `device ${clientId}`, because };
    this.#held = this.#hub.refusedSignIns.hold(signIn, () => this.#input({ kind: 'refusalDue' }));
    if (this.#held.kind === 'dropped') this.#input({ kind: 'refusalDropped' });
  }

  async #join({ principal, modelId, cleanSession }: EffectOf<'join'>): Promise<void> {
    const link: DeviceLink = {
      modelId,
      cleanSession,
      sendMethod: (request) => {
        if (!listensToMethods(this.#state)) return false;
        this.#input({ kind: 'methodRequested', request });
        return true;
      },
      sendDesired: (notice) => this.#input({ kind: 'desiredChanged', notice }),
      close: (reason) => this.#input({ kind: 'end', reason }),
    };
    try {
      this.#joined = await this.#hub.connections.connect(principal, link);
      this.#input({ kind: 'joined', keptSubscriptions: this.#joined.keptSubscriptions });
    } catch (error) {
      this.#failed(error);
    }
  }

  #saveSubscriptions({ identity, subscriptions }: EffectOf<'saveSubscriptions'>): void {
    this.#hub.subscriptions.saveSubscriptions(identity, subscriptions).then(
      () => this.#input({ kind: 'subscriptionsSaved' }),
      (error: unknown) => this.#failed(error),
    );
  }

  #failed(error: unknown): void {
    const refusal = this.#asHubError(error);
    this.#input({ kind: 'failed', returnCode: connackCodeOf(refusal), because: reasonOf(refusal) });
  }

  #readTwin({ identity, rid }: EffectOf<'readTwin'>): void {
    counted(this.#hub.metrics, 'd2c.twin.read', () => this.#hub.twins.get(identity)).then(
      ({ twin }) => this.#input({ kind: 'twinRead', rid, twin }),
      (error: unknown) => this.#input({ kind: 'readRefused', rid, refusal: this.#refusal(error) }),
    );
  }

  #report(effect: EffectOf<'report'>): void {
    this.#hub.metrics.bodySeen('d2c.twin.update', effect.body.length);
    counted(this.#hub.metrics, 'd2c.twin.update', () => this.#storeReport(effect)).then(
      (version) => this.#input({ kind: 'reported', id: effect.id, version }),
      (error: unknown) => this.#input({ kind: 'reportRefused', id: effect.id, refusal: this.#refusal(error) }),
    );
  }

  async #storeReport({ identity, body, baseVersion }: EffectOf<'report'>): Promise<number> {
    return await this.#hub.twins.report({ ...identity, body: parseJsonBytes(body), baseVersion });
  }

  #watch({ identity, silenceLimitMs, expiresAtMs }: EffectOf<'watch'>): void {
    this.#connectDeadline.cancel();
    this.#log.info({ deviceId: addressOf(identity) }, 'Device connected.');
    this.#tokenExpiry = this.#clock.after(expiresAtMs - this.#clock.nowMs(), () => this.#input({ kind: 'end', reason: 'tokenExpired' }));
    this.#watchSilence(silenceLimitMs, silenceLimitMs);
  }

  /** One timer that is set again when it fires costs less than one that is moved with every packet. */
  #watchSilence(limitMs: number, delayMs: number): void {
    this.#silence = this.#clock.after(delayMs, () => {
      const nowMs = this.#clock.nowMs();
      if (!takesPackets(this.#state)) this.#heardAtMs = nowMs;
      const remainingMs = this.#heardAtMs + limitMs - nowMs;
      if (remainingMs > 0) this.#watchSilence(limitMs, remainingMs);
      else this.#input({ kind: 'end', reason: 'silent' });
    });
  }

  #close(end: SessionEnd): void {
    this.#silence?.cancel();
    this.#tokenExpiry?.cancel();
    if (this.#held?.kind === 'held') this.#held.cancel();
    this.#logEnd(end);
    void this.#leave();
    this.#flush();
    // A refused device is given time to read CONNACK: destroying the socket could take the answer back.
    if (end.reason === 'refused') this.#socket.end();
    else this.#socket.destroy();
  }

  #leave(): Promise<void> {
    return (this.#left ??= this.#leaveHub());
  }

  async #leaveHub(): Promise<void> {
    await this.#joining;
    try {
      await this.#joined?.end();
    } catch (error) {
      this.#log.error({ error: asError(error) }, 'The end of a connection could not be stored.');
    }
  }

  #fail(error: unknown): void {
    this.#asHubError(error);
    this.#input({ kind: 'end', reason: 'fault' });
  }

  #refusal(error: unknown): TwinRefusal {
    const trackingId = this.#newTrackingId();
    return twinRefusal(this.#asHubError(error, trackingId), { trackingId, nowMs: this.#clock.nowMs() });
  }

  /** Anything but a HubError is a bug: its stack goes into the log, its words to nobody. Why the store fails is logged too. */
  #asHubError(error: unknown, trackingId = this.#newTrackingId()): HubError {
    if (!(error instanceof HubError) || (error.code === 'ServiceUnavailable' && error.cause !== undefined)) {
      this.#log.error({ trackingId, error: asError(error) }, 'A connection met a fault in the hub or its store.');
    }
    if (error instanceof HubError) return error;
    return new HubError('ServerError', 'The request failed through a fault in the hub. Its log has the reason under this tracking id.');
  }

  #newTrackingId(): string {
    return this.#random.uuid().replaceAll('-', '');
  }

  #logEnd({ reason, clientId, because }: SessionEnd): void {
    const message = reason === 'refused' ? 'Device refused.' : 'Connection ended.';
    // An app that mixes up its fields sends its connection string or token as a name.
    const fields = { deviceId: clientId && withoutSecrets(clientId), reason };
    // Port scans and health checks come and go without a word, and so do clients that were told and logged often enough.
    if ((clientId === undefined && reason === 'lost') || reason === 'refusedTooOften') this.#log.debug(fields, message);
    else this.#log.info({ ...fields, because: because && withoutSecrets(because) }, message);
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
