// What a search on PostgreSQL does besides finding: it stops when it is told to, holds up nobody, and looks at no more devices than it must.
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseCondition, parseQuery } from '../../../../src/domain/query/parser.ts';
import type { DocumentQuery } from '../../../../src/ports/query-store.ts';
import type { Stores } from '../../../../src/ports/stores.ts';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { Database } from '../../../../src/stores/postgres/database.ts';
import type { PostgresPlace, Reader } from '../../../../src/stores/postgres/driver.ts';
import { openPostgresStore } from '../../../../src/stores/postgres/open-postgres-store.ts';
import { systemClock } from '../../../../src/system/system-clock.ts';
import { queryGroups } from '../../../../src/stores/postgres/query-groups.ts';
import { CHUNK } from '../../../../src/stores/postgres/query-page.ts';
import { queryModuleTwins, queryTwins } from '../../../../src/stores/postgres/query-twins.ts';
import { NO_POSTGRES, sharePostgres } from '../../../support/postgres.ts';
import { NOON, put } from '../../../support/store-builders.ts';

describe.skipIf(NO_POSTGRES)('A search on PostgreSQL', () => {
  const newPlace = sharePostgres();

  async function openAt(place: PostgresPlace): Promise<{ readonly stores: Stores; readonly database: Database }> {
    const stores = await openPostgresStore(place, systemClock);
    const database = new Database(place);
    onTestFinished(async () => {
      await stores.close();
      await database.close();
    });
    await stores.devices.writeDevices(['a', 'b', 'c'].map((id) => put(id)));
    return { stores, database };
  }

  test('That is cancelled is ended in the database too, and its connection serves the next one.', async () => {
    const { stores, database } = await openAt(newPlace());
    const table = await lockTwins(database);
    const reason = new Error('nobody waits any more');
    const controllers = Array.from({ length: LIMITS.querySearchesAtOnce.value + 1 }, () => new AbortController());

    const searches = controllers.map(({ signal }) => stores.queries.queryTwins(searchFor('*'), signal));
    while ((await waiting(database)) < LIMITS.querySearchesAtOnce.value) continue;
    for (const controller of controllers) controller.abort(reason);
    const results = await Promise.allSettled(searches);
    while ((await waiting(database)) > 0) continue;
    await table.release();

    expect(results).toEqual(controllers.map(() => ({ status: 'rejected', reason })));
    for (const _ of controllers) expect(await idsOf(stores, '*')).toEqual(['a', 'b', 'c']);
  });

  test('That waits holds up no read and no write of devices, and no more searches run at once than the limit.', async () => {
    const { stores, database } = await openAt(newPlace());
    const table = await lockTwins(database);

    const searches = Array.from({ length: 20 }, () => idsOf(stores, 'version > 0'));
    await expect.poll(() => waiting(database)).toBe(LIMITS.querySearchesAtOnce.value);
    const read = await stores.devices.readDevice('a');
    const connection = { kind: 'connected', modelId: '', cleanSession: false, deviceId: 'a', connectionId: 'c', at: NOON } as const;
    const [etag] = await stores.devices.recordConnections([connection]);
    const atOnce = await waiting(database);
    await table.release();

    expect(read?.deviceId).toBe('a');
    expect(etag).toBeDefined();
    expect(atOnce).toBe(LIMITS.querySearchesAtOnce.value);
    expect(await Promise.all(searches)).toEqual(Array(20).fill(['a', 'b', 'c']));
  });

  test.each([
    ['*', 'devices', `Index Cond: (device_id > 'a'::text)`],
    [`deviceId = 'b'`, 'devices', `Index Cond: ((device_id > 'a'::text) AND (device_id = 'b'::text))`],
    ['tags.a = 1', 'twins', `Index Cond: ((device_id > 'a'::text) AND (module_id = ''::text))`],
    [`DeviceId IN ['a', 'b'] AND tags.a = 1`, 'twins', `(device_id = ANY ('{a,b}'::text[]))`],
  ])('For %s goes through the ids of %s alone, and sorts nothing.', async (condition, table, access) => {
    const { database } = await openAt(newPlace());

    const plan = await planOf(database, (reader) => queryTwins(reader, { ...searchFor(condition), limit: MANY, after: ['a'] }));

    expect(plan).toContain(`using ${table}_pkey`);
    expect(plan).toContain(access);
    expect(plan).not.toContain('Sort');
    expect(plan).not.toContain(table === 'twins' ? 'devices' : 'twins');
  });

  test('Looks at devices and at twins only where it asks for what they say.', async () => {
    const { database } = await openAt(newPlace());

    const plan = await planOf(database, (reader) =>
      queryTwins(reader, { ...searchFor(`status = 'enabled' AND version > 0`), limit: MANY }),
    );
    const ofDevices = await planOf(database, (reader) => queryTwins(reader, { ...searchFor(`status = 'disabled'`), limit: MANY }));
    const count = await planOf(database, (reader) => {
      const { from, where: condition, groupBy = [], select, orderBy } = parseQuery('SELECT COUNT() AS n FROM devices');
      return queryGroups(reader, {
        from,
        condition,
        groupBy,
        columns: select === 'all' ? [] : select,
        orderBy,
        after: undefined,
        limit: 1,
      });
    });

    expect(plan).toContain('using devices_pkey');
    expect(plan).toContain('twins');
    expect(ofDevices).toContain('using disabled_devices');
    expect(ofDevices).not.toContain('twins');
    expect(count).not.toContain('twins');
  });

  test('Goes from the documents of a page to what is read of each, and sorts them no more.', async () => {
    const { database } = await openAt(newPlace());

    const plan = await planOf(database, (reader) => queryTwins(reader, searchFor('tags.a = 1')));

    expect(plan).toMatch(/^Nested Loop/);
    expect(plan).toContain('Index Cond: ((device_id = t.device_id) AND (module_id');
    expect(plan).not.toContain('Sort');
  });

  test.each([
    ['*', `(ROW(device_id, module_id) > ROW('a'::text, 'm'::text))`],
    [`deviceId = 'b' AND moduleId = 'm'`, `(device_id = 'b'::text) AND (module_id = 'm'::text)`],
  ])('Among modules for %s goes through the index of modules.', async (condition, access) => {
    const { database } = await openAt(newPlace());

    const plan = await planOf(database, (reader) => queryModuleTwins(reader, { ...searchFor(condition), limit: MANY, after: ['a', 'm'] }));

    expect(plan).toContain('using modules_pkey');
    expect(plan).toContain(access);
    expect(plan).not.toContain('Sort');
  });
});

