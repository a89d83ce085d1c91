// Goal: a live query tells its result as it stands and every change of it after that, once, none lost, whoever writes and when.
// Method: use cases over an ephemeral store and a fake clock; a listener that keeps what it is told. Where nothing is to be told, a change that
// is told comes after it, since changes are told in their order.
import { describe, expect, test, vi } from 'vitest';
import { parseDeviceSpec } from '../../../../src/domain/identity/parse-device-spec.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../../src/domain/json.ts';
import { LIMITS } from '../../../../src/domain/limits.ts';
import type { LiveQuery } from '../../../../src/hub/live/live-query.ts';
import type { Stores } from '../../../../src/ports/stores.ts';
import { openEphemeralStore } from '../../../../src/stores/sqlite/open-ephemeral-store.ts';
import { SOMEONE } from '../../../support/actors.ts';
import { LiveRecorder } from '../../../support/live-recorder.ts';
import { openHub, type OpenHub } from '../../../support/open-hub.ts';

const BONN = "SELECT deviceId, tags.floor FROM devices WHERE tags.site = 'Bonn'";

async function openFleet(...deviceIds: readonly string[]): Promise<OpenHub> {
  const open = await openHub();
  for (const deviceId of deviceIds) await open.createDevice(deviceId);
  return open;
}

function tag({ hub }: OpenHub, deviceId: string, tags: JsonObject): Promise<unknown> {
  return hub.twins.write({ by: SOMEONE, kind: 'patch', deviceId, body: { tags }, precondition: { kind: 'none' } });
}

function report({ hub }: OpenHub, deviceId: string, body: JsonObject): Promise<unknown> {
  return hub.twins.report({ deviceId, body, baseVersion: undefined });
}

function follow({ hub }: OpenHub, text: string, after?: number): { readonly recorder: LiveRecorder; readonly query: LiveQuery } {
  const recorder = new LiveRecorder();
  return { recorder, query: hub.liveQueries.open({ text, after }, recorder) };
}

async function followReady(open: OpenHub, text: string, after?: number): Promise<LiveRecorder> {
  const { recorder } = follow(open, text, after);
  await recorder.ready();
  return recorder;
}

/** Of an item of the query above, or of a whole twin. */
function floorOf({ floor, tags }: JsonObject): JsonValue | undefined {
  return isJsonObject(tags) ? tags['floor'] : floor;
}

/** The sequence of the event that was told last. */
function lastSequence({ events }: LiveRecorder): number {
  const last = events.at(-1);
  return last && 'sequence' in last ? (last.sequence ?? 0) : 0;
}

/** Of the first event with this line. */
function sequenceOf({ events }: LiveRecorder, line: string | undefined): number | undefined {
  const event = events.find((told) => 'id' in told && `${told.kind} ${told.id.deviceId}` === line);
  return event && 'sequence' in event ? event.sequence : undefined;
}

