// How every query store sorts, groups and pages. Goal: prove what the port says of order, groups and pages while documents come and go.
// Method: a fleet of lamps, queries as texts, pages read to the end with writes in between.
import { beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { LIMITS } from '../../src/domain/limits.ts';
import type { Cursor } from '../../src/domain/query/cursor.ts';
import { parseQuery } from '../../src/domain/query/parser.ts';
import { project } from '../../src/domain/query/project.ts';
import { serviceTwinDocument } from '../../src/domain/twin/twin-document.ts';
import type { Stores } from '../../src/ports/stores.ts';
import { createDevice, createModule, remove, report, write } from '../support/store-builders.ts';
import { type NewPlace, openNewStore, shareStore } from '../support/store-place.ts';

export function describeQueryGroups(newPlace: NewPlace): void {
  describe('In a fleet that stays as it is', () => {
    const stores = shareStore(newPlace);
    beforeAll(() => createLamps(stores()));

    test.each<[string, readonly JsonObject[]]>([
      ['SELECT COUNT() AS n FROM devices', [{ n: 6 }]],
      ['SELECT COUNT() AS n, SUM(tags.floor) AS s, MIN(tags.floor) AS least FROM devices WHERE false', [{ n: 0 }]],
      ['SELECT COUNT() AS n FROM devices WHERE false GROUP BY tags.site', []],
      [
        'SELECT tags.site, COUNT() AS n FROM devices GROUP BY tags.site',
        [{ n: 1 }, { site: 'Köln', n: 2 }, { site: 'bonn', n: 2 }, { site: { city: 'bonn', part: 1 }, n: 1 }],
      ],
      [
        'SELECT tags.site, COUNT() AS n FROM devices GROUP BY tags.site ORDER BY n DESC, tags.site DESC',
        [{ site: 'bonn', n: 2 }, { site: 'Köln', n: 2 }, { site: { city: 'bonn', part: 1 }, n: 1 }, { n: 1 }],
      ],
      [
        'SELECT SUM(tags.floor) AS s, AVG(tags.floor) AS a, MIN(tags.floor) AS l, MAX(tags.floor) AS m, COUNT(tags.floor) AS n FROM devices',
        [{ s: 6.5, a: 1.625, l: -1, m: 'roof', n: 5 }],
      ],
      ['SELECT DISTINCT tags.on FROM devices', [{}, { on: false }, { on: true }]],
      ['SELECT DISTINCT tags.gone FROM devices', [{}]],
      ['SELECT tags.gone, COUNT() AS n FROM devices GROUP BY tags.gone', [{ n: 6 }]],
      ['SELECT DISTINCT capabilities.iotEdge AS e, x509Thumbprint.PrimaryThumbprint AS p FROM devices', [{ e: false, p: null }]],
      ['SELECT deviceId FROM devices ORDER BY tags.floor', ids('lamp-6', 'lamp-4', 'lamp-1', 'lamp-2', 'lamp-3', 'lamp-5')],
      ['SELECT deviceId FROM devices ORDER BY tags.floor DESC', ids('lamp-5', 'lamp-3', 'lamp-2', 'lamp-1', 'lamp-4', 'lamp-6')],
      ['SELECT deviceId FROM devices ORDER BY tags.on DESC, tags.floor', ids('lamp-4', 'lamp-2', 'lamp-3', 'lamp-6', 'lamp-1', 'lamp-5')],
      ['SELECT deviceId FROM devices ORDER BY status', ids('lamp-1', 'lamp-2', 'lamp-3', 'lamp-4', 'lamp-5', 'lamp-6')],
    ])('%s answers the same on pages of every size.', async (text, expected) => {
      for (const limit of [1, 2, 3, 100]) {
        const { rows, pages } = await readAll(stores(), text, { limit });
        expect(rows).toEqual(expected);
        expect(pages).toBe(Math.max(1, Math.ceil(expected.length / limit)));
      }
    });

    test('Twins of modules are found by device id and module id, and never among those of devices.', async () => {
      const place = await openNewStore(newPlace);
      for (const deviceId of ['b', 'a']) {
        await createDevice(place, deviceId);
        for (const moduleId of ['m2', 'm1']) await createModule(place, { deviceId, moduleId });
      }
      const text = `SELECT deviceId, moduleId FROM devices.modules WHERE status = 'enabled'`;

      for (const limit of [1, 3, 4]) {
        expect((await readAll(place, text, { limit })).rows).toEqual([
          { deviceId: 'a', moduleId: 'm1' },
          { deviceId: 'a', moduleId: 'm2' },
          { deviceId: 'b', moduleId: 'm1' },
          { deviceId: 'b', moduleId: 'm2' },
        ]);
      }
      expect((await readAll(place, `${text} ORDER BY moduleId DESC`, { limit: 1 })).rows.slice(0, 3)).toEqual([
        { deviceId: 'a', moduleId: 'm2' },
        { deviceId: 'b', moduleId: 'm2' },
        { deviceId: 'a', moduleId: 'm1' },
      ]);
      expect((await readAll(place, 'SELECT COUNT() AS n FROM devices', { limit: 1 })).rows).toEqual([{ n: 2 }]);
    });

    test('A query that is aborted rejects with the reason.', async () => {
      const reason = new Error('nobody waits any more');
      const query = { ...groupQuery('SELECT COUNT() AS n FROM devices'), after: undefined, limit: 1 };
      const waiting = new AbortController();

      const begun = stores().queries.queryGroups(query, waiting.signal);
      waiting.abort(reason);

      await expect(begun).rejects.toBe(reason);
      await expect(stores().queries.queryGroups(query, waiting.signal)).rejects.toBe(reason);
    });
  });

  describe('While documents come and go', () => {
    test('A page in the order of a property goes on where it ended, also when its last device is gone.', async () => {
      const stores = await openNewStore(newPlace);
      await createLamps(stores);
      const first = await readPage(stores, 'SELECT deviceId FROM devices ORDER BY tags.floor', { limit: 3 });
      await stores.devices.writeDevices([remove('lamp-1')]);
      await createDevice(stores, 'before');
      await createDevice(stores, 'zz-after');
      await stores.twins.applyTwinChanges([write('zz-after', { tags: { floor: 2 } })]);

      const rest = await readAll(stores, 'SELECT deviceId FROM devices ORDER BY tags.floor', { limit: 1, after: first.next });

      expect([...first.rows, ...rest.rows]).toEqual(ids('lamp-6', 'lamp-4', 'lamp-1', 'zz-after', 'lamp-2', 'lamp-3', 'lamp-5'));
    });

    test('A page of groups goes on after its last group, also when that is gone, and counts what is there.', async () => {
      const stores = await openNewStore(newPlace);
      await createLamps(stores);
      const text = 'SELECT tags.site, COUNT() AS n FROM devices WHERE IS_STRING(tags.site) GROUP BY tags.site';
      const first = await readPage(stores, text, { limit: 1 });
      await stores.devices.writeDevices([remove('lamp-1'), remove('lamp-2')]);
      for (const [id, site] of [
        ['new-1', 'Aachen'],
        ['new-2', 'bonn'],
        ['new-3', 'Ulm'],
      ] as const) {
        await createDevice(stores, id);
        await stores.twins.applyTwinChanges([write(id, { tags: { site } })]);
      }

      const rest = await readAll(stores, text, { limit: 1, after: first.next });

      expect(first.rows).toEqual([{ site: 'Köln', n: 2 }]);
      expect(rest.rows).toEqual([
        { site: 'Ulm', n: 1 },
        { site: 'bonn', n: 3 },
      ]);
    });

    test('Of texts that begin alike none is lost between two pages.', async () => {
      const stores = await openNewStore(newPlace);
      const start = '😀'.repeat(LIMITS.querySortChars.value);
      for (const [index, end] of ['b', 'a', '', 'c'].entries()) {
        await createDevice(stores, `lamp-${index}`);
        await stores.twins.applyTwinChanges([report(`lamp-${index}`, { text: start + end })]);
      }

      for (const limit of [1, 2, 3, 4]) {
        const { rows } = await readAll(stores, 'SELECT deviceId FROM devices ORDER BY properties.reported.text DESC', { limit });
        expect(rows).toEqual(ids('lamp-0', 'lamp-1', 'lamp-2', 'lamp-3'));
      }
    });

    test('A count sees every write that was acknowledged.', async () => {
      const stores = await openNewStore(newPlace);

      for (let count = 1; count <= 20; count += 1) {
        await createDevice(stores, `lamp-${count}`);
        expect((await readAll(stores, 'SELECT COUNT() AS n FROM devices', { limit: 10 })).rows).toEqual([{ n: count }]);
      }
    });
  });
}

/** Lamps of every kind of floor. */
async function createLamps(stores: Stores): Promise<void> {
  const tags: readonly JsonObject[] = [
    { site: 'Köln', floor: 2 },
    { site: 'Köln', floor: 2.5, on: false },
    { site: 'bonn', floor: 3, on: false },
    { site: 'bonn', floor: -1, on: true },
    { site: { city: 'bonn', part: 1 }, floor: 'roof' },
    {},
  ];
  for (const [index, each] of tags.entries()) {
    await createDevice(stores, `lamp-${index + 1}`);
    await stores.twins.applyTwinChanges([write(`lamp-${index + 1}`, { tags: each })]);
  }
}

function ids(...deviceIds: readonly string[]): readonly JsonObject[] {
  return deviceIds.map((deviceId) => ({ deviceId }));
}

type PageOptions = { readonly limit: number; readonly after?: Cursor | undefined };
type Rows = { readonly rows: readonly JsonObject[]; readonly next: Cursor | undefined };

function groupQuery(text: string): Omit<Parameters<Stores['queries']['queryGroups']>[0], 'after' | 'limit'> {
  const { from, select, where: condition, groupBy = [], orderBy } = parseQuery(text);
  return { from, condition, groupBy, columns: select === 'all' ? [] : select, orderBy };
}

async function readPage(stores: Stores, text: string, { limit, after }: PageOptions): Promise<Rows> {
  const { signal } = new AbortController();
  const { from, groupBy, where: condition, orderBy, select } = parseQuery(text);
  if (groupBy !== undefined) return stores.queries.queryGroups({ ...groupQuery(text), after, limit }, signal);
  const find = from === 'devices' ? 'queryTwins' : 'queryModuleTwins';
  const { twins, next } = await stores.queries[find]({ condition, orderBy, after, limit }, signal);
  return { rows: twins.map(({ identity, twin }) => project(select, serviceTwinDocument(identity, twin))), next };
}

async function readAll(
  stores: Stores,
  text: string,
  options: PageOptions,
): Promise<{ readonly rows: readonly JsonObject[]; readonly pages: number }> {
  const page = await readPage(stores, text, options);
  if (page.next === undefined) return { rows: page.rows, pages: 1 };
  const rest = await readAll(stores, text, { ...options, after: page.next });
  return { rows: [...page.rows, ...rest.rows], pages: rest.pages + 1 };
}
