// Goal: a hub knows what became of each commit, also of one whose answer it never got, and ends although its server does not answer.
// Method: a line to the server that cuts the connection between a commit and its answer, or says nothing any more.
import { describe, expect, onTestFinished, test } from 'vitest';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { parseDeviceSpec } from '../../../../src/domain/identity/parse-device-spec.ts';
import type { Clock, Timer } from '../../../../src/ports/clock.ts';
import { CommitMarks, LostCommit } from '../../../../src/stores/postgres/commit-marks.ts';
import { Database } from '../../../../src/stores/postgres/database.ts';
import { openPool, type Writer } from '../../../../src/stores/postgres/driver.ts';
import { Lines } from '../../../../src/stores/postgres/lines.ts';
import { migrate } from '../../../../src/stores/postgres/migrate.ts';
import { openPostgresStore } from '../../../../src/stores/postgres/open-postgres-store.ts';
import { systemClock } from '../../../../src/system/system-clock.ts';
import { SOMEONE } from '../../../support/actors.ts';
import { methodJob } from '../../../support/job-builders.ts';
import { openHub, principalOf, RecordingLink } from '../../../support/open-hub.ts';
import { PostgresProxy } from '../../../support/postgres-proxy.ts';
import { NO_POSTGRES, sharePostgres } from '../../../support/postgres.ts';
import { NOON } from '../../../support/store-builders.ts';
import { connectDevices, runJob } from '../../../support/stored-jobs.ts';

/** On which every pause is over at once. */
class HastyClock implements Clock {
  readonly pausesMs: number[] = [];
  readonly #onPause: (pauses: number) => void;

  constructor(onPause: (pauses: number) => void = () => undefined) {
    this.#onPause = onPause;
  }

  nowMs(): number {
    return 0;
  }

  after(delayMs: number, run: () => void): Timer {
    this.pausesMs.push(delayMs);
    this.#onPause(this.pausesMs.length);
    const due = setImmediate(run);
    return { cancel: () => clearImmediate(due) };
  }
}

