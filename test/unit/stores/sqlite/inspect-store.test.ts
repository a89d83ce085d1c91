// What a look at a database file tells, and that it leaves everything as it was.
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { inspectSqliteStore } from '../../../../src/stores/sqlite/inspect-store.ts';
import { isFolderLocked, lockFolder } from '../../../../src/stores/sqlite/lock-folder.ts';
import { MIGRATIONS } from '../../../../src/stores/sqlite/migrate.ts';
import { openSqliteStore } from '../../../../src/stores/sqlite/open-sqlite-store.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const EVERYTHING = Number.MAX_SAFE_INTEGER;

/** @returns the path of a store that a hub has made and closed. */
async function closedStore(): Promise<string> {
  const path = join(temporaryFolder(), 'twinhub.db');
  const stores = await openSqliteStore({ path, durability: 'none' });
  await stores.close();
  return path;
}

/** Names and contents of the folder in which a file is. */
function folderOf(path: string): readonly string[] {
  const folder = join(path, '..');
  return readdirSync(folder).map((name) => `${name} ${readFileSync(join(folder, name)).toString('base64')}`);
}

describe('a look at a store', () => {
  it('finds a closed one intact and leaves its folder as it was', async () => {
    const path = await closedStore();
    const before = folderOf(path);

    const inspection = inspectSqliteStore(path, EVERYTHING);

    expect(inspection).toEqual({
      kind: 'readable',
      path,
      bytes: expect.any(Number),
      logBytes: 0,
      schemaVersion: MIGRATIONS.length,
      newestVersion: MIGRATIONS.length,
      integrity: 'intact',
    });
    expect(folderOf(path)).toEqual(before);
  });

  it('sees what a hub has written that uses the store, which goes on writing', async () => {
    const path = join(temporaryFolder(), 'twinhub.db');
    const stores = await openSqliteStore({ path, durability: 'none' });

    const inspection = inspectSqliteStore(path, EVERYTHING);

    await stores.policies.savePolicies([]);
    await stores.close();
    expect(inspection).toMatchObject({ kind: 'readable', schemaVersion: MIGRATIONS.length, integrity: 'intact' });
    expect('logBytes' in inspection && inspection.logBytes).toBeGreaterThan(0);
  });

  it('does not read as a whole what is larger than was asked for, by one byte', async () => {
    const path = await closedStore();
    const { length } = readFileSync(path);

    const integrities = [length, length - 1].map((bytes) => inspectSqliteStore(path, bytes));

    expect(integrities).toMatchObject([{ integrity: 'intact' }, { integrity: 'unknown' }]);
  });

  it('finds nothing where nothing is, and makes nothing', () => {
    const path = join(temporaryFolder(), 'twinhub.db');

    expect(inspectSqliteStore(path, EVERYTHING)).toEqual({ kind: 'absent', path });
    expect(folderOf(path)).toEqual([]);
  });

  it('finds damage inside of a page', async () => {
    const path = await closedStore();
    const bytes = readFileSync(path);
    // Pages of 8 KiB: the header of the file and the schema stay as they are, the last page is overwritten.
    bytes.fill(0xff, bytes.length - 8192);
    writeFileSync(path, bytes);

    const inspection = inspectSqliteStore(path, EVERYTHING);

    expect(JSON.stringify(inspection)).toMatch(/damaged/);
  });

  it.each<readonly [string, (path: string) => void, RegExp]>([
    ['is cut off', (path) => truncateSync(path, 8192), /damaged/],
    ['holds text', (path) => writeFileSync(path, 'damaged '.repeat(2000)), /no SQLite database/],
    ['is of a newer twinhub', (path) => void new Database(path).pragma('user_version = 9999'), /Start the newer twinhub/],
    ['is of another program', (path) => void new Database(path).pragma('application_id = 1'), /of another program/],
  ])('says what is wrong with one that %s', async (_, harm, reason) => {
    const path = await closedStore();
    harm(path);

    const inspection = inspectSqliteStore(path, EVERYTHING);

    expect(JSON.stringify(inspection)).toMatch(reason);
  });

  it('says that a folder is no database', () => {
    const path = join(temporaryFolder(), 'twinhub.db');
    mkdirSync(path);

    expect(inspectSqliteStore(path, EVERYTHING)).toMatchObject({ kind: 'unusable' });
  });
});

describe('the lock of a folder', () => {
  it('is seen while it is held, by the same process too, and not made by the look', () => {
    const folder = temporaryFolder();

    const before = isFolderLocked(folder);
    const made = readdirSync(folder);
    const lock = lockFolder(folder);
    const held = [isFolderLocked(folder), isFolderLocked(folder)];
    lock.release();

    expect([before, made, held, isFolderLocked(folder)]).toEqual([false, [], [true, true], false]);
  });

  it('is had by a hub that starts while somebody looks at it again and again', async () => {
    const folder = temporaryFolder();
    lockFolder(folder).release();
    const module = new URL('../../../../src/stores/sqlite/lock-folder.ts', import.meta.url);
    const looking = `import(${JSON.stringify(module.href)}).then(({ isFolderLocked }) => {
      require('node:worker_threads').parentPort.postMessage('looking');
      for (;;) isFolderLocked(${JSON.stringify(folder)});
    });`;
    const thread = new Worker(looking, { eval: true });
    onTestFinished(() => void thread.terminate());
    await once(thread, 'message');

    for (let start = 0; start < 300; start += 1) lockFolder(folder).release();
    const lock = lockFolder(folder);
    await thread.terminate();

    expect(isFolderLocked(folder)).toBe(true);
    lock.release();
  });
});
