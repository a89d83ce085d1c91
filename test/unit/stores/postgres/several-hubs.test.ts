// Goal: prove that hubs which write to one schema at the same time lose nothing of each other, and that a reader of the change feed misses nothing.
// Method: two stores on one schema, and a transaction that a test holds open.
import { describe, expect, onTestFinished, test } from 'vitest';
import { appendChanges } from '../../../../src/stores/postgres/change-operations.ts';
import { openPostgresStore } from '../../../../src/stores/postgres/open-postgres-store.ts';
import { systemClock } from '../../../../src/system/system-clock.ts';
import { Database } from '../../../../src/stores/postgres/database.ts';
import type { PostgresPlace, Writer } from '../../../../src/stores/postgres/driver.ts';
import { openHub } from '../../../support/open-hub.ts';
import { NO_POSTGRES, sharePostgres } from '../../../support/postgres.ts';
import { itemsOf } from '../../../support/query/page-items.ts';
import { put, putModule, remove, report, update, write } from '../../../support/store-builders.ts';

type Store = Awaited<ReturnType<typeof openPostgresStore>>;

describe.skipIf(NO_POSTGRES)('Several hubs on one PostgreSQL schema', () => {
  const newPlace = sharePostgres();

  async function openTwo(): Promise<readonly [Store, Store]> {
    const place = newPlace();
    return [await open(place), await open(place)];
  }

  async function open(place: PostgresPlace): Promise<Store> {
    const store = await openPostgresStore(place, systemClock);
    onTestFinished(() => store.close());
    return store;
  }

  test('A device that all create is created by one of them alone.', async () => {
    const stores = await openTwo();
    const ids = Array.from({ length: 40 }, (_, index) => `device-${index % 8}`);

    const outcomes = await Promise.all(ids.map((id, index) => writeOne(stores[index % 2 === 0 ? 0 : 1], id)));

    const created = outcomes.flatMap(({ id, kind }) => (kind === 'done' ? [id] : []));
    expect(created.toSorted()).toEqual([...new Set(ids)].toSorted());
    expect(await stores[0].devices.listDevices(100)).toHaveLength(8);
    const feed = await stores[1].changes.readChanges(0, 100);
    expect(feed.map(({ deviceId }) => deviceId).toSorted()).toEqual([...new Set(ids)].toSorted());
  });

  test('The next page of a query comes from either hub, since the key of its token is in the store.', async () => {
    const place = newPlace();
    await using first = await openHub({ stores: await openPostgresStore(place, systemClock) });
    await using second = await openHub({ stores: await openPostgresStore(place, systemClock) });
    const ids = Array.from({ length: 5 }, (_, index) => `device-${index}`);
    for (const id of ids) await first.createDevice(id);
    const found: unknown[] = [];

    let continuation: string | undefined;
    for (const { hub } of [first, second, first]) {
      const page = await hub.queries.run({ text: 'SELECT * FROM devices', pageSize: 2, continuation });
      found.push(itemsOf(page).map(({ deviceId }) => deviceId));
      continuation = page.continuation;
    }

    expect(found).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
    expect(continuation).toBeUndefined();
  });

  test('Of updates that name the etag they read, one wins, whichever hub they go to.', async () => {
    const stores = await openTwo();
    const [created] = await stores[0].devices.writeDevices([put('lamp')]);
    if (created?.kind !== 'done') throw new Error('The device was not created');
    const precondition = { kind: 'match', etag: created.value.device.etag } as const;

    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        stores[index % 2 === 0 ? 0 : 1].devices.writeDevices([update('lamp', { precondition, statusReason: `${index}` })]),
      ),
    );

    expect(outcomes.flat().filter(({ kind }) => kind === 'done')).toHaveLength(1);
    expect(outcomes.flat().filter((outcome) => outcome.kind === 'refused' && outcome.refusal.code === 'PreconditionFailed')).toHaveLength(
      19,
    );
  });

  test('No change of a twin is lost, and each raises its version once.', async () => {
    const stores = await openTwo();
    await stores[0].devices.writeDevices([put('lamp'), put('door')]);
    const names = Array.from({ length: 100 }, (_, index) => `k${index}`);

    await Promise.all(
      names.map((name, index) => {
        const both = [report('lamp', { [name]: 1 }), report('door', { [name]: 1 }), write('lamp', { tags: { [name]: 1 } })];
        return stores[index % 2 === 0 ? 0 : 1].twins.applyTwinChanges(index % 3 === 0 ? both.toReversed() : both);
      }),
    );

    const all = Object.fromEntries(names.map((name) => [name, 1]));
    expect(await stores[0].twins.readTwin({ deviceId: 'lamp' })).toMatchObject({
      twin: { tags: all, etagCounter: 101, reported: { properties: all, version: 101 } },
    });
    expect(await stores[1].twins.readTwin({ deviceId: 'door' })).toMatchObject({ twin: { reported: { properties: all, version: 101 } } });
    expect(await stores[0].changes.readChanges(0, 1000)).toHaveLength(302);
  });

  test('A device has no more modules than it may, however many hubs make them.', async () => {
    const stores = await openTwo();
    await stores[0].devices.writeDevices([put('edge')]);

    const outcomes = await Promise.all(
      Array.from({ length: 120 }, (_, index) =>
        stores[index % 2 === 0 ? 0 : 1].modules.writeModules([putModule({ deviceId: 'edge', moduleId: `m${index}` })]),
      ),
    );

    const made = outcomes.flat().filter(({ kind }) => kind === 'done').length;
    expect(await stores[1].modules.listModules('edge')).toHaveLength(made);
    expect(outcomes.flat().filter(({ kind }) => kind === 'refused')).toHaveLength(120 - made);
    expect(made).toBe(50);
  });

  test('Deletes, creates and reports that meet leave each device whole or gone.', async () => {
    const stores = await openTwo();
    const ids = ['a', 'b', 'c'];

    await Promise.all(
      Array.from({ length: 30 }, async (_, index) => {
        const store = stores[index % 2 === 0 ? 0 : 1];
        await store.devices.writeDevices(ids.map((id) => put(id)));
        await store.twins.applyTwinChanges(ids.toReversed().map((id) => report(id, { index })));
        await store.devices.writeDevices(ids.toReversed().map((id) => remove(id)));
      }),
    );

    await stores[0].devices.writeDevices(ids.map((id) => put(id)));
    for (const deviceId of ids) expect(await stores[1].twins.readTwin({ deviceId })).toMatchObject({ twin: { reported: { version: 1 } } });
  });

  test('Changes come in the order of their commits: a transaction waits for one that has begun to append, and a reader misses neither.', async () => {
    const place = newPlace();
    const store = await open(place);
    await store.devices.writeDevices([put('before')]);
    // The older one of the two transactions is the one that appends last.
    const older = await holdOpen(place, (writer) => writer.run('select pg_current_xact_id()'));
    const early = await holdOpen(place, appendEarly);
    const late = store.devices.writeDevices([put('late')]);
    await older.commit();
    await expect.poll(() => waitingForFeed(place)).toBe(1);

    const meanwhile = await idsInFeed(store);
    await early.commit();
    await late;

    expect(meanwhile).toEqual(['before']);
    expect(await idsInFeed(store)).toEqual(['before', 'early', 'late']);
  });

  test('A transaction that is undone holds up the change feed no longer, and leaves no entry.', async () => {
    const place = newPlace();
    const store = await open(place);
    const early = await holdOpen(place, appendEarly);
    const late = store.devices.writeDevices([put('late')]);
    await expect.poll(() => waitingForFeed(place)).toBe(1);

    await early.undo();
    await late;

    expect(await idsInFeed(store)).toEqual(['late']);
  });
});

