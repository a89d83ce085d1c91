// Goal: a live query on PostgreSQL tells what either of two hubs writes, and goes on after a break at the other one.
// Method: two hubs on one schema, each with a fake clock of its own.
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { openPostgresStore } from '../../../../src/stores/postgres/open-postgres-store.ts';
import { systemClock } from '../../../../src/system/system-clock.ts';
import { SOMEONE } from '../../../support/actors.ts';
import { LiveRecorder } from '../../../support/live-recorder.ts';
import { openHub, type OpenHub } from '../../../support/open-hub.ts';
import { NO_POSTGRES, sharePostgres } from '../../../support/postgres.ts';

const text = "SELECT deviceId, tags.floor FROM devices WHERE tags.site = 'Bonn'";

function tag({ hub }: OpenHub, deviceId: string, tags: JsonObject): Promise<unknown> {
  return hub.twins.write({ by: SOMEONE, kind: 'patch', deviceId, body: { tags }, precondition: { kind: 'none' } });
}

describe.skipIf(NO_POSTGRES)('A live query of one of several hubs', () => {
  const newPlace = sharePostgres();

  async function openTwo(): Promise<readonly [OpenHub, OpenHub]> {
    const place = newPlace();
    const open = async (): Promise<OpenHub> => {
      const hub = await openHub({ stores: await openPostgresStore(place, systemClock) });
      onTestFinished(() => hub[Symbol.asyncDispose]());
      return hub;
    };
    return [await open(), await open()];
  }

  test('tells what both of them write, and goes on at the other.', async () => {
    const [one, other] = await openTwo();
    for (const deviceId of ['a', 'b']) await one.createDevice(deviceId);
    await tag(one, 'a', { site: 'Bonn' });
    const recorder = new LiveRecorder();
    const query = one.hub.liveQueries.open({ text, after: undefined }, recorder);
    await recorder.ready();

    await tag(one, 'a', { floor: 1 });
    await recorder.heard('changed a');
    await tag(other, 'b', { site: 'Bonn' });
    await vi.waitFor(() => {
      one.clock.advance(LIMITS.liveQueryPollSeconds.value * 1000);
      expect(recorder.lines()).toContain('entered b');
    });
    const last = recorder.events.at(-1);
    query.close();
    await tag(one, 'a', { site: 'Ulm' });
    const again = new LiveRecorder();
    other.hub.liveQueries.open({ text, after: last && 'sequence' in last ? last.sequence : undefined }, again);
    await again.heard('left a');

    expect(recorder.lines()).toEqual(['entered a', 'ready', 'changed a', 'entered b']);
    expect(again.lines()).toEqual(['ready', 'left a']);
  });
});
