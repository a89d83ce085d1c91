// How a session ends: the will is delivered unless the device took its leave, and nothing is heard afterwards.
import { addressOf } from '../../domain/identity/identity-id.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { ConnackCode } from './packets.ts';
import type { OutsideEndReason, Refusing, SessionEffect, SessionState, Step } from './session-state.ts';

/** The device sent DISCONNECT: its will is discarded [MQTT-3.14.4-3]. */
export function takeLeave(state: SessionState): Step {
  return closed([{ kind: 'close', end: { reason: 'disconnected', clientId: clientIdOf(state) } }]);
}

export function endFromOutside(state: SessionState, reason: OutsideEndReason): Step {
  return closed([...willOf(state), { kind: 'close', end: { reason, clientId: clientIdOf(state) } }]);
}

/** Ends the session of a device that broke the protocol or left the documented topics (behaviour 7.2). */
export function breakOff(state: SessionState, because: string): Step {
  return closed([...willOf(state), { kind: 'close', end: { reason: 'protocolError', clientId: clientIdOf(state), because } }]);
}

/**
 * Refuses a CONNECT. Where the device is not who it says, or says what no device is, the answer may have to wait; where trying again may help,
 * the client speaks another protocol, or it gives no name by which to count it, as a health check does, it does not.
 * @param refusal.clientId as the device gave it.
 */
export function refuseConnect(refusal: {
  readonly clientId: string | undefined;
  readonly returnCode: ConnackCode;
  readonly because: string;
}): Step {
  const { returnCode, because } = refusal;
  const clientId = refusal.clientId?.slice(0, LONGEST_CLIENT_ID);
  const isSignIn = returnCode === 2 || returnCode === 5;
  if (clientId === undefined || clientId === '' || !isSignIn) return tellRefusal({ clientId, returnCode, because });
  return { state: { kind: 'refusing', clientId, returnCode, because }, effects: [{ kind: 'holdRefusal', clientId, because }] };
}

/** What is counted is kept, so nobody is counted by more than the ids of a device and a module. */
const LONGEST_CLIENT_ID = 2 * LIMITS.deviceIdChars.value + 1;

export function tellRefusal({
  clientId,
  returnCode,
  because,
}: Omit<Refusing, 'kind' | 'clientId'> & { readonly clientId: string | undefined }): Step {
  return closed([
    // A refusal never says that there is a session [MQTT-3.2.2-4].
    { kind: 'send', packet: { kind: 'connack', returnCode, sessionPresent: false } },
    { kind: 'close', end: { reason: 'refused', clientId, because } },
  ]);
}

/** Sends the device away without a word. */
export function dropRefusal({ clientId, because }: Refusing): Step {
  return closed([{ kind: 'close', end: { reason: 'refusedTooOften', clientId, because } }]);
}

function closed(effects: readonly SessionEffect[]): Step {
  return { state: { kind: 'closed' }, effects };
}

function willOf(state: SessionState): readonly SessionEffect[] {
  return state.kind === 'connected' && state.willBytes !== undefined ? [{ kind: 'acceptTelemetry', bytes: state.willBytes }] : [];
}

function clientIdOf(state: SessionState): string | undefined {
  if (state.kind === 'refusing') return state.clientId;
  if (state.kind === 'connected') return addressOf(state.identity);
  return 'request' in state ? addressOf(state.request.identity) : undefined;
}
