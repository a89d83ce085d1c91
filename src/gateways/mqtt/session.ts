// The MQTT session of one device or module as data: a state and an input give the next state and effects. No clock and no I/O here.
import { addressOf } from '../../domain/identity/identity-id.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { Subscription } from '../../ports/subscription-store.ts';
import { readConnect } from './connect.ts';
import { onDesiredChanged, onMethodRequested, onReadRefused, onReported, onReportRefused, onTwinRead } from './hub-messages.ts';
import type { DevicePacket } from './packets.ts';
import { onPublish } from './publishing.ts';
import { breakOff, dropRefusal, endFromOutside, refuseConnect, takeLeave, tellRefusal } from './session-end.ts';
import type { AwaitingConnect, Connected, Connecting, Refusing, SessionEffect, SessionInput, SessionState, Step } from './session-state.ts';
import { onSubscribe, onSubscriptionsSaved, onUnsubscribe } from './subscribing.ts';

/*
 * States and moves:
 *
 *   awaitingConnect --CONNECT--> authenticating --token is good--> joining --the hub made it the only connection--> connected
 *
 *   awaitingConnect, authenticating --the sign-in is refused--> refusing --the refusal may be told, or is dropped--> closed
 *
 *   any state --DISCONNECT, breach of the protocol, other refusal, end from outside--> closed
 *
 * Joining ends an older connection before it reads the kept subscriptions, so that they hold all that the older one has acknowledged. CONNACK goes
 * out on the way to `connected`; until then the hub finds a device that listens to nothing.
 *
 * `takesPackets` says when a packet may be handed in. Packets stay with the connection while CONNECT, SUBSCRIBE or UNSUBSCRIBE is under way:
 * clients may send the next ones at once [MQTT-3.1.4-5], and those must see what the one before did. They also stay while too many twin
 * requests wait for an answer.
 *
 * Inputs that come too late for the state, such as the answer to a read of a closed session, change nothing.
 */

export function newSession(hostNames: readonly string[]): SessionState {
  return { kind: 'awaitingConnect', hostNames };
}

export function takesPackets(state: SessionState): boolean {
  if (state.kind !== 'connected') return state.kind === 'awaitingConnect';
  return state.change === undefined && state.reads + state.reports.length < LIMITS.mqttRequestsInFlight.value;
}

/** Whether nothing more is heard: what the device still sends is read only to be dropped, so that its end is seen. */
export function isDeaf(state: SessionState): boolean {
  return state.kind === 'closed' || state.kind === 'refusing';
}

export function listensToMethods(state: SessionState): boolean {
  return state.kind === 'connected' && state.subscriptions.includes('methods');
}

export function step(state: SessionState, input: SessionInput): Step {
  if (state.kind === 'closed') return unchanged(state);
  if (input.kind === 'end') return endFromOutside(state, input.reason);
  switch (state.kind) {
    case 'awaitingConnect':
      return input.kind === 'packet' ? awaitConnect(state, input.packet) : unchanged(state);
    case 'authenticating':
    case 'joining':
      return connect(state, input);
    case 'refusing':
      return refuse(state, input);
    case 'connected':
      return converse(state, input);
  }
}

/** The first packet must be CONNECT [MQTT-3.1.0-1]. */
function awaitConnect(state: AwaitingConnect, packet: DevicePacket): Step {
  if (packet.kind === 'otherProtocol') {
    return refuseConnect({ clientId: undefined, returnCode: 1, because: 'The hub speaks MQTT 3.1.1 only.' });
  }
  if (packet.kind !== 'connect') {
    return breakOff(state, packet.kind === 'malformed' ? packet.reason : `The first packet was ${nameOf(packet)}, not CONNECT.`);
  }
  const request = readConnect(packet, state.hostNames);
  if (request.kind === 'refusal') return refuseConnect({ ...request, clientId: packet.clientId });
  return {
    state: { kind: 'authenticating', request },
    effects: [{ kind: 'authenticate', identity: request.identity, token: request.token }],
  };
}

