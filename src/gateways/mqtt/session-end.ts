// How a session ends: the will is delivered unless the device took its leave, and nothing is heard afterwards.
import { LIMITS } from '../../domain/limits.ts';
import type { ConnackCode } from './packets.ts';
import type { OutsideEndReason, Refusing, SessionEffect, SessionState, Step } from './session-state.ts';

/** The device sent DISCONNECT: its will is discarded [MQTT-3.14.4-3]. */
export function takeLeave(state: SessionState): Step {
  return closed([{ kind: 'close', end: { reason: 'disconnected', deviceId: deviceIdOf(state) } }]);
}

export function endFromOutside(state: SessionState, reason: OutsideEndReason): Step {
  return closed([...willOf(state), { kind: 'close', end: { reason, deviceId: deviceIdOf(state) } }]);
}

/** Ends the session of a device that broke the protocol or left the documented topics (behaviour 7.2). */
export function breakOff(state: SessionState, because: string): Step {
  return closed([...willOf(state), { kind: 'close', end: { reason: 'protocolError', deviceId: deviceIdOf(state), because } }]);
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
  const { clientId, returnCode, because } = refusal;
  const deviceId = clientId?.slice(0, LIMITS.deviceIdChars.value);
  const isSignIn = returnCode === 2 || returnCode === 5;
  if (deviceId === undefined || deviceId === '' || !isSignIn) return tellRefusal({ deviceId, returnCode, because });
  return { state: { kind: 'refusing', deviceId, returnCode, because }, effects: [{ kind: 'holdRefusal', deviceId, because }] };
}

export function tellRefusal({
  deviceId,
  returnCode,
  because,
}: Omit<Refusing, 'kind' | 'deviceId'> & { readonly deviceId: string | undefined }): Step {
  return closed([
    // A refusal never says that there is a session [MQTT-3.2.2-4].
    { kind: 'send', packet: { kind: 'connack', returnCode, sessionPresent: false } },
    { kind: 'close', end: { reason: 'refused', deviceId, because } },
  ]);
}

/** Sends the device away without a word. */
export function dropRefusal({ deviceId, because }: Refusing): Step {
  return closed([{ kind: 'close', end: { reason: 'refusedTooOften', deviceId, because } }]);
}

function closed(effects: readonly SessionEffect[]): Step {
  return { state: { kind: 'closed' }, effects };
}

function willOf(state: SessionState): readonly SessionEffect[] {
  return state.kind === 'connected' && state.willBytes !== undefined ? [{ kind: 'acceptTelemetry', bytes: state.willBytes }] : [];
}

function deviceIdOf(state: SessionState): string | undefined {
  if (state.kind === 'connected' || state.kind === 'refusing') return state.deviceId;
  return 'request' in state ? state.request.deviceId : undefined;
}
