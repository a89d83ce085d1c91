// The database file on disk: who may read it, who may open it, and what is said when it cannot be used.
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type DatabaseFile, openDatabaseFile } from '../../../../src/stores/sqlite/database-file.ts';
import { refusalOf } from '../../domain/refusal.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

test('The file and what SQLite keeps beside it are for their owner alone.', () => {
  const path = join(temporaryFolder(), 'hub.db');

  open(path);

  const modes = [path, `${path}-wal`, `${path}-shm`].map((file) => statSync(file).mode & 0o777);
  expect(modes).toEqual([0o600, 0o600, 0o600]);
});

describe('A file that a hub has open', () => {
  test('is refused to another hub, and given to it when the first has closed it.', () => {
    const path = join(temporaryFolder(), 'hub.db');
    const first = open(path);

    const refusal = refusalOf(() => open(path));
    first.close();

    expect(refusal.code).toBe('ServiceUnavailable');
    expect(refusal.message).toBe(`Cannot use ${path} as store. Another hub is running on it. Stop that hub, or name another file.`);
    expect(() => open(path)).not.toThrow();
  });

  test('is refused also through a link to it or to its folder.', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'real'));
    symlinkSync(join(folder, 'real'), join(folder, 'linked'));
    const path = join(folder, 'real', 'hub.db');
    open(path);
    symlinkSync(path, join(folder, 'hub-link.db'));

    expect(refusalOf(() => open(join(folder, 'linked', 'hub.db'))).message).toContain('Another hub is running');
    expect(refusalOf(() => open(join(folder, 'hub-link.db'))).message).toContain('Another hub is running');
  });

  test('stays with its hub when another tried to open it.', () => {
    const path = join(temporaryFolder(), 'hub.db');
    const { connection } = open(path);

    refusalOf(() => open(path));

    expect(() => connection.transaction((writer) => writer.run(`insert into policies values ('a', 'b', 'c', '')`))).not.toThrow();
    expect(refusalOf(() => open(path)).message).toContain('Another hub is running');
  });
});

describe('A path that cannot be a store is refused with the reason and a way out:', () => {
  test('a file of text, which stays as it was.', () => {
    const path = join(temporaryFolder(), 'notes.txt');
    const text = 'Not a database. '.repeat(1000);
    writeFileSync(path, text);

    expect(refusalOf(() => open(path)).message).toBe(
      `Cannot use ${path} as store. The store is no SQLite database. Name another file, or restore this one from a backup.`,
    );
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  test('a database of which the end is missing.', () => {
    const path = join(temporaryFolder(), 'hub.db');
    open(path).close();
    truncateSync(path, 2 * 8192);

    expect(refusalOf(() => open(path)).message).toBe(`Cannot use ${path} as store. The store is damaged. Restore it from a backup.`);
  });

  test('a folder that does not exist.', () => {
    const path = join(temporaryFolder(), 'missing', 'hub.db');

    expect(refusalOf(() => open(path)).message).toBe(
      `Cannot use ${path} as store. Its folder does not exist. Make the folder, or name another file.`,
    );
  });

  test('a file in the place of the folder.', () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');

    expect(refusalOf(() => open(join(file, 'hub.db'))).message).toMatch(/as store\. The system says: ENOTDIR.*that the hub may write\.$/);
  });

  test('a folder itself.', () => {
    const folder = join(temporaryFolder(), 'hub.db');
    mkdirSync(folder);

    expect(refusalOf(() => open(folder)).message).toContain(`Cannot use ${folder} as store. The store cannot be opened.`);
  });

  test.skipIf(process.getuid?.() === 0)('a folder that the hub may not write.', () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o500);

    expect(refusalOf(() => open(join(folder, 'hub.db'))).message).toContain('Give the hub the right to read and write');
  });
});

function open(path: string): DatabaseFile {
  const file = openDatabaseFile(path, 'none');
  onTestFinished(() => file.close());
  return file;
}
