// Queries that take too long, or are under way when the hub stops.
import { expect, test } from 'vitest';
import { LIMITS } from '../../../src/domain/limits.ts';
import { formatIndexPlace, parseIndexPlace } from '../../../src/domain/query/index/twin-index.ts';
import type { QueryStore, StoreQuery } from '../../../src/ports/query-store.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { queriesOver } from '../../support/query/queries-over.ts';

const REQUEST = { text: 'SELECT * FROM devices', pageSize: 10, continuation: undefined };

/** Finds nothing until it is told to stop. */
const endless: Partial<QueryStore> = {
  queryTwinDocuments: (_from, _query, signal) =>
    new Promise((_resolve, reject) => {
      if (signal.aborted) reject(signal.reason as Error);
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    }),
};

test('A query is ended when its time is over, and not before.', async () => {
  const clock = new FakeClock();
  let ended = false;

  const running = queriesOver(clock, endless)
    .run(REQUEST)
    .finally(() => (ended = true));
  clock.advance(LIMITS.querySeconds.value * 1000 - 1);
  await Promise.resolve();
  const endedEarly = ended;
  clock.advance(1);

  await expect(running).rejects.toMatchObject({ code: 'RequestTimedOut', message: expect.stringContaining('longer than 30 seconds') });
  expect(endedEarly).toBe(false);
});

test('An explanation has the time of a query, and the size of its first page.', async () => {
  const clock = new FakeClock();
  const explained: StoreQuery[] = [];
  const queries = queriesOver(clock, {
    explainQuery: (query, signal) => {
      explained.push(query);
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    },
  });

  const running = queries.explain({ text: 'SELECT TOP 7 * FROM devices', pageSize: 10 });
  const grouped = queries.explain({ text: 'SELECT COUNT() AS n FROM devices', pageSize: 5000 });
  clock.advance(LIMITS.querySeconds.value * 1000);

  await expect(running).rejects.toMatchObject({ code: 'RequestTimedOut' });
  await expect(grouped).rejects.toMatchObject({ code: 'RequestTimedOut' });
  expect(explained).toMatchObject([
    { kind: 'documents', from: 'devices', query: { after: undefined, limit: 7 } },
    { kind: 'groups', query: { from: 'devices', after: undefined, limit: 1000 } },
  ]);
});

test('An explanation asks for the indexes that are not there.', async () => {
  const scan: Partial<QueryStore> = {
    explainQuery: () => Promise.resolve({ steps: [{ kind: 'scan' }], scanned: 5000, returned: 1, database: 'none', databasePlan: [] }),
  };
  const text = 'SELECT * FROM devices WHERE tags.site > 1 AND tags.ring = 2';
  const building = {
    state: 'building',
    madeBy: 'person',
    createdTime: '',
    entries: 0,
    bytes: 0,
    twins: 0,
    totalTwins: 0,
    entryMicroseconds: undefined,
  } as const;
  const indexes = [{ ...parseIndexPlace('tags.site'), ...building }];

  const without = await queriesOver(new FakeClock(), scan).explain({ text, pageSize: 1 });
  const withOne = await queriesOver(new FakeClock(), scan, { indexes }).explain({ text, pageSize: 1 });

  expect(without.advice.map(formatIndexPlace)).toEqual(['tags.site', 'tags.ring']);
  expect(withOne.advice.map(formatIndexPlace)).toEqual(['tags.ring']);
});

test('An explanation is refused for what is no query, and for an addition where the hub is strict.', async () => {
  const strict = queriesOver(new FakeClock(), {}, { strict: true });

  await expect(strict.explain({ text: 'SELECT', pageSize: 1 })).rejects.toMatchObject({ code: 'ArgumentInvalid' });
  await expect(strict.explain({ text: 'SELECT * FROM devices ORDER BY deviceId', pageSize: 1 })).rejects.toMatchObject({
    code: 'ArgumentInvalid',
  });
});

test('A query under way ends when the hub stops.', async () => {
  const queries = queriesOver(new FakeClock(), endless);

  const running = queries.run(REQUEST);
  queries.stop();

  await expect(running).rejects.toMatchObject({ code: 'ServiceUnavailable' });
});

test('A query under way ends when nobody waits for it any more, and one does not begin for nobody.', async () => {
  const gone = new AbortController();
  const queries = queriesOver(new FakeClock(), endless);

  const running = queries.run({ ...REQUEST, gone: gone.signal });
  gone.abort(new Error('Nobody waits.'));

  await expect(running).rejects.toThrow('Nobody waits.');
  await expect(queries.run({ ...REQUEST, gone: gone.signal })).rejects.toThrow('Nobody waits.');
});

test('A query that was answered leaves no timer behind.', async () => {
  const clock = new FakeClock();
  const queries = queriesOver(clock);

  await queries.run(REQUEST);

  expect(clock.pendingTimers).toBe(0);
});

test('A page has at most as many items as the limit says, whatever is asked for.', async () => {
  const limits: number[] = [];
  const store: Partial<QueryStore> = {
    queryTwinDocuments: (_, { limit }) => {
      limits.push(limit);
      return Promise.resolve({ documents: [], next: undefined });
    },
  };
  const queries = queriesOver(new FakeClock(), store);

  for (const pageSize of [LIMITS.queryPageMax.value, LIMITS.queryPageMax.value + 1]) await queries.run({ ...REQUEST, pageSize });

  expect(limits).toEqual([1000, 1000]);
});
