// Goal: a client that was away is told of everything that happened meanwhile, whatever happens as it comes back, or that all begins anew.
// Method: use cases over an ephemeral store and a fake clock; a listener that keeps what it is told, and another one after it.
import { describe, expect, test, vi } from 'vitest';
import { LIMITS } from '../../../../src/domain/limits.ts';
import type { Stores } from '../../../../src/ports/stores.ts';
import { openEphemeralStore } from '../../../../src/stores/sqlite/open-ephemeral-store.ts';
import { SOMEONE } from '../../../support/actors.ts';
import { BONN, follow, followReady, lastSequence, openFleet, report, tag } from '../../../support/live-fleet.ts';
import type { LiveRecorder } from '../../../support/live-recorder.ts';
import { openHub } from '../../../support/open-hub.ts';

/** Of the first event with this line. */
function sequenceOf({ events }: LiveRecorder, line: string | undefined): number | undefined {
  const event = events.find((told) => 'id' in told && `${told.kind} ${told.id.deviceId}` === line);
  return event && 'sequence' in event ? event.sequence : undefined;
}

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