/** More than come with the statement that finds them, which shows how it finds alone. */
const MANY = CHUNK + 1;

function searchFor(condition: string): DocumentQuery {
  return { condition: parseCondition(condition), orderBy: [], after: undefined, limit: 100 };
}

async function idsOf(stores: Stores, condition: string): Promise<readonly string[]> {
  const { twins } = await stores.queries.queryTwins(searchFor(condition), new AbortController().signal);
  return twins.map(({ identity }) => identity.deviceId);
}

/** Nobody reads a twin until it is released. */
async function lockTwins(database: Database): Promise<{ readonly release: () => Promise<void> }> {
  const { promise: end, resolve: release } = Promise.withResolvers<void>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const transaction = database.transaction(async (writer) => {
    await writer.run('lock table twins in access exclusive mode');
    begin();
    await end;
  });
  await begun;
  return {
    release: () => {
      release();
      return transaction;
    },
  };
}

/** How many statements wait for a lock. */
async function waiting(database: Database): Promise<number> {
  const row = await database.row<{ readonly count: number }>('select count(*) as count from pg_locks where not granted');
  return row?.count ?? 0;
}

/** How PostgreSQL would run what a search finds documents by, in a table that is large. */
async function planOf(database: Database, search: (reader: Reader) => Promise<unknown>): Promise<string> {
  const plans: string[] = [];
  await database.transaction(async (writer) => {
    for (const way of ['seqscan', 'bitmapscan', 'hashjoin', 'mergejoin']) await writer.run(`set local enable_${way} = off`);
    await search({
      row: (sql, ...values) => writer.row(sql, ...values),
      rows: (sql, ...values) => writer.rows(sql, ...values),
      rowsOnce: async (sql, values) => {
        const steps = await writer.rowsOnce<{ readonly 'QUERY PLAN': string }>(`explain ${sql}`, values);
        plans.push(...steps.map((step) => step['QUERY PLAN']));
        return writer.rowsOnce(sql, values);
      },
    });
  });
  return plans.join('\n');
}
