// What every store of indexes must do. Goal: prove each statement of the port. Method: twins with values of every kind, asked for with and without an index.
import { expect, onTestFinished, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../src/domain/json.ts';
import { LIMITS } from '../../src/domain/limits.ts';
import { formatIndexPlace } from '../../src/domain/query/index/twin-index.ts';
import { parseCondition } from '../../src/domain/query/parser.ts';
import type { IndexStatus } from '../../src/ports/index-store.ts';
import type { Stores } from '../../src/ports/stores.ts';
import { createDevice, createModule, indexWrite, NOON, remove, report, timeAt, WHOLE_AUDIT, write } from '../support/store-builders.ts';
import { type NewPlace, openNewStore } from '../support/store-place.ts';
import { buildAll, rowsOf } from '../support/stored-indexes.ts';

export function describeIndexStore(newPlace: NewPlace): void {
  test('A new store has no index, and nothing to build or to trim.', async () => {
    const { indexes } = await openNewStore(newPlace);

    expect(await indexes.listIndexes()).toEqual([]);
    expect(await indexes.buildIndexes(1)).toBe(false);
    expect(await indexes.trimIndexes(NOON, 1)).toBe(false);
  });

  test('An index is built in transactions of so many twins, and has one entry for each twin of its collection.', async () => {
    const stores = await openNewStore(newPlace);
    for (const id of ['a', 'b', 'c']) await createDevice(stores, id);
    await createModule(stores, { deviceId: 'b', moduleId: 'm' });

    const created = await stores.indexes.createIndex(indexWrite('tags.site'));
    const states = [await onlyIndex(stores)];
    const answers: boolean[] = [];
    for (let step = 0; step < 3; step += 1) {
      answers.push(await stores.indexes.buildIndexes(2));
      states.push(await onlyIndex(stores));
    }

    expect(created).toEqual({ ...indexWrite('tags.site').place, state: 'building', createdTime: NOON, madeBy: 'person' });
    expect(answers).toEqual([true, true, false]);
    expect(states.map(({ state, twins, totalTwins, entries }) => [state, twins, totalTwins, entries])).toEqual([
      ['building', 0, 4, 0],
      ['building', 2, 4, 2],
      ['building', 4, 4, 3],
      ['ready', 4, 4, 3],
    ]);
    expect(states.map(({ entryMicroseconds }) => entryMicroseconds === undefined)).toEqual([true, false, false, false]);
    expect(states.at(-1)?.bytes).toBeGreaterThan(0);
  });

  test('An index tells who made it.', async () => {
    const { indexes } = await openNewStore(newPlace);

    await indexes.createIndex({ ...indexWrite('tags.a'), madeBy: 'hub' });
    await indexes.createIndex(indexWrite('tags.b'));

    expect((await indexes.listIndexes()).map(({ madeBy }) => madeBy)).toEqual(['hub', 'person']);
  });

  test('An index of modules has an entry for each of them, and none for a device.', async () => {
    const stores = await openNewStore(newPlace);
    await createDevice(stores, 'a');
    for (const moduleId of ['m', 'n']) await createModule(stores, { deviceId: 'a', moduleId });

    await stores.indexes.createIndex(indexWrite('devices.modules.tags.site'));
    await buildAll(stores);
    await createModule(stores, { deviceId: 'a', moduleId: 'o' });

    expect(await onlyIndex(stores)).toMatchObject({ collection: 'devices.modules', entries: 3 });
  });

  test('A path has one index at most, and the same path of modules another.', async () => {
    const { indexes } = await openNewStore(newPlace);

    await indexes.createIndex(indexWrite('tags.site'));
    await indexes.createIndex(indexWrite('devices.modules.tags.site'));

    await expect(indexes.createIndex(indexWrite('Devices.Tags.site'))).rejects.toMatchObject({ code: 'GenericConflict' });
    expect((await indexes.listIndexes()).map(formatIndexPlace)).toEqual(['tags.site', 'devices.modules.tags.site']);
  });

  test('One index is measured alone, and is told in the list as it was made.', async () => {
    const { indexes } = await openNewStore(newPlace);
    const created = [
      await indexes.createIndex(indexWrite('tags.site')),
      await indexes.createIndex(indexWrite('devices.modules.tags.site')),
    ];

    const [one, another] = await indexes.measureIndexes(indexWrite('devices.modules.tags.site').place);

    expect(one).toMatchObject({ ...created[1], entries: 0 });
    expect(another).toBeUndefined();
    expect(await indexes.measureIndexes(indexWrite('tags.floor').place)).toEqual([]);
    expect(await indexes.measureIndexes()).toMatchObject(created);
    expect(await indexes.listIndexes()).toEqual(created);
  });

  test('There are as many indexes as may be, and not one more; a dropped one does not count.', async () => {
    const { indexes } = await openNewStore(newPlace);
    for (let index = 0; index < LIMITS.twinIndexes.value; index += 1) await indexes.createIndex(indexWrite(`tags.a${index}`));

    await expect(indexes.createIndex(indexWrite('tags.b'))).rejects.toMatchObject({ code: 'GenericConflict' });
    await indexes.dropIndex(indexWrite('tags.a3'));

    await expect(indexes.createIndex(indexWrite('tags.b'))).resolves.toMatchObject({ state: 'building' });
  });

  test('Only an index that is there can be dropped, and another one can be made after it.', async () => {
    const stores = await openNewStore(newPlace);
    const { indexes } = stores;
    await createDevice(stores, 'a');

    await expect(indexes.dropIndex(indexWrite('tags.site'))).rejects.toMatchObject({ code: 'GenericNotFound' });
    await indexes.createIndex(indexWrite('tags.site', timeAt(1)));
    await buildAll(stores);
    expect(await indexes.dropIndex(indexWrite('tags.site'))).toMatchObject({ state: 'ready', createdTime: timeAt(1) });
    await expect(indexes.dropIndex(indexWrite('tags.site'))).rejects.toMatchObject({ code: 'GenericNotFound' });
    await indexes.createIndex(indexWrite('tags.site', timeAt(2)));

    expect(await onlyIndex(stores)).toMatchObject({ state: 'building', entries: 0, createdTime: timeAt(2) });
  });

  test('What a dropped index took is given back when it was dropped long enough ago.', async () => {
    const stores = await openNewStore(newPlace);
    const { indexes } = stores;
    for (const id of ['a', 'b', 'c']) await createDevice(stores, id);
    await indexes.createIndex(indexWrite('tags.site'));
    await indexes.createIndex(indexWrite('tags.floor'));
    await buildAll(stores);
    await indexes.dropIndex(indexWrite('tags.site', timeAt(5)));

    expect(await indexes.trimIndexes(timeAt(5), 2)).toBe(false);
    let steps = 0;
    while (await indexes.trimIndexes(timeAt(6), 2)) steps += 1;

    expect(steps).toBeGreaterThan(0);
    expect(await onlyIndex(stores)).toMatchObject({ path: { steps: ['tags', 'floor'] }, entries: 3 });
    await stores.twins.applyTwinChanges([write('a', { tags: { site: 'x', floor: 1 } })]);
    expect(await found(stores, `tags.site = 'x'`)).toEqual(['a']);
  });

  test('Making and dropping an index are in the audit.', async () => {
    const { indexes, audit } = await openNewStore(newPlace);
    await indexes.createIndex(indexWrite('tags.[[a b]]', timeAt(1)));
    await indexes.dropIndex(indexWrite('tags.[[a b]]', timeAt(2)));

    const { entries } = await audit.readAudit(WHOLE_AUDIT);

    expect(entries.map(({ at, action, target }) => [at, action, target])).toEqual([
      [timeAt(2), 'index.drop', 'tags.[[a b]]'],
      [timeAt(1), 'index.create', 'tags.[[a b]]'],
    ]);
  });

  test('Queries find the same without an index, while one is built, and with it.', async () => {
    const stores = await openNewStore(newPlace);
    await fillWithValues(stores);
    const without = await answersOf(stores);

    await stores.indexes.createIndex(indexWrite('tags.a'));
    await stores.indexes.createIndex(indexWrite('properties.reported.a'));
    await stores.indexes.buildIndexes(7);
    const during = await answersOf(stores);
    await buildAll(stores);
    const within = await answersOf(stores);

    expect(during).toEqual(without);
    expect(within).toEqual(without);
    expect(Object.values(without).filter((ids) => ids.length > 0).length).toBeGreaterThan(CONDITIONS.length / 2);
  });

  test('Documents are counted by an index as they are without it, also where it holds what it cannot tell apart.', async () => {
    const stores = await openNewStore(newPlace);
    await fillWithValues(stores);
    const texts = [
      'SELECT tags.a, COUNT() AS n FROM devices GROUP BY tags.a',
      `SELECT tags.a, COUNT() AS n FROM devices WHERE tags.a IN ['x', 1, true, null] GROUP BY tags.a ORDER BY n DESC`,
      'SELECT tags.a, COUNT() AS n FROM devices WHERE tags.a > 1 GROUP BY tags.a',
      'SELECT COUNT() AS n FROM devices WHERE tags.a >= 1',
      `SELECT COUNT() AS n FROM devices WHERE STARTSWITH(tags.a, 'x')`,
      `SELECT COUNT() AS n FROM devices WHERE tags.a = '${LONG}1'`,
      'SELECT AVG(tags.a) AS m, MIN(tags.a) AS l FROM devices WHERE tags.a < 10',
      'SELECT tags.a[0], COUNT() AS n FROM devices GROUP BY tags.a[0]',
      'SELECT COUNT() AS n FROM devices WHERE tags.a[0] = 1',
    ];
    const without = await Promise.all(texts.map((text) => rowsOf(stores, text)));
    await stores.indexes.createIndex(indexWrite('tags.a'));
    await buildAll(stores);

    const within = await Promise.all(texts.map((text) => rowsOf(stores, text)));
    const odd = ['object', 'list', 'long1', 'long2', 'longest'];
    await stores.devices.writeDevices(odd.map((id) => remove(id)));
    const plain = await Promise.all(texts.map((text) => rowsOf(stores, text)));
    await stores.indexes.dropIndex(indexWrite('tags.a'));

    expect(within).toEqual(without);
    expect(plain).toEqual(await Promise.all(texts.map((text) => rowsOf(stores, text))));
    expect(plain).not.toEqual(within);
  });

  test('Every write is seen at once, whatever becomes of a value.', async () => {
    const stores = await openNewStore(newPlace);
    await createDevice(stores, 'lamp');
    await stores.indexes.createIndex(indexWrite('tags.a'));
    await buildAll(stores);
    const values: readonly JsonValue[] = ['x', 'x', 1, 1.5, true, false, { b: 1 }, [1], LONG, `${LONG}1`, '', 2 ** 53, -1];

    for (const value of values) {
      await stores.twins.applyTwinChanges([write('lamp', { kind: 'replace', tags: { a: value, b: 1 }, desired: {} })]);
      expect(await valueOfLamp(stores)).toEqual(value);
      expect(await onlyIndex(stores)).toMatchObject({ entries: 1 });
      // No object or array equals another one.
      const self = typeof value === 'object' ? 'IS_OBJECT(tags.a) OR IS_ARRAY(tags.a)' : `tags.a = ${JSON.stringify(value)}`;
      expect(await found(stores, `(${self}) AND tags.b = 1`)).toEqual(['lamp']);
      expect(await found(stores, `tags.a = 'other'`)).toEqual([]);
    }
    await stores.twins.applyTwinChanges([write('lamp', { tags: { a: null } })]);
    expect(await found(stores, 'tags.a = -1')).toEqual([]);
    await stores.twins.applyTwinChanges([write('lamp', { tags: { a: 'x' } })]);
    await stores.devices.writeDevices([remove('lamp')]);
    expect(await found(stores, `tags.a = 'x'`)).toEqual([]);
    expect(await onlyIndex(stores)).toMatchObject({ entries: 0 });
  });

  test('Writes go on while an index is built, and it misses none of them.', async () => {
    const stores = await openNewStore(newPlace);
    const ids = Array.from({ length: 60 }, (_, index) => `d${String(index).padStart(2, '0')}`);
    for (const id of ids) await createDevice(stores, id);
    await stores.indexes.createIndex(indexWrite('properties.reported.a'));

    const change = async (round: number): Promise<void> => {
      const changed = ids.filter((_, index) => index % 5 === round % 5);
      await stores.twins.applyTwinChanges(changed.map((id) => report(id, { a: round })));
      await createDevice(stores, `new${round}`);
      await stores.devices.writeDevices([remove(ids[round] ?? '')]);
    };
    const writing = (async (): Promise<void> => {
      for (let round = 0; round < 20; round += 1) await change(round);
    })();
    const builders = [1, 2].map(async () => {
      while (await stores.indexes.buildIndexes(3)) continue;
    });
    await Promise.all([writing, ...builders]);

    const { entries, state } = await onlyIndex(stores);
    const counted = await stores.devices.countDevices();
    const byIndex = await rowsOf(stores, 'SELECT properties.reported.a AS a, COUNT() AS n FROM devices GROUP BY properties.reported.a');
    await stores.indexes.dropIndex(indexWrite('properties.reported.a'));
    expect([state, entries]).toEqual(['ready', counted.total]);
    expect(byIndex).toEqual(
      await rowsOf(stores, 'SELECT properties.reported.a AS a, COUNT() AS n FROM devices GROUP BY properties.reported.a'),
    );
  });

  test('What was built is there after the store was closed and opened again, and building goes on after it.', async () => {
    const place = await newPlace();
    const before = await place.open();
    for (const id of ['a', 'b', 'c', 'd']) await createDevice(before, id);
    await before.indexes.createIndex(indexWrite('tags.site'));
    await before.indexes.buildIndexes(3);
    const half = await onlyIndex(before);
    await before.close();

    const after = await place.open();
    onTestFinished(() => after.close());

    expect(await onlyIndex(after)).toEqual(half);
    await buildAll(after);
    expect(await onlyIndex(after)).toMatchObject({ state: 'ready', twins: 4, entries: 4 });
  });

  test('Pages by one value go on where the one before ended, whatever comes and goes.', async () => {
    const stores = await openNewStore(newPlace);
    const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const id of ids) await createDevice(stores, id);
    await stores.twins.applyTwinChanges(ids.map((id) => write(id, { tags: { a: id === 'c' ? 'y' : 'x' } })));
    await stores.indexes.createIndex(indexWrite('tags.a'));
    await buildAll(stores);

    const condition = parseCondition(`tags.a = 'x'`);
    const first = await stores.queries.queryTwins({ condition, orderBy: [], after: undefined, limit: 2 }, NEVER);
    await stores.devices.writeDevices([remove('b')]);
    await createDevice(stores, 'bb');
    await stores.twins.applyTwinChanges([write('bb', { tags: { a: 'x' } }), write('c', { tags: { a: 'x' } })]);
    const second = await stores.queries.queryTwins({ condition, orderBy: [], after: first.next, limit: 10 }, NEVER);

    expect(first.twins.map(({ twin }) => twin.deviceId)).toEqual(['a', 'b']);
    expect(second.twins.map(({ twin }) => twin.deviceId)).toEqual(['bb', 'c', 'd', 'e', 'f']);
  });
}