describe.skipIf(NO_POSTGRES)('A connection that breaks', () => {
  const newPlace = sharePostgres();

  type Opened = { readonly proxy: PostgresProxy; readonly through: Database; readonly beside: Database; readonly clock: HastyClock };

  /** One database over a line that may break, one over none. */
  async function open(clock = new HastyClock()): Promise<Opened> {
    const place = newPlace();
    const proxy = await PostgresProxy.open(place.url);
    const [through, beside] = [new Database({ ...place, url: proxy.url }), new Database(place)];
    onTestFinished(async () => {
      await through.close();
      await beside.close();
    });
    await migrate(beside);
    await beside.transaction((writer) => writer.runScript('create table rows (id text primary key)'));
    through.markCommits(clock);
    return { proxy, through, beside, clock };
  }

  const insert = (writer: Writer, id: string): Promise<number> => writer.run('insert into rows (id) values ($1)', id);

  const idsIn = async (database: Database): Promise<readonly string[]> =>
    (await database.rows<{ id: string }>('select id from rows order by id')).map(({ id }) => id);

  /** The first words of the statements that wait for another transaction. */
  const waiting = async (database: Database): Promise<readonly string[]> => {
    const rows = await database.rows<{ word: string }>(
      `select split_part(query, ' ', 1) as word
       from pg_stat_activity
       where wait_event_type = 'Lock'
       order by word`,
    );
    return rows.map(({ word }) => word);
  };

  test('after the commit, before its answer, leaves the transaction done, and its caller with the result.', async () => {
    const { proxy, through, beside } = await open();
    for (const id of ['a', 'b', 'c']) await through.transaction((writer) => insert(writer, id));
    proxy.lose('answer', /insert into rows/);

    const inserted = await through.transaction((writer) => insert(writer, 'd'));
    await through.transaction((writer) => insert(writer, 'e'));

    expect([inserted, proxy.lost]).toEqual([1, 1]);
    expect(await idsIn(beside)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('before the commit reaches the server leaves the transaction undone, ended, and its caller told.', async () => {
    const { proxy, through, beside } = await open();
    proxy.lose('commit', /insert into rows/);

    const lost = through.transaction((writer) => insert(writer, 'a'));

    await expect(lost).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    expect(proxy.lost).toBe(1);
    expect(await beside.transaction((writer) => insert(writer, 'a'))).toBe(1);
  });

  test.each([
    { mark: 'was there', trim: `delete from commits where at < now() - interval '1 day'` },
    { mark: 'had been trimmed', trim: 'delete from commits' },
  ])('while the server still works on a transaction whose mark $mark has its caller wait for the end of that.', async ({ trim }) => {
    const { proxy, through, beside } = await open();
    await through.transaction((writer) => insert(writer, 'a'));
    await beside.transaction((writer) => writer.run(trim));
    const told: string[] = [];
    proxy.lose('line', /delete from rows/);

    const lost = await beside.transaction(async (writer) => {
      await writer.run(`update rows set id = id where id = 'a'`);
      const deleting = through.transaction(async (other) => {
        await other.row('select 1');
        other.send(`delete from rows where id = 'a'`);
        return 'deleted';
      });
      const noted = deleting.then((answer) => told.push(answer));
      await expect.poll(() => waiting(beside)).toEqual(['delete']);
      proxy.cut();
      await expect.poll(() => waiting(beside)).toEqual(['delete', 'insert']);
      told.push('still there');
      return { noted };
    });
    await lost.noted;

    expect(told).toEqual(['still there', 'deleted']);
    expect(await idsIn(beside)).toEqual([]);
  });

  test('before the commit holds up no later transaction, while the server still works on the one that broke.', async () => {
    const { proxy, through, beside } = await open();
    await through.transaction((writer) => insert(writer, 'a'));

    const inserted = await beside.transaction(async (writer) => {
      await writer.run(`update rows set id = id where id = 'a'`);
      const broken = through.transaction(async (other) => {
        await other.runScript('set local lock_timeout = 0');
        return await other.run(`delete from rows where id = 'a'`);
      });
      broken.catch(() => undefined);
      await expect.poll(() => waiting(beside)).toEqual(['delete']);
      proxy.cutAll();
      await expect(broken).rejects.toMatchObject({ code: 'ServiceUnavailable' });
      return await through.transaction((other) => insert(other, 'b'));
    });

    expect(inserted).toBe(1);
    expect(await idsIn(beside)).toEqual(['a', 'b']);
  });

  test('in a transaction that reads nothing is as harmless.', async () => {
    const { proxy, through, beside } = await open();
    proxy.lose('answer', /insert into rows/);

    await through.transaction((writer) => Promise.resolve(writer.send('insert into rows (id) values ($1)', 'a')));

    expect([await idsIn(beside), proxy.lost]).toEqual([['a'], 1]);
  });

  test('when a job has taken its devices leaves none of them waiting.', async () => {
    const place = newPlace();
    const proxy = await PostgresProxy.open(place.url);
    const stores = await openPostgresStore({ ...place, url: proxy.url }, systemClock);
    onTestFinished(() => stores.close());
    await connectDevices(stores, ['lamp', 'pump']);
    await runJob(stores, methodJob('restart'), ['lamp', 'pump']);
    proxy.lose('answer', /update job_devices/);

    const claimed = await stores.jobs.claimCalls({ jobId: 'restart', limit: 2, at: NOON });

    expect(proxy.lost).toBe(1);
    expect(claimed.deviceIds).toEqual(['lamp', 'pump']);
  });

  test('when a job has taken its devices, and a server that is back after hours, leave none of them waiting.', async () => {
    const place = newPlace();
    const proxy = await PostgresProxy.open(place.url);
    const clock = new HastyClock((pauses) => {
      if (pauses === 10 * LIMITS.storeOutcomeAttempts.value) proxy.comeBack();
    });
    const told: Error[] = [];
    const stores = await openPostgresStore({ ...place, url: proxy.url }, clock, (error) => told.push(error));
    onTestFinished(() => stores.close());
    await connectDevices(stores, ['lamp', 'pump']);
    await runJob(stores, methodJob('restart'), ['lamp', 'pump']);
    proxy.lose('answer', /update job_devices/, { away: true });

    const claimed = await stores.jobs.claimCalls({ jobId: 'restart', limit: 2, at: NOON });

    expect(claimed.deviceIds).toEqual(['lamp', 'pump']);
    expect(clock.pausesMs).toHaveLength(10 * LIMITS.storeOutcomeAttempts.value);
    expect(Math.max(...clock.pausesMs)).toBe(LIMITS.storeOutcomeLastMs.value);
    // Once, after as long as any other caller would wait.
    expect(told).toEqual([expect.objectContaining({ code: 'ServiceUnavailable' })]);
  });

  test('when a job has taken its devices, and a server that is not back, end with the store.', async () => {
    const place = newPlace();
    const proxy = await PostgresProxy.open(place.url);
    const enough = Promise.withResolvers<void>();
    const clock = new HastyClock((pauses) => {
      if (pauses === 2 * LIMITS.storeOutcomeAttempts.value) enough.resolve();
    });
    const stores = await openPostgresStore({ ...place, url: proxy.url }, clock);
    await connectDevices(stores, ['lamp']);
    await runJob(stores, methodJob('restart'), ['lamp']);
    proxy.lose('answer', /update job_devices/, { away: true });

    const claiming = stores.jobs.claimCalls({ jobId: 'restart', limit: 1, at: NOON });
    claiming.catch(() => undefined);
    await enough.promise;
    await stores.close();

    await expect(claiming).rejects.toMatchObject({ code: 'ServiceUnavailable' });
  });

  test('when a caller waits, and a server that is away for longer than half a minute, have the caller told so.', async () => {
    const { proxy, through, beside, clock } = await open();
    proxy.lose('answer', /insert into rows/, { away: true });

    const lost = through.transaction((writer) => insert(writer, 'a'));

    await expect(lost).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    expect(clock.pausesMs).toHaveLength(LIMITS.storeOutcomeAttempts.value - 1);
    expect(clock.pausesMs.reduce((sum, ms) => sum + ms)).toBe(31_350);
    expect(await idsIn(beside)).toEqual(['a']);
  });

  test('has no other connection ended that has the number of its process since.', async () => {
    const { through, beside } = await open();
    const place = { url: newPlace().url, schema: beside.schema };
    const lines = new Lines();
    const pool = openPool(place, lines, { max: 1 });
    onTestFinished(() => pool.end());
    const marks = new CommitMarks(pool, { clock: systemClock, onSilence: () => undefined });

    const answers = await through.transaction(async (writer) => {
      const own = await writer.row<{ pid: number }>('select pg_backend_pid() as pid');
      const backend = { pid: own?.pid ?? 0, startedAt: '1700000000.000000' };
      const committed = await marks.isCommitted(new LostCommit({ id: 1_000_000, mark: 1 }, backend, new Error('It broke.')));
      return [committed, await writer.row('select 1 as one')];
    });

    expect(answers).toEqual([false, { one: 1 }]);
  });

  test('when desired properties were written has the device told of them.', async () => {
    const place = newPlace();
    const proxy = await PostgresProxy.open(place.url);
    await using running = await openHub({ stores: await openPostgresStore({ ...place, url: proxy.url }, systemClock) });
    const device = await running.hub.devices.put(parseDeviceSpec('lamp', {}), { kind: 'none' }, SOMEONE);
    const link = new RecordingLink();
    await running.hub.connections.connect(principalOf(device), link);
    proxy.lose('answer', /update twins/);

    const written = await running.hub.twins.write({
      kind: 'patch',
      deviceId: 'lamp',
      body: { properties: { desired: { on: true } } },
      precondition: { kind: 'none' },
      by: SOMEONE,
    });

    expect(proxy.lost).toBe(1);
    expect(written.twin.desired.version).toBe(2);
    expect(link.notices).toHaveLength(1);
  });
});

describe.skipIf(NO_POSTGRES)('A server that says nothing any more', () => {
  const newPlace = sharePostgres();

  test('keeps no hub from ending, whatever it had under way.', async () => {
    const place = newPlace();
    const proxy = await PostgresProxy.open(place.url);
    const database = new Database({ ...place, url: proxy.url }, 100);
    await migrate(database);
    database.markCommits(systemClock);
    await Promise.all([database.hold('ann'), database.row('select 1'), database.row('select 2')]);
    proxy.mute();
    const opened = proxy.opened;
    const search = (): Promise<unknown> => database.search(new AbortController().signal, (reader) => reader.row('select 1'));
    const searches = Array.from({ length: 2 * LIMITS.querySearchesAtOnce.value }, search);
    const underWay = [database.transaction((writer) => writer.run('delete from changes')), database.row('select 1'), ...searches];
    const outcomes = Promise.allSettled(underWay);

    await database.close();

    expect((await outcomes).map(({ status }) => status)).toEqual(underWay.map(() => 'rejected'));
    // Those searches that waited for the first ones did not wait for the server too.
    expect(proxy.opened - opened).toBe(LIMITS.querySearchesAtOnce.value);
    await expect(database.row('select 1')).rejects.toMatchObject({ code: 'ServiceUnavailable' });
  });
});
