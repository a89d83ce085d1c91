// What the hub sends to a connected device: answers to its twin requests, desired changes and direct methods.
import { deviceTwinDocument } from '../../domain/twin/twin-document.ts';
import type { DesiredNotice, Twin } from '../../domain/twin/twin.ts';
import type { MethodRequest } from '../../hub/connections.ts';
import type { TwinRefusal } from './error-response.ts';
import type { HubPacket } from './packets.ts';
import type { Connected, SessionEffect, Step } from './session-state.ts';
import { formatTopic } from './topics.ts';

/**
 * Answers a twin read. A twin that is older than what the device was told meanwhile is read again, or the SDK would go back to older desired
 * properties. Each further read needs another change in between, so reads come to an end.
 */
export function onTwinRead(state: Connected, { rid, twin }: { readonly rid: string; readonly twin: Twin }): Step {
  if (twin.desired.version < state.toldDesiredVersion) return { state, effects: [{ kind: 'readTwin', identity: state.identity, rid }] };
  const effects = sentTo(state, [twinResponse(rid, { status: 200, body: JSON.stringify(deviceTwinDocument(twin)) })]);
  const read = effects.length === 0 ? 0 : twin.desired.version;
  return { state: { ...state, reads: state.reads - 1, readDesiredVersion: Math.max(state.readDesiredVersion, read) }, effects };
}

export function onReadRefused(state: Connected, { rid, refusal }: { readonly rid: string; readonly refusal: TwinRefusal }): Step {
  return { state: { ...state, reads: state.reads - 1 }, effects: sentTo(state, [twinResponse(rid, refusal)]) };
}

export function onReported(state: Connected, { id, version }: { readonly id: number; readonly version: number }): Step {
  return reportAnswered(state, id, { status: 204, body: '', version });
}

export function onReportRefused(state: Connected, { id, refusal }: { readonly id: number; readonly refusal: TwinRefusal }): Step {
  return reportAnswered(state, id, refusal);
}

/** Answers go out in the order of the reports, so one that is known early waits for those before it. */
function reportAnswered(state: Connected, id: number, answer: TwinRefusal & { readonly version?: number }): Step {
  const reports = state.reports.map((report) => (report.id === id ? { ...report, answer: twinResponse(report.rid, answer) } : report));
  const answers: HubPacket[] = [];
  for (const report of reports) {
    if (report.answer === undefined) break;
    answers.push(report.answer);
  }
  return { state: { ...state, reports: reports.slice(answers.length) }, effects: sentTo(state, answers) };
}

/** Nothing goes to a device that has not subscribed to twin answers, as to any MQTT client. */
function sentTo(state: Connected, answers: readonly HubPacket[]): readonly SessionEffect[] {
  return state.subscriptions.includes('twinResponses') ? answers.map((packet) => ({ kind: 'send', packet })) : [];
}

function twinResponse(rid: string, { status, body, version }: TwinRefusal & { readonly version?: number }): HubPacket {
  return { kind: 'publish', topic: formatTopic({ kind: 'twinResponse', status, rid, version }), payload: body };
}

/**
 * The patch with `$version` inside it, where the SDKs look (contract 1.3). Without a subscription the notice is lost (behaviour 3.4). One that
 * comes late, of a version before the one that the device has read, is left out: what it says is in that one, or was changed since.
 */
export function onDesiredChanged(state: Connected, { version, patch }: DesiredNotice): Step {
  if (!state.subscriptions.includes('desiredChanges') || version < state.readDesiredVersion) return { state, effects: [] };
  const payload = JSON.stringify({ ...patch, $version: version });
  return {
    state: { ...state, toldDesiredVersion: Math.max(state.toldDesiredVersion, version) },
    effects: [{ kind: 'send', packet: { kind: 'publish', topic: formatTopic({ kind: 'desired', version }), payload } }],
  };
}

/** A null payload goes out as the text `null`: an empty body makes SDKs refuse the call (contract 0.5). */
export function onMethodRequested(state: Connected, { requestId, methodName, payload }: MethodRequest): Step {
  const topic = formatTopic({ kind: 'method', methodName, rid: requestId });
  return { state, effects: [{ kind: 'send', packet: { kind: 'publish', topic, payload: JSON.stringify(payload) } }] };
}
