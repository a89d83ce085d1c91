// Goal: prove that the jobs of a hub that ended, however it did, go to the next one at once, and those of a hub that lives never do.
// Method: two stores on one schema, of which one is closed, or loses its connections.
import { describe, expect, onTestFinished, test } from 'vitest';
import { Database } from '../../../../src/stores/postgres/database.ts';
import type { PostgresPlace } from '../../../../src/stores/postgres/driver.ts';
import { openPostgresStore } from '../../../../src/stores/postgres/open-postgres-store.ts';
import { systemClock } from '../../../../src/system/system-clock.ts';
import type { Stores } from '../../../../src/ports/stores.ts';
import { SOMEONE } from '../../../support/actors.ts';
import { runningJob } from '../../../support/job-builders.ts';
import { NO_POSTGRES, sharePostgres } from '../../../support/postgres.ts';
import { timeAt } from '../../../support/store-builders.ts';

describe.skipIf(NO_POSTGRES)('The lease of a job', () => {
  const newPlace = sharePostgres();

  test('keeps others away while the hub of its owner lives, and no longer.', async () => {
    const [place, one, other] = await openTwo();
    await one.jobs.createJob(runningJob('job', { startTime: timeAt(1) }), SOMEONE);
    const first = await lease(one, 'hub-1');

    const whileItLives = await lease(other, 'hub-2');
    await one.close();
    await untilOneIsHeld(place);
    const afterwards = await lease(other, 'hub-2');

    expect(first).toEqual([false]);
    expect(whileItLives).toEqual([]);
    expect(afterwards).toEqual([true]);
  });

  test('is kept again after the connections of its owner broke, as soon as it is renewed.', async () => {
    const [place, one, other] = await openTwo();
    await one.jobs.createJob(runningJob('job', { startTime: timeAt(1) }), SOMEONE);
    await lease(one, 'hub-1');
    await breakConnections(place);
    // The pool meets each of its broken connections once.
    await expect.poll(() => lease(one, 'hub-1').catch(() => 'not yet')).toEqual([false]);

    const taken = await lease(other, 'hub-2');

    expect(taken).toEqual([]);
  });

  async function openTwo(): Promise<readonly [PostgresPlace, Stores, Stores]> {
    const place = newPlace();
    const stores = [await openPostgresStore(place, systemClock), await openPostgresStore(place, systemClock)] as const;
    onTestFinished(async () => {
      for (const store of stores) await store.close();
    });
    return [place, ...stores];
  }
});

/** @returns for each job whether it was taken over. */
async function lease(store: Stores, owner: string): Promise<readonly boolean[]> {
  const leased = await store.jobs.leaseJobs({ owner, at: timeAt(10), until: timeAt(20), startBy: timeAt(10), limit: 10 });
  return leased.map(({ takenOver }) => takenOver);
}

/** The name of the hub that lives: the server notices the end of a connection a moment after it. */
async function untilOneIsHeld(place: PostgresPlace): Promise<void> {
  await expect.poll(() => countOf(place, `select count(*) as rows from pg_locks where locktype = 'advisory'`)).toBe(1);
}

async function breakConnections(place: PostgresPlace): Promise<void> {
  await countOf(
    place,
    `select count(pg_terminate_backend(pid, 10000)) as rows from pg_stat_activity where application_name = 'twinhub' and pid <> pg_backend_pid()`,
  );
}

async function countOf(place: PostgresPlace, sql: string): Promise<number | undefined> {
  const database = new Database(place);
  try {
    const row = await database.row<{ rows: number }>(sql);
    return row?.rows;
  } finally {
    await database.close();
  }
}