async function writeOne(store: Store, id: string): Promise<{ readonly id: string; readonly kind: string | undefined }> {
  const [outcome] = await store.devices.writeDevices([put(id)]);
  return { id, kind: outcome?.kind };
}

async function idsInFeed(store: Store): Promise<readonly string[]> {
  const feed = await store.changes.readChanges(0, 100);
  return feed.map(({ deviceId }) => deviceId);
}

async function appendEarly(writer: Writer): Promise<void> {
  appendChanges(writer, [{ deviceId: 'early', at: '', kind: 'twinUpdated', sections: ['tags'] }]);
  // It comes after what was sent.
  await writer.run('select 1');
}

/** How many transactions of the schema's database wait for an advisory lock. */
async function waitingForFeed(place: PostgresPlace): Promise<number> {
  const database = new Database(place);
  try {
    const [row] = await database.read((reader) =>
      reader.rows<{ readonly waiting: number }>(
        `select count(*)::integer as waiting
         from pg_locks
         where locktype = 'advisory'
         and not granted
         and database = (select oid from pg_database where datname = current_database())`,
      ),
    );
    return row?.waiting ?? 0;
  } finally {
    await database.close();
  }
}

type HeldTransaction = { commit(): Promise<void>; undo(): Promise<void> };

/** A transaction that has written and goes on until the test ends it. */
async function holdOpen(place: PostgresPlace, begin: (writer: Writer) => Promise<unknown>): Promise<HeldTransaction> {
  const database = new Database(place);
  onTestFinished(() => database.close());
  const begun = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  const ended = database
    .transaction(async (writer) => {
      await begin(writer);
      begun.resolve();
      await end.promise;
    })
    .catch(() => undefined);
  await begun.promise;
  return {
    async commit(): Promise<void> {
      end.resolve();
      await ended;
    },
    async undo(): Promise<void> {
      end.reject(new Error('Undone.'));
      await ended;
    },
  };
}
