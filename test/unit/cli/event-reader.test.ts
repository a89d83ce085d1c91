// Server-sent events from parts of any size.
import { expect, test } from 'vitest';
import { EventReader } from '../../../src/cli/event-reader.ts';

const TEXT =
  'retry: 1000\n\nevent: entered\nid: 7\ndata: {"deviceId":"a: b\\n"}\n\n: alive\nid: 8\n\nevent: left\ndata: {"deviceId":"c"}\n\n';

test.each([1, 2, 3, 7, TEXT.length])('Events come out of parts of %i characters.', (size) => {
  const reader = new EventReader();
  const parts = Array.from({ length: Math.ceil(TEXT.length / size) }, (_, index) => TEXT.slice(index * size, (index + 1) * size));

  const events = parts.flatMap((part) => reader.read(part));

  expect(events).toEqual([
    { name: 'entered', data: { deviceId: 'a: b\n' } },
    { name: 'left', data: { deviceId: 'c' } },
  ]);
  expect(reader.lastId).toBe('8');
});

test('What a broken connection left of an event is forgotten, the id is not.', () => {
  const reader = new EventReader();
  reader.read('id: 3\ndata: {}\n\nevent: left\nid: 4\nda');

  reader.startAgain();
  const events = reader.read('event: ready\ndata: {}\n\n');

  expect(events).toEqual([{ name: 'ready', data: {} }]);
  expect(reader.lastId).toBe('3');
});