const NEVER = new AbortController().signal;

/** As long as an index keeps of a string. */
const LONG = 'é'.repeat(LIMITS.twinIndexKeyChars.value);

/** Values of every kind, and at every border, by the device that has it. */
const VALUES: Readonly<Record<string, JsonValue>> = {
  empty: '',
  text: 'x',
  text2: 'xy',
  'unicode-low': '\uff61',
  'unicode-high': '\u{1d49c}',
  one: 1,
  'one-again': 1,
  'one-text': '1',
  half: 1.5,
  large: 2 ** 53,
  larger: 2 ** 53 + 2,
  digits: 89273399252989660,
  small: 5e-324,
  negative: -2,
  yes: true,
  no: false,
  object: { b: 1 },
  list: [1, 'x'],
  long: LONG,
  long1: `${LONG}1`,
  long2: `${LONG}2`,
  longest: LONG.repeat(8),
};

const CONDITIONS: readonly string[] = [
  ...Object.values(VALUES)
    .filter((value) => typeof value !== 'object')
    .flatMap((value) => ['=', '<', '<=', '>', '>='].map((operator) => `tags.a ${operator} ${JSON.stringify(value)}`)),
  'tags.a = null',
  'tags.a',
  'NOT tags.a',
  'IS_STRING(tags.a)',
  'IS_NUMBER(tags.a)',
  'NOT IS_DEFINED(tags.a)',
  "tags.a IN ['x', 1, true, 'nothing']",
  "tags.a = 'x' OR tags.a = 1.5",
  `STARTSWITH(tags.a, '${LONG}')`,
  `tags.a > '${LONG}1' AND tags.a < '${LONG}3'`,
  `tags.a LIKE 'x_'`,
  "tags.a > 0 AND properties.reported.a = 'x'",
  "properties.reported.a IN ['x', 'y'] AND tags.a != 'x'",
  'tags.a[0] = 1',
  'tags.a[0] >= 1 AND IS_ARRAY(tags.a)',
  'tags.a[0] = 1 OR tags.a = 1',
];

