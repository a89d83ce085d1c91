// Whether the reader of an event stream is cut off, by what it takes between two signs of life.
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test, vi } from 'vitest';
import { EventStream } from '../../../../src/gateways/http/event-stream.ts';
import { EventStreamRoom } from '../../../../src/gateways/http/event-stream-room.ts';
import type { LiveEvent } from '../../../../src/hub/live/live-event.ts';

const ALIVE: LiveEvent = { kind: 'alive', sequence: 1 };

function entered(deviceId: string, sequence: number): LiveEvent {
  return { kind: 'entered', id: { deviceId }, item: { text: 'x'.repeat(1_000_000) }, sequence };
}

/** A stream in which more waits than its reader takes at once. */
async function openBehind(room = new EventStreamRoom(Infinity)): Promise<EventStream> {
  const stream = new EventStream(room);
  stream.tell(entered('a', 1));
  await Promise.resolve();
  return stream;
}

test('A reader who takes nothing between two signs of life is cut off at the second.', async () => {
  const stream = await openBehind();

  stream.tell(ALIVE);
  const early = stream.parts.destroyed;
  await Promise.resolve();
  stream.tell(ALIVE);

  expect(early).toBe(false);
  expect(stream.parts.destroyed).toBe(true);
});

test('A reader who takes a little each time stays, however much waits.', async () => {
  const stream = await openBehind();

  for (let round = 0; round < 4; round += 1) {
    stream.tell(ALIVE);
    await Promise.resolve();
    stream.parts.read(1000);
  }

  expect(stream.parts.destroyed).toBe(false);
  expect(stream.waitingBytes).toBeGreaterThan(900_000);
});

test('A reader who was too slow finds the event that it was given in part, then why its query ended, and nothing between.', async () => {
  const stream = await openBehind();
  for (const [index, deviceId] of ['b', 'c'].entries()) {
    stream.tell(entered(deviceId, 2 + index));
    await Promise.resolve();
  }

  stream.tell({ kind: 'end', reason: 'tooSlow', message: 'Read faster.' });
  const waiting = stream.waitingBytes;
  const events = (await text(stream.parts)).split('\n\n');

  expect(waiting).toBeLessThan(1_100_000);
  expect(events.map((event) => event.split('\n')[0])).toEqual(['retry: 1000', 'event: entered', 'event: end', '']);
  expect(JSON.parse(events[1]?.split('data: ')[1] ?? '')).toMatchObject({ deviceId: 'a' });
  expect(JSON.parse(events[2]?.split('data: ')[1] ?? '')).toEqual({ reason: 'tooSlow', message: 'Read faster.' });
});

test('Of the streams that hold more than they may together, the slowest gives up, and no other.', async () => {
  const room = new EventStreamRoom(2_500_000);
  const told: string[] = [];
  const [slow, other] = [await openBehind(room), await openBehind(room)];
  for (const [name, stream] of Object.entries({ slow, other })) {
    stream.onTooSlow = () => {
      told.push(name);
      stream.tell({ kind: 'end', reason: 'tooSlow', message: 'Read faster.' });
    };
  }

  other.tell(ALIVE);
  await Promise.resolve();
  const before = [...told];
  slow.tell(entered('b', 2));
  await Promise.resolve();

  expect(before).toEqual([]);
  expect(told).toEqual(['slow']);
  expect(slow.waitingBytes + other.waitingBytes).toBeLessThan(2_500_000);
});

test('What has been read, and what nobody reads any more, does not count for the others.', async () => {
  const room = new EventStreamRoom(2_500_000);
  const told: string[] = [];
  const [gone, read] = [await openBehind(room), await openBehind(room)];
  gone.cut();
  await once(gone.parts, 'close');
  read.parts.resume();
  await vi.waitFor(() => expect(read.waitingBytes).toBe(0));

  for (const name of ['one', 'two']) (await openBehind(room)).onTooSlow = () => told.push(name);

  expect(told).toEqual([]);
});

test('As much may wait as the limit says, and not a byte more.', () => {
  const room = new EventStreamRoom(100);
  const told: string[] = [];
  const [one, two] = ['one', 'two'].map((name) => ({ giveUp: () => void told.push(name) }));
  if (!one || !two) throw new Error('There are two.');

  room.note(one, 60);
  room.note(two, 40);
  const before = [...told];
  room.note(two, 41);

  expect([before, told]).toEqual([[], ['one']]);
});