describe('A live query', () => {
  test('begins with the result as it stands, and where the change feed is.', async () => {
    await using open = await openFleet('a', 'b', 'c');
    await tag(open, 'a', { site: 'Bonn', floor: 1 });
    await tag(open, 'c', { site: 'Bonn' });

    const recorder = await followReady(open, BONN);

    expect(recorder.events).toEqual([
      { kind: 'entered', id: { deviceId: 'a' }, item: { deviceId: 'a', floor: 1 }, sequence: undefined },
      { kind: 'entered', id: { deviceId: 'c' }, item: { deviceId: 'c' }, sequence: undefined },
      { kind: 'ready', resumed: false, count: 2, sequence: await open.stores.changes.readPosition() },
    ]);
  });

  test('tells who enters, changes and leaves, as the query projects it, with the sequence of the change.', async () => {
    await using open = await openFleet('a', 'b');
    const recorder = await followReady(open, BONN);

    await tag(open, 'a', { site: 'Bonn' });
    await recorder.heard('entered a');
    await tag(open, 'a', { floor: 7 });
    await recorder.heard('changed a');
    await tag(open, 'a', { site: 'Ulm' });
    await recorder.heard('left a');

    const [entered, changed, left] = recorder.events.slice(1);
    expect(entered).toMatchObject({ kind: 'entered', item: { deviceId: 'a' } });
    expect(changed).toMatchObject({ kind: 'changed', item: { deviceId: 'a', floor: 7 } });
    expect(left).toEqual({ kind: 'left', id: { deviceId: 'a' }, sequence: await open.stores.changes.readPosition() });
  });

  test('says nothing of what it does not mention.', async () => {
    await using open = await openFleet('a', 'b');
    await tag(open, 'a', { site: 'Bonn' });
    const recorder = await followReady(open, BONN);

    await report(open, 'a', { level: 1 });
    await tag(open, 'b', { site: 'Ulm' });
    await tag(open, 'b', { site: 'Bonn' });
    await recorder.heard('entered b');

    expect(recorder.lines()).toEqual(['entered a', 'ready', 'entered b']);
  });

  test('of whole twins tells every change of those in its result.', async () => {
    await using open = await openFleet('a', 'b');
    const recorder = await followReady(open, "SELECT * FROM devices WHERE deviceId = 'a'");

    await report(open, 'b', { level: 1 });
    await report(open, 'a', { level: 2 });
    const changed = await recorder.heard('changed a');

    expect(changed).toMatchObject({ item: { deviceId: 'a', properties: { reported: { level: 2 } } } });
    expect(recorder.lines()).toEqual(['entered a', 'ready', 'changed a']);
  });

  test('follows the registry: new devices, their status, and their end.', async () => {
    await using open = await openFleet();
    const recorder = await followReady(open, "SELECT deviceId FROM devices WHERE status = 'enabled'");

    await open.createDevice('a');
    await recorder.heard('entered a');
    await open.hub.devices.put(parseDeviceSpec('a', { status: 'disabled' }), { kind: 'any' }, SOMEONE);
    await recorder.heard('left a');
    await open.createDevice('b');
    await recorder.heard('entered b');
    await open.hub.devices.delete('b', { kind: 'any' }, SOMEONE);
    await recorder.until((event) => event.kind === 'left' && event.id.deviceId === 'b');

    expect(recorder.lines()).toEqual(['ready', 'entered a', 'left a', 'entered b', 'left b']);
  });

  test('of modules follows theirs alone, and loses them with their device.', async () => {
    await using open = await openFleet('a', 'b');
    await open.createModule({ deviceId: 'a', moduleId: 'm' });
    const recorder = await followReady(open, 'SELECT deviceId, moduleId FROM devices.modules');

    await tag(open, 'a', { site: 'Bonn' });
    await open.createModule({ deviceId: 'b', moduleId: 'm' });
    await recorder.heard('entered b/m');
    await open.hub.devices.delete('a', { kind: 'any' }, SOMEONE);
    await recorder.heard('left a/m');

    expect(recorder.lines()).toEqual(['entered a/m', 'ready', 'entered b/m', 'left a/m']);
  });

  test('is told of many pages and of writes beside them without a gap.', async () => {
    const count = LIMITS.liveQueryPageItems.value * 2 + 5;
    const deviceIds = Array.from({ length: count }, (_, index) => `d${String(index).padStart(4, '0')}`);
    await using open = await openFleet(...deviceIds);
    const { recorder } = follow(open, 'SELECT deviceId, tags.n FROM devices WHERE NOT IS_DEFINED(tags.gone)');
    const first = deviceIds[0] ?? '';
    const last = deviceIds.at(-1) ?? '';
    let drains = 0;
    recorder.drains = async () => {
      if (!recorder.lines().includes('ready')) drains += 1;
      // Behind the page that has the one, and before the page that has the other.
      if (drains === 1) await Promise.all([tag(open, first, { gone: true }), tag(open, last, { n: 1 }), open.createDevice('c-new')]);
    };

    await recorder.ready();
    await recorder.heard(`left ${first}`);
    await recorder.heard('entered c-new');

    expect(drains).toBe(3);
    const shown = new Map<string, JsonObject>();
    for (const event of recorder.events) {
      if (event.kind === 'entered' || event.kind === 'changed') shown.set(event.id.deviceId, event.item);
      if (event.kind === 'left') shown.delete(event.id.deviceId);
    }
    expect([...shown.keys()].toSorted()).toEqual(['c-new', ...deviceIds.slice(1)]);
    expect(shown.get(last)).toEqual({ deviceId: last, n: 1 });
  });

  test('sees within a second what another hub on the store wrote.', async () => {
    await using open = await openFleet('a');
    const recorder = await followReady(open, BONN);

    await open.stores.twins.applyTwinChanges([
      {
        kind: 'patch',
        deviceId: 'a',
        tags: { site: 'Bonn' },
        desired: undefined,
        precondition: { kind: 'none' },
        at: '2026-01-01T00:00:00Z',
      },
    ]);
    await vi.waitFor(() => {
      open.clock.advance(LIMITS.liveQueryPollSeconds.value * 1000);
      expect(recorder.lines()).toContain('entered a');
    });
  });
});

