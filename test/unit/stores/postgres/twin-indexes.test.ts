// Goal: indexes of PostgreSQL hold up nobody. Method: two stores on one schema, and transactions that a test holds open.
import { describe, expect, onTestFinished, test } from 'vitest';
import { Database } from '../../../../src/stores/postgres/database.ts';
import type { PostgresPlace } from '../../../../src/stores/postgres/driver.ts';
import { openPostgresStore } from '../../../../src/stores/postgres/open-postgres-store.ts';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { systemClock } from '../../../../src/system/system-clock.ts';
import { NO_POSTGRES, sharePostgres } from '../../../support/postgres.ts';
import { createDevice, indexWrite, report, timeAt } from '../../../support/store-builders.ts';

describe.skipIf(NO_POSTGRES)('An index on PostgreSQL', () => {
  const newPlace = sharePostgres();

  async function open(place: PostgresPlace): Promise<Awaited<ReturnType<typeof openPostgresStore>>> {
    const store = await openPostgresStore(place, systemClock);
    onTestFinished(() => store.close());
    return store;
  }

  test('Its triggers are removed another time while a search is under way, which writes do not wait for.', async () => {
    const place = newPlace();
    const stores = await open(place);
    const database = new Database(place);
    onTestFinished(() => database.close());
    await createDevice(stores, 'lamp');
    await stores.indexes.createIndex(indexWrite('properties.reported.a'));
    await stores.indexes.dropIndex(indexWrite('properties.reported.a', timeAt(1)));

    const trimmed = await database.read(async (reader) => {
      await reader.rows('select device_id from twins');
      const answer = await stores.indexes.trimIndexes(timeAt(2), 10);
      await stores.twins.applyTwinChanges([report('lamp', { a: 1 })]);
      return answer;
    });
    const triggers = `select tgname from pg_trigger where tgrelid = 'twins'::regclass and not tgisinternal`;
    const left = await database.rows(triggers);

    expect(trimmed).toBe(false);
    expect(left).toHaveLength(3);
    expect(await stores.indexes.trimIndexes(timeAt(2), 10)).toBe(true);
    expect(await database.rows(triggers)).toEqual([]);
    expect(await database.rows('select index_id from twin_indexes')).toEqual([]);
  });

  test('Hubs that build at the same time share the work.', async () => {
    const place = newPlace();
    const [one, other] = [await open(place), await open(place)];
    for (let index = 0; index < 20; index += 1) await createDevice(one, `device-${index}`);
    await one.indexes.createIndex(indexWrite('tags.a'));

    const build = async (store: typeof one): Promise<number> => {
      let steps = 1;
      while (await store.indexes.buildIndexes(2)) steps += 1;
      return steps;
    };
    const steps = await Promise.all([build(one), build(other)]);

    expect(steps[0] + steps[1]).toBeGreaterThanOrEqual(11);
    expect(await other.indexes.measureIndexes()).toMatchObject([{ state: 'ready', entries: 20, twins: 20 }]);
  });

  test('The entries of an index are vacuumed when it is built, so that counts do not look up each of them twice.', async () => {
    const place = newPlace();
    const stores = await open(place);
    const database = new Database(place);
    onTestFinished(() => database.close());
    for (const id of ['lamp', 'door', 'pump']) await createDevice(stores, id);
    await stores.indexes.createIndex(indexWrite('tags.a'));
    const vacuums = `select relname, vacuum_count as vacuums from pg_stat_user_tables where schemaname = current_schema() and relname ~ '^twin_index_'`;

    expect(await stores.indexes.buildIndexes(2)).toBe(true);
    expect(await database.rows(vacuums)).toEqual([{ relname: 'twin_index_1', vacuums: 0 }]);
    expect(await stores.indexes.buildIndexes(2)).toBe(false);
    await expect.poll(() => database.rows(vacuums)).toEqual([{ relname: 'twin_index_1', vacuums: 1 }]);
  });

  test('A value that a write changes, which began before the index was made, is waited for and leaves no old entry behind.', async () => {
    const place = newPlace();
    const stores = await open(place);
    const database = new Database(place);
    onTestFinished(() => database.close());
    await createDevice(stores, 'lamp');
    await stores.twins.applyTwinChanges([report('lamp', { a: 1 })]);

    const building = await database.transaction(async (writer) => {
      await writer.rows('select reported from twins for no key update');
      await stores.indexes.createIndex(indexWrite('properties.reported.a'));
      await writer.run(`update twins set reported = '{"a": 2}'`);
      const steps = stores.indexes.buildIndexes(10);
      const waiting = 'select 1 from pg_locks where not granted and transactionid = pg_current_xact_id()::xid';
      await expect.poll(() => writer.rows(waiting)).toHaveLength(1);
      return { steps };
    });

    expect(await building.steps).toBe(false);
    expect(await stores.indexes.measureIndexes()).toMatchObject([{ state: 'ready', entries: 1 }]);
    expect(await database.rows('select number from twin_index_1')).toEqual([{ number: 2 }]);
  });

  test('A key holds as much of a string as its limit says.', async () => {
    const database = new Database(newPlace());
    onTestFinished(() => database.close());
    await (await open({ url: newPlace().url, schema: database.schema })).checkReady();
    const long = 'é'.repeat(LIMITS.twinIndexKeyChars.value);

    const keys = await database.row<{ readonly whole: number; readonly cut: number; readonly kept: string }>(
      `select twin_index_rank(to_jsonb($1::text)) as whole, twin_index_rank(to_jsonb($1::text || 'x')) as cut,
         twin_index_text(to_jsonb($1::text || 'x')) as kept`,
      long,
    );

    expect(keys).toEqual({ whole: 4, cut: 7, kept: long });
  });
});