/** Every value once among tags and once among what is reported, and a device without any. */
async function fillWithValues(stores: Stores): Promise<void> {
  for (const [id, value] of Object.entries(VALUES)) {
    await createDevice(stores, id);
    await stores.twins.applyTwinChanges([write(id, { tags: { a: value } }), report(id, reportOf(value))]);
  }
  await createDevice(stores, 'nothing');
}

function reportOf(value: JsonValue): JsonObject {
  return { a: value, b: 1 };
}

/** By condition, the devices that are found, page by page. */
async function answersOf(stores: Stores): Promise<Readonly<Record<string, readonly string[]>>> {
  const answers: [string, readonly string[]][] = [];
  for (const condition of CONDITIONS) answers.push([condition, await found(stores, condition)]);
  return Object.fromEntries(answers);
}

async function found(stores: Stores, text: string): Promise<readonly string[]> {
  const condition = parseCondition(text);
  const ids: string[] = [];
  let after: Awaited<ReturnType<Stores['queries']['queryTwins']>>['next'];
  do {
    const page = await stores.queries.queryTwins({ condition, orderBy: [], after, limit: 3 }, NEVER);
    ids.push(...page.twins.map(({ twin }) => twin.deviceId));
    after = page.next;
  } while (after);
  return ids;
}

async function valueOfLamp(stores: Stores): Promise<JsonValue | undefined> {
  const lamp = await stores.twins.readTwin({ deviceId: 'lamp' });
  return lamp?.twin.tags['a'];
}

async function onlyIndex(stores: Stores): Promise<IndexStatus> {
  const [only, second] = await stores.indexes.measureIndexes();
  if (!only || second) throw new Error('There is not one index.');
  return only;
}
