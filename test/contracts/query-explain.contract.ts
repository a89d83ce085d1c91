// What every query store must tell of how it runs a query. Goal: prove what the port says of explanations. Method: a fleet that is large enough for indexes to pay.
import { beforeAll, expect, test } from 'vitest';
import { parseCondition, parseQuery } from '../../src/domain/query/parser.ts';
import type { Explanation, StoreQuery } from '../../src/ports/query-store.ts';
import type { Stores } from '../../src/ports/stores.ts';
import { createDevice, indexWrite, put, putModule, write } from '../support/store-builders.ts';
import { type NewPlace, openNewStore, shareStore } from '../support/store-place.ts';

const DEVICES = 1000;

/** @param settle lets the database learn how large the tables of the place that was made last are, from which it chooses its plans. */
export function describeQueryExplain(newPlace: NewPlace, settle: () => Promise<void>): void {
  const stores = shareStore(newPlace);
  beforeAll(async () => {
    const ids = Array.from({ length: DEVICES }, (_, index) => `device-${1000 + index}`);
    await stores().devices.writeDevices(ids.map((id) => put(id)));
    await stores().twins.applyTwinChanges(ids.map((id, index) => write(id, { tags: { site: index % 4, text: 'x'.repeat(200) } })));
    await settle();
  });

  test('A condition on what has no index looks at every document.', async () => {
    const explanation = await explain(stores(), 'SELECT * FROM devices WHERE tags.site = 7');

    expect(explanation).toMatchObject({ steps: [{ kind: 'scan' }], scanned: DEVICES, returned: 0 });
  });

  test('A page ends the scan when there is one more than it holds.', async () => {
    const first = await explain(stores(), 'SELECT * FROM devices', { limit: 10 });
    const second = await explain(stores(), 'SELECT * FROM devices', { limit: 10, after: ['device-1989'] });
    const whole = await explain(stores(), 'SELECT * FROM devices', { limit: DEVICES });

    expect(first).toMatchObject({ steps: [{ kind: 'scan' }], scanned: 11, returned: 10 });
    expect(second).toMatchObject({ steps: [{ kind: 'scan' }], scanned: 10, returned: 10 });
    expect(whole).toMatchObject({ scanned: DEVICES, returned: DEVICES });
  });

  test('A page of what many documents say ends as soon as it is full.', async () => {
    const explanation = await explain(stores(), `SELECT * FROM devices WHERE tags.text = '${'x'.repeat(200)}'`, { limit: 10 });

    expect(explanation).toMatchObject({ steps: [{ kind: 'scan' }], scanned: 11, returned: 10 });
  });

  test('Devices that the condition names are looked up.', async () => {
    const one = await explain(stores(), `SELECT * FROM devices WHERE deviceId = 'device-1007'`);
    const some = await explain(
      stores(),
      `SELECT * FROM devices WHERE deviceId IN ['device-1007', 'device-1009', 'gone'] AND tags.site = 1`,
    );

    expect(one).toMatchObject({ scanned: 1, returned: 1 });
    expect(one.steps).toContainEqual({ kind: 'lookup' });
    expect(some).toMatchObject({ scanned: 2, returned: 1 });
    expect(some.steps).toContainEqual({ kind: 'lookup' });
  });

  test('A value that looks like a condition on ids makes no lookup.', async () => {
    const { steps } = await explain(stores(), `SELECT * FROM devices WHERE deviceId > '(device_id = ''x''' AND tags.site = 9`);

    expect(steps).toEqual([{ kind: 'scan' }]);
  });

  test('A sorted page looks at every document, then sorts what passes.', async () => {
    const explanation = await explain(stores(), 'SELECT * FROM devices WHERE tags.site = 3 ORDER BY tags.site DESC', { limit: 5 });

    expect(explanation).toMatchObject({ steps: [{ kind: 'scan' }, { kind: 'sort' }], scanned: DEVICES, returned: 5 });
  });

  test('A grouped query looks at every document, and returns its groups.', async () => {
    const grouped = await explain(stores(), 'SELECT tags.site, COUNT() AS n FROM devices GROUP BY tags.site ORDER BY n');
    const counted = await explain(stores(), 'SELECT COUNT() AS n FROM devices WHERE tags.site > 1');

    expect(grouped).toMatchObject({ steps: [{ kind: 'scan' }, { kind: 'group' }, { kind: 'sort' }], scanned: DEVICES, returned: 4 });
    expect(counted).toMatchObject({ steps: [{ kind: 'scan' }, { kind: 'group' }], scanned: DEVICES, returned: 1 });
  });

  test.each([
    'SELECT status, COUNT() AS n FROM devices GROUP BY status',
    `SELECT * FROM devices WHERE status = 'disabled' AND deviceId > 'device-1003'`,
    'SELECT * FROM devices ORDER BY lastActivityTime',
    'SELECT COUNT() AS n FROM devices.modules WHERE connectionState = status',
  ])('No twin is looked at for %s.', async (text) => {
    const { databasePlan } = await explain(stores(), text);

    expect(databasePlan.join('\n')).toMatch(/devices|modules|(SCAN|SEARCH) [dm]\b/);
    expect(databasePlan.join('\n')).not.toMatch(/twins|(SCAN|SEARCH) t\b/);
  });

  test('An index on a path leads to the documents that it has under a value, and counts them.', async () => {
    const few = await openNewStore(newPlace);
    const ids = Array.from({ length: DEVICES }, (_, index) => `device-${1000 + index}`);
    await few.devices.writeDevices(ids.map((id) => put(id)));
    await few.twins.applyTwinChanges(ids.map((id, index) => write(id, { tags: { site: index % 500, 'the floor': 1 } })));
    for (const path of ['tags.site', 'tags.[[the floor]]']) await few.indexes.createIndex(indexWrite(path));
    while (await few.indexes.buildIndexes(DEVICES)) continue;
    await settle();

    const found = await explain(few, 'SELECT * FROM devices WHERE tags.site = 3 AND IS_DEFINED(deviceId)');
    const sorted = await explain(few, 'SELECT * FROM devices WHERE tags.[[the floor]] > 0 ORDER BY tags.site');
    const counted = await explain(few, 'SELECT tags.site, COUNT() AS n FROM devices WHERE tags.site > 497 GROUP BY tags.site');

    expect(found).toMatchObject({ steps: [{ kind: 'index', path: 'tags.site' }], scanned: 2, returned: 2 });
    expect(sorted).toMatchObject({ steps: [{ kind: 'index', path: 'tags.[[the floor]]' }, { kind: 'sort' }], returned: 100 });
    expect(counted).toMatchObject({ scanned: 4, returned: 2 });
    expect(counted.steps.slice(0, 2)).toEqual([{ kind: 'index', path: 'tags.site' }, { kind: 'group' }]);
  });

  test('Devices that the condition names are looked up, also where an index leads to them and to many others.', async () => {
    const alike = await openNewStore(newPlace);
    const ids = Array.from({ length: DEVICES }, (_, index) => `device-${1000 + index}`);
    await alike.devices.writeDevices(ids.map((id) => put(id)));
    await alike.twins.applyTwinChanges(ids.map((id) => write(id, { tags: { site: 1 } })));
    await alike.indexes.createIndex(indexWrite('tags.site'));
    while (await alike.indexes.buildIndexes(DEVICES)) continue;
    await settle();

    const explanation = await explain(alike, `SELECT * FROM devices WHERE tags.site = 1 AND deviceId IN ['device-1007', 'device-1009']`);

    expect(explanation).toMatchObject({ steps: [{ kind: 'lookup' }], scanned: 2, returned: 2 });
  });

  test('A page tells how many twins were looked at for it where an index could have helped, and not where one did.', async () => {
    const many = await openNewStore(newPlace);
    const ids = Array.from({ length: 5 * DEVICES }, (_, index) => `device-${1000 + index}`);
    await many.devices.writeDevices(ids.map((id) => put(id)));
    const search = { condition: parseCondition('tags.site = 3'), orderBy: [], after: undefined, limit: 10 };
    const { signal } = new AbortController();

    const scanned = await many.queries.queryTwinDocuments('devices', search, signal);
    await many.indexes.createIndex(indexWrite('tags.site'));
    while (await many.indexes.buildIndexes(DEVICES)) continue;
    const indexed = await many.queries.queryTwinDocuments('devices', search, signal);

    expect(scanned.scanned).toBeGreaterThan(DEVICES);
    expect(scanned.scanned).toBeLessThan(25 * DEVICES);
    expect(indexed.scanned).toBeUndefined();
  });

  test('Modules and records of jobs are explained too.', async () => {
    const few = await openNewStore(newPlace);
    await createDevice(few, 'lamp');
    await few.modules.writeModules(['m', 'n'].map((moduleId) => putModule({ deviceId: 'lamp', moduleId })));

    await settle();

    expect(await explain(few, `SELECT * FROM devices.modules WHERE moduleId > ''`)).toMatchObject({
      steps: [{ kind: 'scan' }],
      returned: 2,
    });
    expect(await explain(few, `SELECT * FROM devices.jobs WHERE jobId = 'none'`)).toMatchObject({ scanned: 0, returned: 0 });
  });

  test('The plan of the database stands beside it, with nothing of the documents.', async () => {
    const { database, databasePlan } = await explain(stores(), 'SELECT * FROM devices WHERE tags.site = 2');

    expect(['SQLite', 'PostgreSQL']).toContain(database);
    expect(databasePlan.join('\n')).toMatch(/scan|search/i);
    expect(databasePlan.join('\n')).not.toContain('device-1');
  });

  test('What is explained says what the database found, not what it was asked for before.', async () => {
    const before = await explain(stores(), `SELECT * FROM devices WHERE tags.site = 'new'`);
    await stores().twins.applyTwinChanges([write('device-1500', { tags: { site: 'new' } })]);

    const after = await explain(stores(), `SELECT * FROM devices WHERE tags.site = 'new'`);

    expect([before.returned, after.returned]).toEqual([0, 1]);
  });

  test('An explanation that is aborted rejects with the reason.', async () => {
    const reason = new Error('nobody waits any more');
    const waiting = new AbortController();

    const begun = stores().queries.explainQuery(storeQuery('SELECT * FROM devices'), waiting.signal);
    waiting.abort(reason);

    await expect(begun).rejects.toBe(reason);
  });
}

type Page = Partial<Pick<StoreQuery['query'], 'after' | 'limit'>>;

function explain(stores: Stores, text: string, page: Page = {}): Promise<Explanation> {
  return stores.queries.explainQuery(storeQuery(text, page), new AbortController().signal);
}

function storeQuery(text: string, { after, limit = 100 }: Page = {}): StoreQuery {
  const { from, where: condition, groupBy, select, orderBy } = parseQuery(text);
  if (groupBy === undefined || select === 'all') return { kind: 'documents', from, query: { condition, orderBy, after, limit } };
  return { kind: 'groups', query: { from, condition, groupBy, columns: select, orderBy, after, limit } };
}
