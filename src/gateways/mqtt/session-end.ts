// How a session ends: the will is delivered unless the device took its leave, and nothing is heard afterwards.
import { LIMITS } from '../../domain/limits.ts';
import type { ConnackCode } from './packets.ts';
import type { OutsideEndReason, SessionEffect, SessionState, Step } from './session-state.ts';

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

/** @param refusal.clientId as the device gave it. */
export function refuseConnect(refusal: {
  readonly clientId: string | undefined;
  readonly returnCode: ConnackCode;
  readonly because: string;
}): Step {
  const { clientId, returnCode, because } = refusal;
  const deviceId = clientId?.slice(0, LIMITS.deviceIdChars.value);
  return closed([
    // A refusal never says that there is a session [MQTT-3.2.2-4].
    { kind: 'send', packet: { kind: 'connack', returnCode, sessionPresent: false } },
    { kind: 'close', end: { reason: 'refused', deviceId, because } },
  ]);
}

function closed(effects: readonly SessionEffect[]): Step {
  return { state: { kind: 'closed' }, effects };
}

function willOf(state: SessionState): readonly SessionEffect[] {
  return state.kind === 'connected' && state.willBytes !== undefined ? [{ kind: 'acceptTelemetry', bytes: state.willBytes }] : [];
}

function deviceIdOf(state: SessionState): string | undefined {
  if (state.kind === 'connected') return state.deviceId;
  return 'request' in state ? state.request.deviceId : undefined;
}
