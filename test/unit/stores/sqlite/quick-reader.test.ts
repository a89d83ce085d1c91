// Reads on the calling thread: what they see, and when they are left to another thread.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { HubError } from '../../../../src/domain/errors.ts';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { openForWriting, type Reader } from '../../../../src/stores/sqlite/driver.ts';
import { QuickReader } from '../../../../src/stores/sqlite/quick-reader.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const SLOW_MS = LIMITS.quickReadMs.value;

test('A read sees what was committed before it, and not what is being written.', () => {
  const { quickly, write } = open();
  write('first');

  const before = quickly.read(notesOf);
  write('second', () => {
    expect(quickly.read(notesOf)).toEqual({ value: ['first'] });
  });

  expect(before).toEqual({ value: ['first'] });
  expect(quickly.read(notesOf)).toEqual({ value: ['first', 'second'] });
});

test('An answer of nothing is an answer.', () => {
  const { quickly } = open();

  expect(quickly.read(() => undefined)).toEqual({ value: undefined });
});

test('After a slow read a number of them is left to another thread, and then read here again.', () => {
  const { quickly, passMs } = open();
  const read = (ms: number): unknown => quickly.read(() => passMs(ms));

  const [quick, slow] = [read(SLOW_MS), read(SLOW_MS + 1)];
  const left = Array.from({ length: LIMITS.quickReadsAfterSlow.value }, () => read(0));
  const again = read(0);

  expect([quick, slow]).toEqual([{ value: 'read' }, { value: 'read' }]);
  expect(new Set(left)).toEqual(new Set([undefined]));
  expect(again).toEqual({ value: 'read' });
});

test('What the file refuses is left to another thread, and nothing waits for a file that another program holds.', () => {
  const { quickly } = open();
  const refuse = (): never => {
    throw new HubError('ServiceUnavailable', 'Another program holds the store. End that program.');
  };

  expect(quickly.read(refuse)).toBeUndefined();
  expect(quickly.read((reader) => reader.row('pragma busy_timeout'))).toEqual({ value: { timeout: 0 } });
});

test('A bug in a statement comes through.', () => {
  const { quickly } = open();

  expect(() => quickly.read((reader) => reader.row('select missing from nowhere'))).toThrow('no such table: nowhere');
});

type Open = {
  readonly quickly: QuickReader;
  /** @param beforeCommit while the note is written and not committed. */
  readonly write: (text: string, beforeCommit?: () => void) => void;
  /** Lets so much time pass. */
  readonly passMs: (ms: number) => string;
};

function open(): Open {
  const path = join(temporaryFolder(), 'test.db');
  writeFileSync(path, '');
  const writer = openForWriting(path, 'none');
  writer.useWriteAheadLog();
  writer.transaction((each) => each.runScript('create table notes (text text not null) strict'));
  let elapsedMs = 0;
  const quickly = new QuickReader(path, { elapsedMs: () => elapsedMs });
  onTestFinished(() => {
    quickly.close();
    writer.close();
  });
  return {
    quickly,
    write(text, beforeCommit) {
      writer.transaction((each) => {
        each.run('insert into notes (text) values (?)', text);
        beforeCommit?.();
      });
    },
    passMs(ms) {
      elapsedMs += ms;
      return 'read';
    },
  };
}

function notesOf(reader: Reader): readonly string[] {
  return reader.rows<{ text: string }>('select text from notes').map(({ text }) => text);
}
