// Which paths a hub remembers that queries looked for without an index, and what it advises.
import { expect, test } from 'vitest';
import { HubError } from '../../../src/domain/errors.ts';
import { LIMITS } from '../../../src/domain/limits.ts';
import { formatIndexPlace, parseIndexPlace } from '../../../src/domain/query/index/twin-index.ts';
import { IndexAdvice } from '../../../src/hub/index-advice.ts';
import { ScannedPaths } from '../../../src/hub/scanned-paths.ts';
import type { QueryStore } from '../../../src/ports/query-store.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { SOMEONE } from '../../support/actors.ts';
import { openHub } from '../../support/open-hub.ts';
import { queriesOver } from '../../support/query/queries-over.ts';
import { put } from '../../support/store-builders.ts';

const MANY = LIMITS.scanRows.value;

/** Finds one twin, for which it looked at so many. */
function scanning(scanned: number | undefined): Partial<QueryStore> {
  return { queryTwinDocuments: () => Promise.resolve({ documents: ['{}'], next: undefined, scanned }) };
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
}

async function run(scans: ScannedPaths, condition: string, scanned: number | undefined): Promise<void> {
  const queries = queriesOver(new FakeClock(), scanning(scanned), { scans });
  await queries.run({ text: `SELECT * FROM devices WHERE ${condition}`, pageSize: 10, continuation: undefined });
}

function pathsOf(scans: ScannedPaths): readonly (readonly [path: string, queries: number, rows: number])[] {
  return scans.list().map(({ place, queries, rows }) => [formatIndexPlace(place), queries, rows]);
}

test('Each path that an index could have led from is counted, with the rows that were looked at.', async () => {
  const scans = new ScannedPaths(new FakeClock());

  await run(scans, `tags.site = 'Bonn' AND properties.reported.level > 3`, MANY);
  await run(scans, `tags.site IN ['Bonn']`, MANY + 5);

  expect(pathsOf(scans)).toHaveLength(2);
  expect(pathsOf(scans)).toContainEqual(['properties.reported.level', 1, MANY]);
  expect(pathsOf(scans)).toContainEqual(['tags.site', 2, 2 * MANY + 5]);
});

test('What no index could help, and a scan of few twins, is not counted.', async () => {
  const scans = new ScannedPaths(new FakeClock());

  await run(scans, `tags.site != 'Bonn'`, MANY);
  await run(scans, `deviceId = 'x'`, MANY);
  await run(scans, `tags.site = 'Bonn'`, MANY - 1);
  await run(scans, `tags.site = 'Bonn'`, undefined);

  expect(pathsOf(scans)).toEqual([]);
});

test('A search that its time limit ends counts with all of that time, unless it names its devices or its caller goes away.', async () => {
  const clock = new FakeClock();
  const scans = new ScannedPaths(clock);
  const endless = { queryTwinDocuments: (_from: unknown, _query: unknown, signal: AbortSignal) => untilAborted(signal) };
  const queries = queriesOver(clock, endless, { scans, stopwatch: { elapsedMs: () => clock.nowMs() } });
  const gone = new AbortController();
  const start = (condition: string, signal?: AbortSignal): Promise<unknown> =>
    queries.run({
      text: `SELECT * FROM devices WHERE ${condition}`,
      pageSize: 10,
      continuation: undefined,
      ...(signal && { gone: signal }),
    });

  const running = [
    start(`tags.site = 'Bonn'`),
    start(`tags.site != 'Bonn'`),
    start(`tags.floor = 3 AND deviceId = 'x'`),
    start('tags.room = 5', gone.signal),
  ];
  gone.abort(new HubError('ServiceUnavailable', 'Gone.'));
  clock.advance(LIMITS.querySeconds.value * 1000);
  const outcomes = await Promise.allSettled(running);

  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'rejected']);
  expect(pathsOf(scans)).toEqual([['tags.site', 1, 0]]);
  expect(scans.list()[0]).toMatchObject({ seconds: LIMITS.querySeconds.value, savedSeconds: LIMITS.querySeconds.value });
});