function connect(state: Connecting, input: SessionInput): Step {
  const { request } = state;
  if (input.kind === 'failed') {
    // The device is who it says; whatever kept it from joining may be over when it tries again.
    const returnCode = state.kind === 'authenticating' ? input.returnCode : 3;
    return refuseConnect({ clientId: addressOf(request.identity), returnCode, because: input.because });
  }
  if (state.kind === 'authenticating' && input.kind === 'authenticated') {
    const { principal } = input;
    return {
      state: { kind: 'joining', request, expiresAtMs: principal.expiresAtMs },
      effects: [{ kind: 'join', principal, modelId: request.modelId, cleanSession: request.cleanSession }],
    };
  }
  if (state.kind === 'joining' && input.kind === 'joined') return accept(state, input.keptSubscriptions);
  return unchanged(state);
}

function refuse(state: Refusing, input: SessionInput): Step {
  if (input.kind === 'refusalDue') return tellRefusal(state);
  return input.kind === 'refusalDropped' ? dropRefusal(state) : unchanged(state);
}

type Joining = Extract<Connecting, { kind: 'joining' }>;

/** @param kept `undefined` when there was no session. A clean session discards it [MQTT-3.1.2-6], any other goes on with it [MQTT-3.1.2-4]. */
function accept({ request, expiresAtMs }: Joining, kept: readonly Subscription[] | undefined): Step {
  const { identity, cleanSession, mayReport, willBytes, silenceLimitMs } = request;
  const subscriptions = cleanSession ? [] : (kept ?? []);
  const sessionPresent = !cleanSession && kept !== undefined;
  const effects: SessionEffect[] = [
    // [MQTT-3.2.2-1] to [MQTT-3.2.2-3]
    { kind: 'send', packet: { kind: 'connack', returnCode: 0, sessionPresent } },
    { kind: 'watch', identity, silenceLimitMs, expiresAtMs },
  ];
  if (subscriptions.includes('methods')) effects.push({ kind: 'announceListening' });
  return {
    state: {
      kind: 'connected',
      identity,
      cleanSession,
      mayReport,
      willBytes,
      subscriptions,
      change: undefined,
      reads: 0,
      reports: [],
      nextReportId: 1,
      toldDesiredVersion: 0,
      readDesiredVersion: 0,
    },
    effects,
  };
}

function converse(state: Connected, input: SessionInput): Step {
  switch (input.kind) {
    case 'packet':
      return onPacket(state, input.packet);
    case 'subscriptionsSaved':
      return onSubscriptionsSaved(state);
    case 'twinRead':
      return onTwinRead(state, input);
    case 'readRefused':
      return onReadRefused(state, input);
    case 'reported':
      return onReported(state, input);
    case 'reportRefused':
      return onReportRefused(state, input);
    case 'methodRequested':
      return onMethodRequested(state, input.request);
    case 'desiredChanged':
      return onDesiredChanged(state, input.notice);
    case 'failed':
      // SDKs take a refused SUBACK for a good one (contract 1.3), so the device must come back and ask again.
      return endFromOutside(state, 'storeFailed');
    case 'authenticated':
    case 'joined':
    case 'refusalDue':
    case 'refusalDropped':
    case 'end':
      return unchanged(state);
  }
}

function onPacket(state: Connected, packet: DevicePacket): Step {
  switch (packet.kind) {
    case 'publish':
      return onPublish(state, packet);
    case 'subscribe':
      return onSubscribe(state, packet);
    case 'unsubscribe':
      return onUnsubscribe(state, packet);
    case 'pingreq':
      return { state, effects: [{ kind: 'send', packet: { kind: 'pingresp' } }] };
    case 'puback':
      // Nothing is sent at QoS 1, so there is nothing to complete.
      return unchanged(state);
    case 'disconnect':
      return takeLeave(state);
    case 'malformed':
      return breakOff(state, packet.reason);
    case 'connect':
    case 'otherProtocol':
    case 'unexpected':
      // A second CONNECT is a breach too [MQTT-3.1.0-2].
      return breakOff(state, `Sent ${nameOf(packet)} on a connection that is open.`);
  }
}

function nameOf(packet: DevicePacket): string {
  if (packet.kind === 'unexpected') return packet.name;
  return packet.kind === 'otherProtocol' ? 'CONNECT' : packet.kind.toUpperCase();
}

function unchanged(state: SessionState): Step {
  return { state, effects: [] };
}
