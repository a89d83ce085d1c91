// Connections to SQLite: what a transaction promises, how durable it is, and how errors of the machine read.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  type Connection,
  type Durability,
  logTable,
  openForReading,
  openForWriting,
  type Writer,
} from '../../../../src/stores/sqlite/driver.ts';
import { refusalOf } from '../../domain/refusal.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const NOTES = logTable('notes', ['text']);

test.each([
  ['full', 2, 1],
  ['none', 0, 0],
] as const)('With durability %s commits are synchronous = %i.', (durability, synchronous, fullfsync) => {
  const { connection } = openWriter({ durability });

  expect(connection.read((reader) => reader.row('pragma synchronous'))).toEqual({ synchronous });
  expect(connection.read((reader) => reader.row('pragma fullfsync'))).toEqual({ fullfsync });
});

test.each([
  ['full', 1, 2],
  ['none', 0, 0],
] as const)('With durability %s relaxed commits are synchronous = %i, and those after them %i again.', (durability, relaxed, after) => {
  const { connection } = openWriter({ durability });
  const synchronous = (writer: Writer): unknown => writer.row('pragma synchronous');

  expect(connection.relaxedTransaction(synchronous)).toEqual({ synchronous: relaxed });
  expect(connection.relaxedTransaction(synchronous)).toEqual({ synchronous: relaxed });
  expect(connection.transaction(synchronous)).toEqual({ synchronous: after });
});

test('The log is written back after a number of pages and cut to a size.', () => {
  const { connection } = openWriter();

  expect(connection.read((reader) => reader.row('pragma wal_autocheckpoint'))).toEqual({ wal_autocheckpoint: 4000 });
  expect(connection.read((reader) => reader.row('pragma journal_size_limit'))).toEqual({ journal_size_limit: 65_536_000 });
});

test('SQLite knows JSONB.', () => {
  const { connection } = openWriter();

  expect(connection.read((reader) => reader.row(`select json(jsonb('{"a":1.5}')) as text`))).toEqual({ text: '{"a":1.5}' });
});

test('A transaction that throws changes nothing, and the error comes through.', () => {
  const { connection } = openWriter();
  const bug = new Error('a bug');

  const failing = (): void =>
    connection.transaction((writer) => {
      writer.run('insert into notes (text) values (?)', 'lost');
      throw bug;
    });

  expect(failing).toThrow(bug);
  expect(notesOf(connection)).toEqual([]);
});

test('Writes that belong together are undone together, and the transaction goes on.', () => {
  const { connection } = openWriter();
  const bug = new Error('a bug');

  connection.transaction((writer) => {
    const insert = (text: string): number => writer.run('insert into notes (text) values (?)', text);
    insert('before');
    writer.together(() => insert('kept'));
    expect(() =>
      writer.together(() => {
        insert('undone');
        throw bug;
      }),
    ).toThrow(bug);
    insert('after');
  });

  expect(notesOf(connection)).toEqual(['before', 'kept', 'after']);
});

test('Rows that are appended are there when the transaction has ended, in their order.', () => {
  const { connection } = openWriter();

  connection.transaction((writer) => {
    for (const text of ['first', 'second', 'third']) writer.append(NOTES, [text]);
    expect(writer.rows('select text from notes')).toEqual([]);
  });

  expect(notesOf(connection)).toEqual(['first', 'second', 'third']);
});

test('What is appended goes with the writes that it belongs to.', () => {
  const { connection } = openWriter();
  const fail = (writer: Writer): void => {
    writer.append(NOTES, ['undone']);
    throw new Error('a bug');
  };

  connection.transaction((writer) => {
    writer.append(NOTES, ['before']);
    expect(() => writer.together(() => fail(writer))).toThrow('a bug');
    writer.together(() => writer.append(NOTES, ['kept']));
  });
  expect(() => connection.transaction(fail)).toThrow('a bug');
  connection.transaction((writer) => writer.append(NOTES, ['after']));

  expect(notesOf(connection)).toEqual(['before', 'kept', 'after']);
});

test('Appended values come back as they were.', () => {
  const { connection } = openWriter();
  const texts = ['', '"', '\\', "it's", '{"a":[1]}', 'null', '1', '\u{1f642}'];

  connection.transaction((writer) => texts.forEach((text) => writer.append(NOTES, [text])));

  expect(notesOf(connection)).toEqual(texts);
});

