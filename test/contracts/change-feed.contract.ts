// What every change feed must do. Goal: prove each statement of the port. Method: writes of every kind, then the feed from several cursors.
import { expect, test } from 'vitest';
import type { Change } from '../../src/domain/change.ts';
import type { Stores } from '../../src/ports/stores.ts';
import { createDevice, put, readAllChanges, remove, report, timeAt, update, write } from '../support/store-builders.ts';
import { type NewPlace, openNewStore } from '../support/store-place.ts';

export function describeChangeFeed(newPlace: NewPlace): void {
  test('The feed of a new store is empty.', async () => {
    const { changes } = await openNewStore(newPlace);

    expect(await changes.readChanges(0, 10)).toEqual([]);
    expect(await changes.readPosition()).toBe(0);
  });

  test('The position is the sequence of the latest change, which stays however old it is.', async () => {
    const stores = await openNewStore(newPlace);
    await stores.devices.writeDevices([put('a'), put('b')]);

    const position = await stores.changes.readPosition();
    const [latest] = (await sequencesOf(stores)).toReversed();
    const trimmed = await stores.changes.trimChanges(timeAt(24 * 60), 10);

    expect(position).toBe(latest);
    expect(trimmed).toBe(1);
    expect(await sequencesOf(stores)).toEqual([latest]);
    expect(await stores.changes.readPosition()).toBe(position);
  });

  test('Every change of an identity or twin is one entry, in order, with its time and sections.', async () => {
    const stores = await openNewStore(newPlace);
    const deviceId = 'lamp';

    await stores.devices.writeDevices([put(deviceId, { at: timeAt(1) }), update(deviceId, { at: timeAt(2) })]);
    await stores.twins.applyTwinChanges([
      report(deviceId, { a: 1 }, { at: timeAt(3) }),
      write(deviceId, { tags: { a: 1 }, at: timeAt(4) }),
      write(deviceId, { desired: { a: 1 }, at: timeAt(5) }),
      write(deviceId, { kind: 'replace', tags: {}, desired: {}, at: timeAt(6) }),
    ]);
    await stores.devices.writeDevices([remove(deviceId)]);

    const feed = await readAllChanges(stores);
    expect(feed.map(({ sequence: _, ...change }) => change)).toMatchObject([
      { at: timeAt(1), kind: 'deviceCreated', deviceId, sections: [] },
      { at: timeAt(2), kind: 'deviceUpdated', deviceId, sections: [] },
      { at: timeAt(3), kind: 'twinUpdated', deviceId, sections: ['reported'] },
      { at: timeAt(4), kind: 'twinUpdated', deviceId, sections: ['tags'] },
      { at: timeAt(5), kind: 'twinUpdated', deviceId, sections: ['desired'] },
      { at: timeAt(6), kind: 'twinUpdated', deviceId, sections: ['tags', 'desired'] },
      { kind: 'deviceDeleted', deviceId, sections: [] },
    ]);
    expect(isRising(feed)).toBe(true);
  });

  test('A refused write is no entry.', async () => {
    const stores = await openNewStore(newPlace);
    await createDevice(stores, 'lamp');
    const before = await readAllChanges(stores);

    await stores.devices.writeDevices([put('lamp'), update('unknown'), remove('lamp', { kind: 'none' })]);
    await stores.twins.applyTwinChanges([report('lamp', {}, { baseVersion: 7 }), report('unknown', {})]);

    expect(await readAllChanges(stores)).toEqual(before);
  });

  test('A reader gets what follows its cursor, at most its limit, and with a cursor at the end nothing.', async () => {
    const stores = await openNewStore(newPlace);
    await stores.devices.writeDevices(['a', 'b', 'c', 'd'].map((deviceId) => put(deviceId)));
    const [a, b, c, d] = await sequencesOf(stores);

    const read = async (after = 0, limit = 10): Promise<readonly string[]> =>
      (await stores.changes.readChanges(after, limit)).map(({ deviceId }) => deviceId);

    expect(await read(0, 2)).toEqual(['a', 'b']);
    expect(await read(a)).toEqual(['b', 'c', 'd']);
    expect(await read(b, 1)).toEqual(['c']);
    expect(await read(c, 1)).toEqual(['d']);
    expect(await read(d)).toEqual([]);
  });

  test('A change is visible as soon as its write is acknowledged.', async () => {
    const stores = await openNewStore(newPlace);
    await createDevice(stores, 'lamp');
    const seen: number[] = [];
    let cursor = (await sequencesOf(stores)).at(-1) ?? 0;

    for (let round = 0; round < 50; round += 1) {
      await stores.twins.applyTwinChanges([report('lamp', { round })]);
      const news = await stores.changes.readChanges(cursor, 10);
      seen.push(news.length);
      cursor = news.at(-1)?.sequence ?? cursor;
    }

    expect(seen).toEqual(Array.from({ length: 50 }, () => 1));
  });

  test('A reader that follows the feed while many write misses nothing and sees nothing twice.', async () => {
    const stores = await openNewStore(newPlace);
    await createDevice(stores, 'lamp');
    const writing = Promise.all(Array.from({ length: 200 }, (_, index) => stores.twins.applyTwinChanges([report('lamp', { index })])));
    const followed: Change[] = [];

    while (followed.length < 201) followed.push(...(await stores.changes.readChanges(followed.at(-1)?.sequence ?? 0, 7)));
    await writing;

    expect(followed).toEqual(await readAllChanges(stores));
    expect(isRising(followed)).toBe(true);
  });

  test('Trimming removes the oldest changes before a time, at most its limit, and says how many.', async () => {
    const stores = await openNewStore(newPlace);
    await stores.devices.writeDevices([1, 2, 3, 4].map((minute) => put(`d${minute}`, { at: timeAt(minute) })));

    const first = await stores.changes.trimChanges(timeAt(4), 2);
    const left = await readAllChanges(stores);
    const second = await stores.changes.trimChanges(timeAt(4), 2);

    expect(first).toBe(2);
    expect(left.map(({ deviceId }) => deviceId)).toEqual(['d3', 'd4']);
    expect(second).toBe(1);
    expect((await readAllChanges(stores)).map(({ deviceId }) => deviceId)).toEqual(['d4']);
    expect(await stores.changes.trimChanges(timeAt(4), 2)).toBe(0);
  });

  test('No sequence comes again after everything that may go was trimmed, also when the store was closed in between.', async () => {
    const place = await newPlace();
    const before = await place.open();
    await before.devices.writeDevices([put('a'), put('b')]);
    const used = await sequencesOf(before);
    await before.changes.trimChanges(timeAt(24 * 60), 10);
    await before.close();

    const after = await place.open();
    await createDevice(after, 'c');
    const next = (await sequencesOf(after)).at(-1);
    await after.close();

    expect(next).toBeGreaterThan(Math.max(...used));
  });
}

async function sequencesOf(stores: Stores): Promise<readonly number[]> {
  const feed = await readAllChanges(stores);
  return feed.map(({ sequence }) => sequence);
}

function isRising(feed: readonly Change[]): boolean {
  return feed.every(({ sequence }, index) => index === 0 || sequence > (feed[index - 1]?.sequence ?? 0));
}