test('What an index would have saved is the time for the twins that were looked at in vain.', () => {
  const clock = new FakeClock();
  const scans = new ScannedPaths(clock);

  scans.record([parseIndexPlace('tags.a')], { rows: 4 * MANY, returned: MANY, seconds: 2 });
  scans.record([parseIndexPlace('tags.b')], { rows: 4 * MANY, returned: 0, seconds: 2 });
  scans.record([parseIndexPlace('tags.c')], { rows: MANY, returned: 2 * MANY, seconds: 2 });

  expect(scans.list().map(({ place, savedSeconds }) => [formatIndexPlace(place), savedSeconds])).toEqual([
    ['tags.b', 2],
    ['tags.a', 1.5],
    ['tags.c', 0],
  ]);
});

test('A path too many takes the place of the one with the least to save.', () => {
  const scans = new ScannedPaths(new FakeClock());
  const record = (path: string, seconds: number): void => scans.record([parseIndexPlace(path)], { rows: MANY, returned: 0, seconds });

  for (let number = 1; number <= LIMITS.scannedPaths.value; number += 1) record(`tags.p${number}`, number);
  const before = scans.list().length;
  record('tags.new', 50);
  record('tags.new', 50);

  expect([before, scans.list().length]).toEqual([LIMITS.scannedPaths.value, LIMITS.scannedPaths.value]);
  expect(pathsOf(scans).map(([path]) => path)).not.toContain('tags.p1');
  expect(pathsOf(scans)).toContainEqual(['tags.new', 2, 2 * MANY]);
});

test('No index is advised that is there already, or is being built.', async () => {
  const scans = new ScannedPaths(new FakeClock());
  scans.record([parseIndexPlace('tags.a'), parseIndexPlace('devices.modules.tags.a')], { rows: MANY, returned: 0, seconds: 1 });
  const index = {
    state: 'building',
    createdTime: '',
    madeBy: 'person',
    entries: 0,
    bytes: 0,
    twins: 0,
    totalTwins: 0,
    entryMicroseconds: undefined,
  } as const;
  const advice = new IndexAdvice({ store: { listIndexes: () => Promise.resolve([{ ...parseIndexPlace('tags.a'), ...index }]) }, scans });

  const advised = await advice.list();

  expect(advised.map(({ place }) => formatIndexPlace(place))).toEqual(['devices.modules.tags.a']);
});

test('An explanation advises an index for a scan that looked at many twins in vain.', async () => {
  const explained = async (scanned: number, returned: number, kind: 'scan' | 'lookup' = 'scan'): Promise<readonly string[]> => {
    const explanation = { steps: [{ kind }], scanned, returned, database: 'none', databasePlan: [] };
    const queries = queriesOver(new FakeClock(), { explainQuery: () => Promise.resolve(explanation) });
    const { advice } = await queries.explain({ text: `SELECT * FROM devices WHERE tags.site = 'x'`, pageSize: 10 });
    return advice.map(formatIndexPlace);
  };

  expect(await explained(MANY, 10)).toEqual(['tags.site']);
  expect(await explained(MANY - 1, 10)).toEqual([]);
  expect(await explained(2 * MANY, MANY)).toEqual([]);
  expect(await explained(MANY, 10, 'lookup')).toEqual([]);
});

test('A hub advises an index on what was looked for among many twins, until there is one.', async () => {
  await using open = await openHub();
  await open.stores.devices.writeDevices(Array.from({ length: 5 * MANY }, (_, number) => put(`device-${number}`)));
  const query = { text: `SELECT * FROM devices WHERE tags.site = 'Bonn'`, pageSize: 10, continuation: undefined };

  await open.hub.queries.run(query);
  const before = await open.hub.indexAdvice.list();
  await open.hub.indexes.create('tags.site', SOMEONE);
  const after = await open.hub.indexAdvice.list();

  expect(before.map(({ place, queries }) => [formatIndexPlace(place), queries])).toEqual([['tags.site', 1]]);
  expect(before[0]?.savedSeconds).toBe(before[0]?.seconds);
  expect(after).toEqual([]);
});
