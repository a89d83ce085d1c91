// PUBLISH by a device: telemetry, twin requests and answers to direct methods.
import { HubError, type Outcome } from '../../domain/errors.ts';
import { parseJsonBytes } from '../../domain/json.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { DirectMethodAnswer } from '../../domain/method/direct-method.ts';
import { isEventsTopic } from './own-topics.ts';
import type { PublishPacket } from './packets.ts';
import { breakOff } from './session-end.ts';
import type { Connected, SessionEffect, Step } from './session-state.ts';
import { parseTopic } from './topics.ts';

/** QoS 2, bodies that are too large and topics that are not documented end the connection (behaviour 7.1, 7.2). */
export function onPublish(state: Connected, packet: PublishPacket): Step {
  if (packet.qos > 1) return breakOff(state, 'Published at QoS 2, which is not offered.');
  const maxBytes = LIMITS.messageBytes.value;
  // The topic, which holds the properties of a message, does not count: SDKs look at the body alone before they send.
  const bytes = packet.payload.length;
  if (bytes > maxBytes) return breakOff(state, `Published ${bytes} bytes; a message has at most ${maxBytes}.`);
  if (isEventsTopic(packet.topic, state.identity)) return { state, effects: heard(packet, { kind: 'acceptTelemetry', bytes }) };
  return onRequest(state, packet);
}

const NOTE_ACTIVITY: SessionEffect = { kind: 'noteActivity' };

/** What a packet that is taken has for effects. */
function heard({ qos, packetId }: PublishPacket, effect: SessionEffect): readonly SessionEffect[] {
  return qos === 0 ? [NOTE_ACTIVITY, effect] : [NOTE_ACTIVITY, { kind: 'send', packet: { kind: 'puback', packetId } }, effect];
}

function onRequest(state: Connected, packet: PublishPacket): Step {
  const topic = parseTopic(packet.topic);
  switch (topic?.kind) {
    case 'getTwin':
      return {
        state: { ...state, reads: state.reads + 1 },
        effects: heard(packet, { kind: 'readTwin', identity: state.identity, rid: topic.rid }),
      };
    case 'report':
      return onReport(state, topic, packet);
    case 'methodAnswer': {
      const answer = methodAnswer(topic.status, packet.payload);
      return { state, effects: heard(packet, { kind: 'answerMethod', requestId: topic.rid, answer }) };
    }
    case 'twinResponse':
    case 'desired':
    case 'method':
    case undefined:
      return breakOff(state, `Published to ${packet.topic.slice(0, 128)}, which is no topic of this device.`);
  }
}

function onReport(state: Connected, topic: { readonly rid: string; readonly version: number | undefined }, packet: PublishPacket): Step {
  const id = state.nextReportId;
  const reports = [...state.reports, { id, rid: topic.rid, answer: undefined }];
  const effect = reportEffect(state, { id, body: packet.payload, baseVersion: topic.version });
  return { state: { ...state, reports, nextReportId: id + 1 }, effects: heard(packet, effect) };
}

function reportEffect(state: Connected, report: { id: number; body: Buffer; baseVersion: number | undefined }): SessionEffect {
  if (!state.mayReport) {
    const message = 'The user name of the connection lacks api-version, so reported properties cannot be updated.';
    return { kind: 'refuseReport', id: report.id, code: 'InvalidProtocolVersion', message };
  }
  if (Number.isNaN(report.baseVersion)) {
    return { kind: 'refuseReport', id: report.id, code: 'ArgumentInvalid', message: 'The $version in the topic must be an integer.' };
  }
  return { kind: 'report', identity: state.identity, ...report };
}

/** An empty body stands for null: it is what apps send that answer without a payload (contract 1.3). */
function methodAnswer(status: number, payload: Buffer): Outcome<DirectMethodAnswer> {
  const maxBytes = LIMITS.methodPayloadBytes.value;
  if (Number.isNaN(status)) return badAnswer('The device answered with a status that is no integer.');
  if (payload.length > maxBytes) return badAnswer(`The device answered with a payload of more than ${maxBytes} bytes.`);
  if (payload.length === 0) return { kind: 'done', value: { status, payload: null } };
  try {
    return { kind: 'done', value: { status, payload: parseJsonBytes(payload) } };
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    return badAnswer('The device answered with a payload that is not valid JSON.');
  }
}

function badAnswer(message: string): Outcome<DirectMethodAnswer> {
  return { kind: 'refused', refusal: { code: 'GenericBadGateway', message } };
}
