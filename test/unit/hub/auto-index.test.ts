// A hub that makes indexes by itself: on what queries scan for, in place of what they do not ask for, and never instead of a person.
import { expect, onTestFinished, test } from 'vitest';
import { OWN_PROCESS } from '../../../src/domain/audit/audit-entry.ts';
import { LIMITS } from '../../../src/domain/limits.ts';
import { formatIndexPlace, parseIndexPlace } from '../../../src/domain/query/index/twin-index.ts';
import { AutoIndex } from '../../../src/hub/auto-index.ts';
import { IndexUses } from '../../../src/hub/index-uses.ts';
import { Indexes } from '../../../src/hub/indexes.ts';
import { ScannedPaths } from '../../../src/hub/scanned-paths.ts';
import { openStoreOfTests } from '../../support/test-store.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { SOMEONE } from '../../support/actors.ts';

type Scene = {
  readonly indexes: Indexes;
  readonly told: readonly string[];
  /** Queries scan for the path until the next look. */
  scan(path: string): void;
  /** The time limit ends queries for the path, which waited for others. */
  end(path: string): void;
  /** Queries ask for a path that has an index. */
  use(path: string): void;
  /** The time of the next look comes. Resolves when the hub waits again. */
  look(): Promise<void>;
  /** Paths and makers of all indexes, once none is being built. */
  all(): Promise<readonly string[]>;
};

async function openScene(most: number): Promise<Scene> {
  const stores = await openStoreOfTests();
  const clock = new FakeClock();
  const told: string[] = [];
  const note = (_fields: object, message: string): void => void told.push(message);
  const log = { debug: note, info: note, warn: note, error: note };
  // Of a clock of their own, so that the timer on the other one is that of the next look.
  const indexes = new Indexes({ store: stores.indexes, others: { watch: () => () => false }, clock: new FakeClock(), log });
  const [scans, uses] = [new ScannedPaths(clock), new IndexUses()];
  const auto = new AutoIndex({ indexes, scans, uses, clock, log, most });
  onTestFinished(async () => {
    await auto.stop();
    await indexes.stop();
    await stores.close();
  });
  auto.start();
  const states = async (): Promise<readonly string[]> => (await indexes.list()).map(({ state }) => state);
  return {
    indexes,
    told,
    scan(path): void {
      const seconds = LIMITS.autoIndexSavedSeconds.value / LIMITS.autoIndexQueries.value + 0.1;
      const scan = { rows: LIMITS.scanRows.value, returned: 0, seconds };
      for (let query = 0; query < LIMITS.autoIndexQueries.value; query += 1) scans.record([parseIndexPlace(path)], scan);
    },
    end(path): void {
      const query = (): void => scans.recordEnded([parseIndexPlace(path)], LIMITS.querySeconds.value);
      for (let count = 0; count < LIMITS.autoIndexQueries.value; count += 1) query();
    },
    use(path): void {
      for (let query = 0; query < LIMITS.autoIndexQueries.value; query += 1) uses.record([parseIndexPlace(path)]);
    },
    async look(): Promise<void> {
      clock.advance(LIMITS.autoIndexSeconds.value * 1000);
      await expect.poll(() => clock.pendingTimers).toBe(1);
    },
    async all(): Promise<readonly string[]> {
      await expect.poll(states).not.toContain('building');
      return (await indexes.list()).map((index) => `${formatIndexPlace(index)} ${index.madeBy}`);
    },
  };
}

test('A path that queries scan for gets an index at the next look, and not before; the same scans count once.', async () => {
  const scene = await openScene(2);

  scene.scan('tags.site');
  const before = await scene.all();
  await scene.look();
  const after = await scene.all();
  await scene.indexes.drop('tags.site', SOMEONE);
  await scene.look();

  expect([before, after, await scene.all()]).toEqual([[], ['tags.site hub'], []]);
  expect(scene.told).toEqual(['Queries scan for this path: the hub makes an index on it.']);
});

test('Another path takes the place of the index that is not used, and not that of one that is.', async () => {
  const scene = await openScene(1);
  scene.scan('tags.site');
  await scene.look();
  await scene.all();

  scene.use('tags.site');
  scene.scan('tags.floor');
  await scene.look();
  const whileUsed = await scene.all();
  scene.scan('tags.floor');
  await scene.look();

  expect([whileUsed, await scene.all()]).toEqual([['tags.site hub'], ['tags.floor hub']]);
});

test('An index for which queries scan all the same is dropped, and not made again.', async () => {
  const scene = await openScene(1);
  scene.scan('tags.site');
  await scene.look();
  await scene.all();

  scene.scan('tags.site');
  await scene.look();
  const afterwards = await scene.all();
  scene.scan('tags.site');
  await scene.look();

  expect([afterwards, await scene.all()]).toEqual([[], []]);
  expect(scene.told.at(-1)).toBe('Queries for this path find too many twins: the hub drops the index that it made on it.');
});

test('Queries that were ended are worth an index, and are no reason to drop it: they may have waited for others.', async () => {
  const scene = await openScene(1);

  scene.end('tags.site');
  await scene.look();
  const afterScans = await scene.all();
  scene.end('tags.site');
  await scene.look();

  expect([afterScans, await scene.all()]).toEqual([['tags.site hub'], ['tags.site hub']]);
});

test('An index that a person made is neither made again, nor counted, nor dropped.', async () => {
  const scene = await openScene(1);
  await scene.indexes.create('tags.site', SOMEONE);

  scene.scan('tags.site');
  await scene.look();
  scene.scan('tags.floor');
  await scene.look();
  scene.scan('tags.room');
  await scene.look();

  expect(await scene.all()).toEqual(['tags.site person', 'tags.room hub']);
});

test('Where there are as many indexes as may be, the hub says so and makes none.', async () => {
  const scene = await openScene(1);
  for (let index = 0; index < LIMITS.twinIndexes.value; index += 1) await scene.indexes.create(`tags.a${index}`, OWN_PROCESS);

  scene.scan('tags.site');
  await scene.look();

  expect(await scene.all()).toHaveLength(LIMITS.twinIndexes.value);
  expect(scene.told).toEqual(['Queries scan for this path, but the hub can make no index on it.']);
});

test('Without leave it does nothing.', async () => {
  const stores = await openStoreOfTests();
  onTestFinished(() => stores.close());
  const clock = new FakeClock();
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
  const indexes = new Indexes({ store: stores.indexes, others: { watch: () => () => false }, clock, log });

  new AutoIndex({ indexes, scans: new ScannedPaths(clock), uses: new IndexUses(), clock, log, most: 0 }).start();

  expect(clock.pendingTimers).toBe(0);
});