describe('A client that was away', () => {
  test('goes on after the event that it heard last.', async () => {
    await using open = await openFleet('a', 'b', 'c', 'd');
    await tag(open, 'a', { site: 'Bonn' });
    await tag(open, 'b', { site: 'Bonn' });
    const { recorder, query } = follow(open, BONN);
    await recorder.ready();
    const position = lastSequence(recorder);
    query.close();

    await tag(open, 'b', { site: 'Ulm' });
    await tag(open, 'c', { site: 'Bonn' });
    await report(open, 'd', { level: 1 });
    const again = await followReady(open, BONN, position);
    await again.heard('entered c');
    await tag(open, 'd', { site: 'Bonn' });
    await again.heard('entered d');

    expect(again.lines()).toEqual(['ready', 'left b', 'entered c', 'entered d']);
    expect(again.events[0]).toMatchObject({ kind: 'ready', resumed: true, sequence: position });
  });

  test('is told of what it missed no faster than it takes it.', async () => {
    await using open = await openFleet();
    const text = 'SELECT deviceId FROM devices';
    const { recorder, query } = follow(open, text);
    await open.createDevice('a');
    await recorder.heard('entered a');
    query.close();
    const most = LIMITS.liveQueryChanges.value;
    for (let index = 0; index <= most * 2; index += 1) await open.createDevice(`d${index}`);

    const { recorder: again } = follow(open, text, lastSequence(recorder));
    const told: number[] = [];
    again.drains = () => Promise.resolve(void told.push(again.events.length));
    await again.heard(`entered d${most * 2}`);

    const steps = [...told, again.events.length].map((count, index) => count - (told[index - 1] ?? 0));
    // Beside changes it is told that it goes on.
    expect(Math.max(...steps)).toBe(most + 1);
  });

  test('is told that a device went with all its modules.', async () => {
    await using open = await openFleet('a');
    await open.createModule({ deviceId: 'a', moduleId: 'm' });
    const text = 'SELECT * FROM devices.modules';
    const { recorder, query } = follow(open, text);
    await recorder.ready();
    query.close();

    await open.hub.devices.delete('a', { kind: 'any' }, SOMEONE);
    const again = await followReady(open, text, lastSequence(recorder));
    await again.heard('left a');

    expect(again.lines()).toEqual(['ready', 'left a']);
  });

  test('is told who moved meanwhile, also of those that change while it comes back.', async () => {
    const stores = await openEphemeralStore({});
    let comingBack = false;
    const readPosition = async (): Promise<number> => {
      const position = await stores.changes.readPosition();
      if (comingBack) for (const deviceId of ['a', 'b']) await report(open, deviceId, { level: 1 });
      return position;
    };
    await using open = await openHub({ stores: { ...stores, changes: { ...stores.changes, readPosition } } });
    for (const deviceId of ['a', 'b']) await open.createDevice(deviceId);
    await tag(open, 'a', { site: 'Bonn' });
    const { recorder, query } = follow(open, BONN);
    await recorder.ready();
    query.close();
    await tag(open, 'a', { site: 'Ulm' });
    await tag(open, 'b', { site: 'Bonn' });

    comingBack = true;
    const again = await followReady(open, BONN, lastSequence(recorder));
    await again.heard('entered b');

    expect(again.lines()).toEqual(['ready', 'left a', 'entered b']);
  });

  test('that heard some of the changes that were read together is told of the others, whichever came last.', async () => {
    await using open = await openFleet('a', 'b');
    const { recorder, query } = follow(open, BONN);
    await recorder.ready();
    query.close();
    await tag(open, 'a', { site: 'Bonn' });
    await tag(open, 'b', { site: 'Bonn' });
    await report(open, 'a', { level: 1 });
    const again = await followReady(open, BONN, lastSequence(recorder));
    for (const deviceId of ['a', 'b']) await again.heard(`entered ${deviceId}`);
    const [heard, missed] = again.lines(1);

    const third = await followReady(open, BONN, sequenceOf(again, heard));
    await third.heard(missed ?? '');

    expect(third.lines()).toContain(missed);
  });

  test.each([
    ['no number', Number.NaN],
    ['nothing', 0],
    ['a sequence to come', 1_000_000],
  ])('begins anew when it names %s.', async (_, after) => {
    await using open = await openFleet('a');
    await tag(open, 'a', { site: 'Bonn' });

    const recorder = await followReady(open, BONN, after);

    expect(recorder.lines()).toEqual(['reset', 'entered a', 'ready']);
  });

  test('begins anew when the change feed has forgotten where it was, and not before.', async () => {
    await using open = await openFleet('a', 'b');
    const [first, second] = await open.stores.changes.readChanges(0, 2);

    await open.stores.changes.trimChanges('9999-01-01T00:00:00.000Z', 1);
    const forgotten = await followReady(open, BONN, first?.sequence);
    const remembered = await followReady(open, BONN, second?.sequence);

    expect(forgotten.lines()).toEqual(['reset', 'ready']);
    expect(remembered.lines()).toEqual(['ready']);
  });

  test('goes on after the latest change, however old that is.', async () => {
    const stores = await openEphemeralStore({});
    const readChanges = vi.fn<Stores['changes']['readChanges']>((after, limit) => stores.changes.readChanges(after, limit));
    await using open = await openHub({ stores: { ...stores, changes: { ...stores.changes, readChanges } } });
    await open.createDevice('a');
    const recorder = await followReady(open, BONN);
    await stores.changes.trimChanges('9999-01-01T00:00:00.000Z', 10);

    const again = await followReady(open, BONN, lastSequence(recorder));
    const fresh = await followReady(open, BONN);
    await tag(open, 'a', { site: 'Bonn' });
    for (const each of [recorder, again, fresh]) await each.heard('entered a');

    for (const each of [recorder, again, fresh]) expect(each.lines()).toEqual(['ready', 'entered a']);
    // Each looks a few times, and none over and over.
    expect(readChanges.mock.calls.length).toBeLessThan(20);
  });
});

