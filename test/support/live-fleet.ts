// A hub with devices, and who follows live queries of it, for tests of them.
import type { JsonObject } from '../../src/domain/json.ts';
import type { LiveQuery } from '../../src/hub/live/live-query.ts';
import { SOMEONE } from './actors.ts';
import { LiveRecorder } from './live-recorder.ts';
import { openHub, type OpenHub } from './open-hub.ts';

export const BONN = "SELECT deviceId, tags.floor FROM devices WHERE tags.site = 'Bonn'";

export async function openFleet(...deviceIds: readonly string[]): Promise<OpenHub> {
  const open = await openHub();
  for (const deviceId of deviceIds) await open.createDevice(deviceId);
  return open;
}

export function tag({ hub }: OpenHub, deviceId: string, tags: JsonObject): Promise<unknown> {
  return hub.twins.write({ by: SOMEONE, kind: 'patch', deviceId, body: { tags }, precondition: { kind: 'none' } });
}

export function report({ hub }: OpenHub, deviceId: string, body: JsonObject): Promise<unknown> {
  return hub.twins.report({ deviceId, body, baseVersion: undefined });
}

export function follow({ hub }: OpenHub, text: string, after?: number): { readonly recorder: LiveRecorder; readonly query: LiveQuery } {
  const recorder = new LiveRecorder();
  return { recorder, query: hub.liveQueries.open({ text, after }, recorder) };
}

export async function followReady(open: OpenHub, text: string, after?: number): Promise<LiveRecorder> {
  const { recorder } = follow(open, text, after);
  await recorder.ready();
  return recorder;
}

/** The sequence of the event that was told last. */
export function lastSequence({ events }: LiveRecorder): number {
  const last = events.at(-1);
  return last && 'sequence' in last ? (last.sequence ?? 0) : 0;
}
