// Goal: a live query tells its result as it stands and every change of it after that, once, none lost, whoever writes and when.
// Method: use cases over an ephemeral store and a fake clock; a listener that keeps what it is told. Where nothing is to be told, a change that
// is told comes after it, since changes are told in their order.
import { describe, expect, test, vi } from 'vitest';
import { parseDeviceSpec } from '../../../../src/domain/identity/parse-device-spec.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../../src/domain/json.ts';
import { LIMITS } from '../../../../src/domain/limits.ts';
import type { Stores } from '../../../../src/ports/stores.ts';
import { openEphemeralStore } from '../../../../src/stores/sqlite/open-ephemeral-store.ts';
import { SOMEONE } from '../../../support/actors.ts';
import { BONN, follow, followReady, lastSequence, openFleet, report, tag } from '../../../support/live-fleet.ts';
import { openHub } from '../../../support/open-hub.ts';

/** Of an item of the query above, or of a whole twin. */
function floorOf({ floor, tags }: JsonObject): JsonValue | undefined {
  return isJsonObject(tags) ? tags['floor'] : floor;
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

  test('tells a change at once, and after a pause all that came meanwhile, several changes of a twin as one.', async () => {
    const pauses: PromiseWithResolvers<void>[] = [];
    const pause = (): Promise<void> => {
      const paused = Promise.withResolvers<void>();
      pauses.push(paused);
      return paused.promise;
    };
    await using open = await openHub({ pause });
    for (const deviceId of ['a', 'b']) await open.createDevice(deviceId);
    const recorder = await followReady(open, BONN);

    await tag(open, 'a', { site: 'Bonn', floor: 1 });
    await recorder.heard('entered a');
    for (const floor of [2, 3, 4]) await tag(open, 'a', { floor });
    await tag(open, 'b', { site: 'Bonn' });
    await vi.waitFor(() => expect(pauses).toHaveLength(1));
    const duringPause = recorder.lines();
    pauses[0]?.resolve();
    await recorder.heard('entered b');
    pauses[1]?.resolve();

    expect(duringPause).toEqual(['ready', 'entered a']);
    expect(recorder.lines()).toEqual(['ready', 'entered a', 'changed a', 'entered b']);
    expect(recorder.events).toContainEqual(expect.objectContaining({ kind: 'changed', item: { deviceId: 'a', floor: 4 } }));
  });

  test('of an item of an array follows the array that it is in.', async () => {
    await using open = await openFleet('a', 'b');
    const recorder = await followReady(open, "SELECT deviceId, tags.list[1].n FROM devices WHERE tags.list[0] = 'x'");

    await tag(open, 'b', { list: ['y', { n: 1 }] });
    await tag(open, 'a', { list: ['x', { n: 1 }] });
    await recorder.heard('entered a');
    await tag(open, 'a', { list: ['x', { n: 2 }] });
    const changed = await recorder.heard('changed a');
    await tag(open, 'a', { list: [{ 0: 'x' }, 'x'] });
    await recorder.heard('left a');
    await tag(open, 'b', { list: ['x'] });
    const entered = await recorder.heard('entered b');

    expect(changed).toMatchObject({ item: { deviceId: 'a', n: 2 } });
    expect(entered).toMatchObject({ item: { deviceId: 'b' } });
    expect(recorder.lines()).toEqual(['ready', 'entered a', 'changed a', 'left a', 'entered b']);
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
        readTwins: (ids) => {
          read.push(...ids.map(({ deviceId }) => deviceId));
          return stores.twins.readTwins(ids);
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

  test('end for a listener that is too slow, which is let go of when it does not take even that.', async () => {
    await using open = await openFleet('a');
    const { recorder, query } = follow(open, BONN);
    await recorder.ready();

    open.hub.liveQueries.endSlow(query);
    open.clock.advance(LIMITS.liveQueryAliveSeconds.value * 1000 - 1);
    const early = recorder.isCut;
    open.clock.advance(1);

    expect(recorder.events.at(-1)).toMatchObject({ kind: 'end', reason: 'tooSlow' });
    expect([early, recorder.isCut, open.hub.liveQueries.count]).toEqual([false, true, 0]);
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