describe('Live queries', () => {
  test('are each told of their own, however many there are.', async () => {
    await using open = await openFleet('a', 'b');
    const sites = Array.from({ length: 50 }, (_, index) => `site-${index}`);
    const recorders = await Promise.all(sites.map((site) => followReady(open, `SELECT deviceId FROM devices WHERE tags.site = '${site}'`)));

    await tag(open, 'a', { site: 'site-7' });
    await recorders[7]?.heard('entered a');
    await tag(open, 'a', { site: 'site-8' });
    await recorders[8]?.heard('entered a');

    expect(recorders[7]?.lines()).toEqual(['ready', 'entered a', 'left a']);
    expect(recorders.flatMap((recorder) => recorder.lines()).filter((line) => line !== 'ready')).toHaveLength(3);
  });

  test('read a changed twin once for all of them, and none that concerns no one.', async () => {
    const stores = await openEphemeralStore({});
    const read: string[] = [];
    const watched: Stores = {
      ...stores,
      twins: {
        ...stores.twins,
        readTwin: (id) => {
          read.push(id.deviceId);
          return stores.twins.readTwin(id);
        },
      },
    };
    await using open = await openHub({ stores: watched });
    for (const deviceId of ['a', 'b']) await open.createDevice(deviceId);
    const recorders = await Promise.all(
      [BONN, BONN, "SELECT * FROM devices WHERE tags.site = 'Bonn'"].map((text) => followReady(open, text)),
    );

    await tag(open, 'a', { site: 'Bonn' });
    for (const recorder of recorders) await recorder.heard('entered a');
    let floor = 0;

    // Each begins alone, for as long as it takes to catch up.
    await vi.waitFor(async () => {
      floor += 1;
      read.length = 0;
      await report(open, 'b', { floor });
      await tag(open, 'a', { floor });
      for (const recorder of recorders) await recorder.until((event) => event.kind === 'changed' && floorOf(event.item) === floor);
      expect(read).toEqual(['a']);
    });
  });

  test('cost nothing when none is open.', async () => {
    const stores = await openEphemeralStore({});
    const readChanges = vi.fn<Stores['changes']['readChanges']>((after, limit) => stores.changes.readChanges(after, limit));
    await using open = await openHub({ stores: { ...stores, changes: { ...stores.changes, readChanges } } });
    const timersOfHub = open.clock.pendingTimers;
    const { recorder, query } = follow(open, BONN);
    await recorder.ready();
    await open.createDevice('a');
    await tag(open, 'a', { site: 'Bonn' });
    await recorder.heard('entered a');

    query.close();
    await vi.waitFor(() => expect(open.clock.pendingTimers).toBe(timersOfHub));
    readChanges.mockClear();
    await tag(open, 'a', { site: 'Ulm' });

    expect(readChanges).not.toHaveBeenCalled();
    expect(open.hub.liveQueries.count).toBe(0);
  });

  test('are refused beyond the limit, until one is closed.', async () => {
    await using open = await openFleet();
    const all = Array.from({ length: LIMITS.liveQueries.value }, () => follow(open, BONN));

    expect(() => follow(open, BONN)).toThrow(expect.objectContaining({ code: 'ThrottlingException' }));
    all[0]?.query.close();
    expect(() => follow(open, BONN)).not.toThrow();
  });

  test('give signs of life, with the position from which a client can go on.', async () => {
    await using open = await openFleet('a');
    const recorder = await followReady(open, BONN);
    await tag(open, 'a', { site: 'Bonn' });
    await recorder.heard('entered a');
    await tag(open, 'a', { site: 'Ulm' });
    await recorder.heard('left a');

    open.clock.advance(LIMITS.liveQueryAliveSeconds.value * 1000 - 1);
    const early = recorder.lines();
    open.clock.advance(1);

    expect(early).not.toContain('alive');
    expect(recorder.events.at(-1)).toMatchObject({ kind: 'alive' });
    expect(lastSequence(recorder)).toBeGreaterThan(0);
  });

  test('end when the hub stops, and none begins after.', async () => {
    const open = await openFleet('a');
    const recorder = await followReady(open, BONN);
    const reading = follow(open, BONN);

    await open.hub.liveQueries.stop();

    for (const each of [recorder, reading.recorder]) expect(each.events.at(-1)).toMatchObject({ kind: 'end', reason: 'stopping' });
    expect(() => follow(open, BONN)).toThrow(expect.objectContaining({ code: 'ServiceUnavailable' }));
    await open[Symbol.asyncDispose]();
  });

  test('end when the store fails, and say no more than that.', async () => {
    const stores = await openEphemeralStore({});
    let broken = false;
    const readChanges: Stores['changes']['readChanges'] = (after, limit) =>
      broken ? Promise.reject(new Error('secret path')) : stores.changes.readChanges(after, limit);
    await using open = await openHub({ stores: { ...stores, changes: { ...stores.changes, readChanges } } });
    await open.createDevice('a');
    const recorder = await followReady(open, BONN);

    broken = true;
    await tag(open, 'a', { site: 'Bonn' });
    const end = await recorder.until(({ kind }) => kind === 'end');
    broken = false;
    const again = await followReady(open, BONN);

    expect(end).toMatchObject({ reason: 'failed', message: expect.not.stringContaining('secret') });
    expect(again.lines()).toEqual(['entered a', 'ready']);
  });
});
