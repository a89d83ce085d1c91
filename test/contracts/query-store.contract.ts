// What every query store must do. Goal: prove each statement of the port. Method: a small fleet, conditions as texts, pages read to the end.
import { beforeAll, expect, test } from 'vitest';
import { type JsonValue, parseOwnJson } from '../../src/domain/json.ts';
import { LIMITS } from '../../src/domain/limits.ts';
import type { Cursor } from '../../src/domain/query/cursor.ts';
import { parseCondition } from '../../src/domain/query/parser.ts';
import { serviceTwinDocument } from '../../src/domain/twin/twin-document.ts';
import type { TwinPage } from '../../src/ports/query-store.ts';
import type { Stores } from '../../src/ports/stores.ts';
import { createDevice, createModule, put, remove, report, write } from '../support/store-builders.ts';
import { type NewPlace, openNewStore, shareStore } from '../support/store-place.ts';

export function describeQueryStore(newPlace: NewPlace): void {
  const doors = shareStore(newPlace);
  const DOORS = Array.from({ length: 120 }, (_, index) => `door-${1000 + index}`);
  beforeAll(async () => {
    await doors().devices.writeDevices(DOORS.map((id) => put(id)));
    await doors().twins.applyTwinChanges(DOORS.map((id, floor) => write(id, { tags: { floor } })));
  });

  test('An empty store has one page, and nothing is on it.', async () => {
    const stores = await openNewStore(newPlace);

    expect(await pageOf(stores, {})).toEqual({ twins: [], next: undefined });
  });

  test('Twins come in code-point order of their ids, as they are read one by one.', async () => {
    const stores = await openNewStore(newPlace);
    const ids = ['a', '~', 'B', '_', 'a-1', '10', '9', 'A'];
    for (const id of ids) await createDevice(stores, id, { statusReason: `of ${id}` });
    await stores.twins.applyTwinChanges([write('B', { tags: { site: 'x' }, desired: { on: true } }), report('B', { on: true })]);

    const { twins } = await pageOf(stores, {});

    expect(twins.map(({ identity }) => identity.deviceId)).toEqual(['10', '9', 'A', 'B', '_', 'a', 'a-1', '~']);
    expect(twins).toEqual(await Promise.all(ids.toSorted().map((id) => stores.twins.readTwin({ deviceId: id }))));
  });

  test('Documents of twins are those of the service, as JSON, whatever is in them.', async () => {
    const stores = await openNewStore(newPlace);
    const odd = {
      '': 'a "quote" and \\',
      ['__proto__']: { deep: [1, null, { a: [] }] },
      unicode: 'ü𝄞\n',
      small: 1e-300,
      large: 2 ** 70,
    };
    await createDevice(stores, 'plain');
    await createDevice(stores, 'odd', { statusReason: 'a "reason"', status: 'disabled' });
    await stores.twins.applyTwinChanges([write('odd', { tags: odd, desired: odd }), report('odd', odd)]);
    await createModule(stores, { deviceId: 'plain', moduleId: 'm' });
    await stores.twins.applyTwinChanges([{ ...report('plain', odd), moduleId: 'm' }]);
    const search = { condition: parseCondition('*'), orderBy: [], after: undefined, limit: 10 };
    const signal = new AbortController().signal;

    const devices = await stores.queries.queryTwinDocuments('devices', search, signal);
    const modules = await stores.queries.queryTwinDocuments('devices.modules', search, signal);
    const first = await stores.queries.queryTwinDocuments('devices', { ...search, limit: 1 }, signal);

    const expected = async (page: Promise<TwinPage>): Promise<readonly JsonValue[]> =>
      (await page).twins.map(({ identity, twin }) => serviceTwinDocument(identity, twin));
    expect(devices.documents.map(parseOwnJson)).toEqual(await expected(stores.queries.queryTwins(search, signal)));
    expect(modules.documents.map(parseOwnJson)).toEqual(await expected(stores.queries.queryModuleTwins(search, signal)));
    expect([devices.documents.length, modules.documents.length, first.documents.length]).toEqual([2, 1, 1]);
    expect([devices.next, modules.next, first.next]).toEqual([undefined, undefined, ['odd']]);
  });

  test.each([1, 60, 100, 101, 119, 120, 121, 1000])(
    'A page of at most %i has its documents in the order of the query, and says where it ends.',
    async (limit) => {
      const search = {
        condition: parseCondition('tags.floor >= 0'),
        orderBy: [{ value: { kind: 'path', steps: ['tags', 'floor'] }, descending: true }],
        after: undefined,
        limit,
      } as const;

      const { documents, next } = await doors().queries.queryTwinDocuments('devices', search, new AbortController().signal);
      const found = documents.map((document) => (parseOwnJson(document) as { readonly deviceId: string }).deviceId);

      const expected = DOORS.toReversed().slice(0, limit);
      expect(found).toEqual(expected);
      expect(next).toEqual(limit < DOORS.length ? [DOORS.length - limit, expected.at(-1)] : undefined);
    },
  );

  test('Only twins for which the condition is true are found.', async () => {
    const stores = await openNewStore(newPlace);
    for (const id of ['no-tag', 'other-tag', 'tag']) await createDevice(stores, id);
    await stores.twins.applyTwinChanges([write('tag', { tags: { site: 'x' } }), write('other-tag', { tags: { site: 'X' } })]);

    expect(idsOn(await pageOf(stores, { condition: `tags.site = 'x'` }))).toEqual(['tag']);
    expect(idsOn(await pageOf(stores, { condition: `tags.site != 'x'` }))).toEqual(['other-tag']);
    expect(idsOn(await pageOf(stores, { condition: `deviceId IN ['tag', 'no-tag', 'gone']` }))).toEqual(['no-tag', 'tag']);
  });

  test('A write that was acknowledged is seen.', async () => {
    const stores = await openNewStore(newPlace);
    await createDevice(stores, 'lamp');

    for (let count = 1; count <= 50; count += 1) {
      await stores.twins.applyTwinChanges([report('lamp', { count })]);
      expect(idsOn(await pageOf(stores, { condition: `properties.reported.count = ${count}` }))).toEqual(['lamp']);
    }
  });

  test('Pages go on after the last id, and only the last one has no next.', async () => {
    const stores = await openNewStore(newPlace);
    for (const id of ['a', 'b', 'c', 'd', 'e']) await createDevice(stores, id);

    expect(await allPages(stores, { limit: 2 })).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect(await allPages(stores, { limit: 5 })).toEqual([['a', 'b', 'c', 'd', 'e']]);
    expect(await allPages(stores, { limit: 1, condition: `deviceId IN ['b', 'd']` })).toEqual([['b'], ['d']]);
  });

  test('A page goes on where its last device was, also when that device is gone.', async () => {
    const stores = await openNewStore(newPlace);
    for (const id of ['a', 'b', 'c']) await createDevice(stores, id);
    const { next } = await pageOf(stores, { limit: 2 });
    await stores.devices.writeDevices([remove('b')]);

    expect(next).toEqual(['b']);
    expect(idsOn(await pageOf(stores, { after: next }))).toEqual(['c']);
  });

  test('A page of large twins ends early, and no twin is lost or found twice.', async () => {
    const stores = await openNewStore(newPlace);
    const ids = Array.from({ length: 150 }, (_, index) => `device-${1000 + index}`);
    const large = Object.fromEntries(Array.from({ length: 7 }, (_, index) => [`text-${index}`, 'x'.repeat(LIMITS.twinStringBytes.value)]));
    await Promise.all(ids.map((id) => createDevice(stores, id)));
    await stores.twins.applyTwinChanges(ids.map((id) => report(id, large)));

    const pages = await allPages(stores, { limit: 1000 });

    expect(pages).toHaveLength(2);
    expect(pages.flat()).toEqual(ids);
  });

  test('A query that is aborted rejects with the reason, before it began and while it waits.', async () => {
    const stores = await openNewStore(newPlace);
    await createDevice(stores, 'lamp');
    const reason = new Error('nobody waits any more');
    const waiting = new AbortController();

    const begun = pageOf(stores, { signal: waiting.signal });
    waiting.abort(reason);

    await expect(begun).rejects.toBe(reason);
    await expect(pageOf(stores, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(idsOn(await pageOf(stores, {}))).toEqual(['lamp']);
  });
}

type PageOptions = {
  readonly condition?: string;
  readonly after?: Cursor | undefined;
  readonly limit?: number;
  readonly signal?: AbortSignal;
};

function pageOf(
  stores: Stores,
  { condition = '*', after, limit = 1000, signal = new AbortController().signal }: PageOptions,
): Promise<TwinPage> {
  return stores.queries.queryTwins({ condition: parseCondition(condition), orderBy: [], after, limit }, signal);
}

async function allPages(stores: Stores, options: PageOptions): Promise<readonly (readonly string[])[]> {
  const page = await pageOf(stores, options);
  return page.next === undefined ? [idsOn(page)] : [idsOn(page), ...(await allPages(stores, { ...options, after: page.next }))];
}

function idsOn({ twins }: TwinPage): readonly string[] {
  return twins.map(({ identity }) => identity.deviceId);
}