test('Writes that belong together are lost with their transaction.', () => {
  const { connection } = openWriter();

  const failing = (): void =>
    connection.transaction((writer) => {
      writer.together(() => writer.run('insert into notes (text) values (?)', 'lost'));
      throw new Error('a bug');
    });

  expect(failing).toThrow('a bug');
  expect(notesOf(connection)).toEqual([]);
});

test('A full disk among writes that belong together is refused as anywhere.', () => {
  const { connection } = openWriter();
  const pages = connection.read((reader) => reader.row<{ page_count: number }>('pragma page_count'))?.page_count ?? 0;
  connection.read((reader) => reader.row(`pragma max_page_count = ${pages + 4}`));
  const fill = (): void =>
    connection.transaction((writer) => {
      writer.together(() => writer.run('insert into notes (text) values (?)', 'x'.repeat(1_000_000)));
    });

  expect(refusalOf(fill).code).toBe('ServiceUnavailable');
  expect(notesOf(connection)).toEqual([]);
});

test('A statement that is wrong is a bug, not a refusal.', () => {
  const { connection } = openWriter();

  expect(() => connection.read((reader) => reader.row('select text from nowhere'))).toThrow('no such table');
  expect(() => connection.transaction((writer) => writer.run('insert into notes (text) values (?)', null))).toThrow('NOT NULL');
});

test('What one read sees is of one moment, whatever is committed meanwhile.', () => {
  const { connection, path } = openWriter();
  const reading = openReader(path);

  const seen = reading.read((reader) => {
    const before = reader.rows('select text from notes');
    connection.transaction((writer) => writer.run('insert into notes (text) values (?)', 'new'));
    return [before, reader.rows('select text from notes')];
  });

  expect(seen).toEqual([[], []]);
  expect(notesOf(reading)).toEqual(['new']);
});

test('A transaction that meets a full disk is refused with a way out and its cause, and changes nothing.', () => {
  const { connection } = openWriter();
  const pages = connection.read((reader) => reader.row<{ page_count: number }>('pragma page_count'))?.page_count ?? 0;
  connection.read((reader) => reader.row(`pragma max_page_count = ${pages + 4}`));
  const fill = (): void =>
    connection.transaction((writer) => {
      writer.run('insert into notes (text) values (?)', 'small');
      writer.run('insert into notes (text) values (?)', 'x'.repeat(1_000_000));
    });

  const refusal = refusalOf(fill);

  expect(refusal.code).toBe('ServiceUnavailable');
  expect(refusal.message).toBe('The disk of the store is full. Free some space on it.');
  expect(notesOf(connection)).toEqual([]);
  connection.transaction((writer) => writer.run('insert into notes (text) values (?)', 'small'));
  expect(notesOf(connection)).toEqual(['small']);
});

test('A reader cannot write.', () => {
  const { path } = openWriter();
  const reading = openReader(path);

  expect(refusalOf(() => reading.transaction((writer) => writer.run('delete from notes'))).code).toBe('ServiceUnavailable');
});

test('A file that is not there is refused.', () => {
  const path = join(temporaryFolder(), 'missing.db');

  expect(refusalOf(() => openForWriting(path, 'none')).code).toBe('ServiceUnavailable');
  expect(refusalOf(() => openForReading(path)).code).toBe('ServiceUnavailable');
});

function openWriter({ durability = 'none' }: { readonly durability?: Durability } = {}): { connection: Connection; path: string } {
  const path = join(temporaryFolder(), 'test.db');
  writeFileSync(path, '');
  const connection = openForWriting(path, durability);
  onTestFinished(() => connection.close());
  connection.useWriteAheadLog();
  connection.transaction((writer) => writer.runScript('create table notes (text text not null) strict'));
  return { connection, path };
}

function openReader(path: string): Connection {
  const connection = openForReading(path);
  onTestFinished(() => connection.close());
  return connection;
}

function notesOf(connection: Connection): readonly string[] {
  const rows = connection.read((reader) => reader.rows<{ text: string }>('select text from notes'));
  return rows.map(({ text }) => text);
}
