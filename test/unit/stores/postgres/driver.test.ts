// Goal: prove what the driver adds to PostgreSQL: transactions that run again, statements that end when nobody wants them, words for the operator.
// Method: a server of the test's own, and two connections that get in each other's way.
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Database } from '../../../../src/stores/postgres/database.ts';
import type { Writer } from '../../../../src/stores/postgres/driver.ts';
import { migrate, MIGRATIONS } from '../../../../src/stores/postgres/migrate.ts';
import { NO_POSTGRES, sharePostgres } from '../../../support/postgres.ts';

describe.skipIf(NO_POSTGRES)('The PostgreSQL driver', () => {
  const newPlace = sharePostgres();
  let place = { url: '', schema: '' };
  beforeAll(async () => {
    place = newPlace();
    const database = new Database(place);
    await database.transaction(async (writer) => {
      await writer.runScript(
        `create schema ${place.schema}; create table rows (id text primary key, number bigint not null, document jsonb)`,
      );
    });
    await database.close();
  });

  function open(): Database {
    const database = new Database(place);
    onTestFinished(() => database.close());
    return database;
  }

  const numberOf = async (database: Database, id: string): Promise<number | undefined> => {
    const row = await database.row<{ number: number }>('select number from rows where id = $1', id);
    return row?.number;
  };

  const insert = (writer: Writer, id: string, number = 1): Promise<number> =>
    writer.run('insert into rows (id, number) values ($1, $2)', id, number);

  const add = (writer: Writer, id: string): Promise<number> => writer.run('update rows set number = number + 1 where id = $1', id);

  test('Large numbers are numbers, JSON is its text, and lists are values.', async () => {
    const database = open();

    const row = await database.row(
      `select 9007199254740991::bigint as number, '{"b": 1}'::jsonb as document, '[]'::json as list, $1::text[] as texts`,
      ['a"b', 'c\\d', null],
    );

    expect(row).toEqual({ number: Number.MAX_SAFE_INTEGER, document: '{"b": 1}', list: '[]', texts: ['a"b', 'c\\d', null] });
  });

  test('A text with NUL, as in the path of a request, is only not found.', async () => {
    const database = open();

    const found = await database.rows('select id from rows where id = $1 or id = any ($2)', 'a\0', ['\0', null]);

    expect(found).toEqual([]);
  });

  test('A transaction is undone as a whole when its operation throws, and when a statement fails that was only sent.', async () => {
    const database = open();

    const failures = await Promise.all([
      failureOf(
        database.transaction(async (writer) => {
          await insert(writer, 'thrown');
          throw new Error('No.');
        }),
      ),
      failureOf(
        database.transaction(async (writer) => {
          await insert(writer, 'sent');
          writer.send('insert into rows (id, number) values ($1, $2)', 'sent too', null);
        }),
      ),
    ]);

    expect(failures).toMatchObject([{ message: 'No.' }, { message: expect.stringContaining('null value in column "number"') }]);
    expect(await database.rows(`select id from rows where id in ('thrown', 'sent', 'sent too')`)).toEqual([]);
  });

  test('Two transactions that wait for each other both happen.', async () => {
    const [one, other] = [open(), open()];
    await one.transaction(async (writer) => {
      await insert(writer, 'left');
      await insert(writer, 'right');
    });
    const locked = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
    const both = Promise.all(locked.map(({ promise }) => promise));
    const cross = (database: Database, [first, second]: readonly [string, string], mine: { resolve(): void }): Promise<void> =>
      database.transaction(async (writer) => {
        await add(writer, first);
        mine.resolve();
        await both;
        await add(writer, second);
      });

    await Promise.all([cross(one, ['left', 'right'], locked[0]), cross(other, ['right', 'left'], locked[1])]);

    expect([await numberOf(one, 'left'), await numberOf(one, 'right')]).toEqual([3, 3]);
  });

  test('A transaction that loses the race for a new row runs again and sees the row of the winner.', async () => {
    const [one, other] = [open(), open()];
    const seen: unknown[] = [];
    const make = (database: Database): Promise<void> =>
      database.transaction(async (writer) => {
        const there = await writer.rows('select id from rows where id = $1', 'race');
        seen.push(there.length);
        if (there.length === 0) await insert(writer, 'race');
      });

    await Promise.all([make(one), make(other), make(one), make(other)]);

    expect(await numberOf(one, 'race')).toBe(1);
    expect(seen.filter((count) => count === 1)).toHaveLength(3);
  });

  test('What a read sees is of one moment.', async () => {
    const [one, other] = [open(), open()];
    await one.transaction((writer) => insert(writer, 'moment'));

    const seen = await one.read(async (reader) => {
      const before = await reader.row('select number from rows where id = $1', 'moment');
      await other.transaction((writer) => add(writer, 'moment'));
      return [before, await reader.row('select number from rows where id = $1', 'moment')];
    });

    expect(seen).toEqual([{ number: 1 }, { number: 1 }]);
    expect(await numberOf(one, 'moment')).toBe(2);
  });

  test('A search ends when its signal is aborted, and its connection serves the next one.', async () => {
    const database = open();
    const aborting = new AbortController();

    const searching = database.search(aborting.signal, (reader) => reader.rowsOnce('select pg_sleep(600)', []));
    await expect.poll(() => sleepers(database)).toBe(1);
    aborting.abort(new Error('Enough.'));

    await expect(searching).rejects.toThrow('Enough.');
    await expect.poll(() => sleepers(database)).toBe(0);
    for (let round = 0; round < 5; round += 1) {
      expect(await database.search(new AbortController().signal, (reader) => reader.rowsOnce('select 1 as one', []))).toEqual([{ one: 1 }]);
    }
  });

  test('A search leaves the other processes of the server alone while something is written, and not otherwise.', async () => {
    const database = open();
    const workers = (): Promise<unknown> =>
      database.search(new AbortController().signal, (reader) =>
        reader.row(`select current_setting('max_parallel_workers_per_gather')::integer as workers`),
      );
    const given = await database.row(`select current_setting('max_parallel_workers_per_gather')::integer as workers`);

    const beside = await database.transaction(workers);

    expect(given).not.toEqual({ workers: 0 });
    expect(beside).toEqual({ workers: 0 });
    expect(await workers()).toEqual(given);
  });

  test('A search that is aborted between two statements begins no other one.', async () => {
    const database = open();
    const aborting = new AbortController();
    const next = Promise.withResolvers<unknown>();

    const searching = database.search(aborting.signal, async (reader) => {
      await reader.row('select 1 as one');
      aborting.abort(new Error('Enough.'));
      next.resolve(await reader.rowsOnce('select 2 as two', []).catch((error: unknown) => error));
    });

    await expect(searching).rejects.toThrow('Enough.');
    expect(await next.promise).toMatchObject({ code: 'RequestTimedOut' });
  });

  test('A signal that is aborted before is a search that never begins.', async () => {
    const database = open();

    const searching = database.search(AbortSignal.abort(new Error('Never.')), () => Promise.reject(new Error('It ran.')));

    await expect(searching).rejects.toThrow('Never.');
  });

  test('A connection that the server ends fails its call with words for the operator, and the next call gets another one.', async () => {
    const [one, other] = [open(), open()];

    const failing = one.transaction(async (writer) => {
      const backend = await writer.row<{ pid: number }>('select pg_backend_pid() as pid');
      await other.row('select pg_terminate_backend($1)', backend?.pid ?? 0);
      await writer.row('select 1');
    });

    await expect(failing).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    expect(await one.row('select 1 as one')).toEqual({ one: 1 });
  });

  test('A server, a database and a CA file that are not there are named without the password.', async () => {
    const nowhere = new Database({ url: 'postgres://ann:secret@localhost/hub?host=/no/such/folder', schema: 'hub' });
    const noDatabase = new Database({ ...place, url: place.url.replace('/postgres?', '/nothing?') });
    const noCa = new Database({
      url: 'postgres://ann:secret@localhost/hub?sslmode=verify-full&sslrootcert=/no/such/ca.pem',
      schema: 'hub',
    });
    onTestFinished(async () => {
      for (const database of [nowhere, noDatabase, noCa]) await database.close();
    });

    const refusals = await Promise.all([nowhere, noDatabase, noCa].map((database) => failureOf(database.row('select 1'))));

    expect(refusals).toMatchObject([
      { code: 'ServiceUnavailable', message: expect.stringContaining('No database server answers where --store says.') },
      { code: 'ServiceUnavailable', message: expect.stringContaining('does not exist. Create it') },
      { code: 'ServiceUnavailable', message: expect.stringContaining('A certificate or key that --store names cannot be read.') },
    ]);
    expect(JSON.stringify(refusals.map((error) => [String(error), error instanceof Error ? String(error.cause) : '']))).not.toContain(
      'secret',
    );
  });

  test('A closed database ends what is under way and refuses what comes later.', async () => {
    const database = new Database(place);
    const underWay = database.transaction((writer) => insert(writer, 'last'));

    await database.close();

    expect(await underWay).toBe(1);
    await expect(database.row('select 1')).rejects.toMatchObject({ code: 'ServiceUnavailable', message: 'The store is closed.' });
    await expect(database.close()).resolves.toBeUndefined();
  });

  test('Hubs that start together on an empty place make its tables once.', async () => {
    const empty = newPlace();
    const databases = [1, 2, 3].map(() => new Database(empty));
    onTestFinished(async () => {
      for (const database of databases) await database.close();
    });

    await Promise.all(databases.map((database) => migrate(database)));

    expect(await databases[0]?.rows('select version from schema_version')).toEqual([{ version: MIGRATIONS.length }]);
  });

  test('A migration that fails leaves nothing behind.', async () => {
    const database = new Database(newPlace());
    onTestFinished(() => database.close());
    const broken = { version: MIGRATIONS.length + 1, script: 'create table half (id text); select no_such_column' };

    await expect(migrate(database, [...MIGRATIONS, broken])).rejects.toThrow('no_such_column');
    await migrate(database);

    expect(await database.rows('select version from schema_version')).toEqual([{ version: MIGRATIONS.length }]);
  });

  test('A schema of another program and one of a newer twinhub are refused and left as they were.', async () => {
    const [foreign, newer] = [newPlace(), newPlace()].map((empty) => new Database(empty));
    if (!foreign || !newer) throw new Error('There are two');
    onTestFinished(async () => {
      await foreign.close();
      await newer.close();
    });
    await foreign.transaction((writer) => writer.runScript(`create schema ${foreign.schema}; create table devices (id text)`));
    await migrate(newer, [...MIGRATIONS, { version: MIGRATIONS.length + 1, script: 'select 1' }]);

    const refusals = await Promise.all([foreign, newer].map((database) => failureOf(migrate(database))));

    expect(refusals).toMatchObject([
      { code: 'ServiceUnavailable', message: expect.stringContaining('another program') },
      { code: 'ServiceUnavailable', message: expect.stringContaining('knows only') },
    ]);
    expect(await foreign.rows('select tablename from pg_tables where schemaname = $1', foreign.schema)).toEqual([{ tablename: 'devices' }]);
  });
});

/** What a promise rejects with. */
function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

async function sleepers(database: Database): Promise<number> {
  const row = await database.row<{ sleepers: number }>(
    `select count(*) as sleepers from pg_stat_activity where state = 'active' and query = 'select pg_sleep(600)'`,
  );
  return row?.sleepers ?? 0;
}
