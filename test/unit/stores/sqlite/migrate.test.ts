// Migrations: every file ends at the same schema with its data kept, and files that are not the hub's stay as they were.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Connection, openForWriting } from '../../../../src/stores/sqlite/driver.ts';
import { migrate, type Migration, MIGRATIONS } from '../../../../src/stores/sqlite/migrate.ts';
import { refusalOf } from '../../domain/refusal.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const FIRST: Migration = { version: 1, script: `create table notes (text text) strict; insert into notes (text) values ('kept')` };
const SECOND: Migration = { version: 2, script: `alter table notes add column length integer; update notes set length = length(text)` };

test('Migrations are numbered from 1 without gaps.', () => {
  expect(MIGRATIONS.map(({ version }) => version)).toEqual(MIGRATIONS.map((_, index) => index + 1));
});

test.each(Array.from({ length: MIGRATIONS.length + 1 }, (_, version) => version))(
  'A store of schema version %i becomes what a new one is.',
  (version) => {
    const fresh = openFile();
    migrate(fresh);
    const older = openFile();
    migrate(older, MIGRATIONS.slice(0, version));

    migrate(older);

    expect(schemaOf(older)).toEqual(schemaOf(fresh));
    expect(schemaOf(fresh).map(({ name }) => name)).toContain('twins');
    expect(versionOf(older)).toBe(MIGRATIONS.length);
  },
);

test('A migration works on the data from before, once.', () => {
  const connection = openFile();
  migrate(connection, [FIRST]);

  migrate(connection, [FIRST, SECOND]);
  migrate(connection, [FIRST, SECOND]);

  expect(connection.read((reader) => reader.rows('select text, length from notes'))).toEqual([{ text: 'kept', length: 4 }]);
  expect(versionOf(connection)).toBe(2);
});

test('A migration that fails leaves the file at the version before it.', () => {
  const connection = openFile();
  const broken: Migration = { version: 2, script: 'create table more (text text); create table more (text text)' };

  expect(() => migrate(connection, [FIRST, broken])).toThrow('already exists');

  expect(versionOf(connection)).toBe(1);
  expect(schemaOf(connection).map(({ name }) => name)).toEqual(['notes']);
  migrate(connection, [FIRST, SECOND]);
  expect(versionOf(connection)).toBe(2);
});

describe('A file that is left as it was', () => {
  test('is one of a newer version, and the refusal names both versions.', () => {
    const path = newPath();
    const newer = openFile(path);
    migrate(newer, [FIRST, SECOND]);
    newer.close();
    const before = readFileSync(path);

    const refusal = refusalOf(() => migrate(openFile(path), [FIRST]));

    expect(refusal.code).toBe('ServiceUnavailable');
    expect(refusal.message).toBe(
      'The store has schema version 2, but this twinhub knows only 1. Start the newer twinhub, or restore a backup.',
    );
    expect(readFileSync(path)).toEqual(before);
  });

  test.each([
    ['with tables', 'create table theirs (text text)'],
    ['that is empty but marked', 'pragma application_id = 7'],
    ['with tables and a version', 'create table theirs (text text); pragma user_version = 1'],
  ])('is a database of another program %s.', (_, script) => {
    const path = newPath();
    const theirs = openFile(path);
    theirs.transaction((writer) => writer.runScript(script));
    theirs.close();
    const before = readFileSync(path);

    const refusal = refusalOf(() => migrate(openFile(path)));

    expect(refusal.code).toBe('ServiceUnavailable');
    expect(refusal.message).toBe('The store is a database of another program. Name another file.');
    expect(readFileSync(path)).toEqual(before);
  });
});

function newPath(): string {
  return join(temporaryFolder(), 'test.db');
}

/** Opens the file, empty if it is not there. */
function openFile(path = newPath()): Connection {
  writeFileSync(path, '', { flag: 'a' });
  const connection = openForWriting(path, 'none');
  onTestFinished(() => connection.close());
  return connection;
}

function schemaOf(connection: Connection): readonly { readonly name: string }[] {
  return connection.read((reader) =>
    reader.rows<{ name: string }>('select type, name, tbl_name, sql from sqlite_schema order by type, name'),
  );
}

function versionOf(connection: Connection): number | undefined {
  return connection.read((reader) => reader.row<{ user_version: number }>('pragma user_version'))?.user_version;
}
