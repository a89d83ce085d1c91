// Whether the reader of an event stream is cut off, by what it takes between two signs of life.
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test, vi } from 'vitest';
import { EventStream } from '../../../../src/gateways/http/event-stream.ts';
import { EventStreamRoom } from '../../../../src/gateways/http/event-stream-room.ts';
import type { LiveEvent } from '../../../../src/hub/live/live-event.ts';
import { openHttpApi } from './open-http-api.ts';

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

test('What its reader took last does not count for a stream that has nothing to tell.', async () => {
  const room = new EventStreamRoom(1_500_000);
  const told: string[] = [];
  const streams = Array.from({ length: 40 }, () => new EventStream(room));
  for (const stream of streams) {
    stream.onTooSlow = () => told.push('read');
    stream.parts.resume();
  }
  for (const stream of streams) {
    stream.tell({ kind: 'entered', id: { deviceId: 'a' }, item: { text: 'x'.repeat(60_000) }, sequence: 1 });
    await Promise.resolve();
    await vi.waitFor(() => expect(stream.waitingBytes).toBe(0), { interval: 1 });
  }

  (await openBehind(room)).onTooSlow = () => told.push('slow');

  expect(told).toEqual([]);
});

test('A stream whose query has ended is cut when it holds up most.', async () => {
  const room = new EventStreamRoom(1_500_000);
  const stream = new EventStream(room);
  stream.tell(entered('a', 1));
  stream.tell({ kind: 'end', reason: 'stopping', message: 'The hub is stopping.' });
  await Promise.resolve();
  const before = stream.parts.destroyed;

  await openBehind(room);

  expect([before, stream.parts.destroyed]).toEqual([false, true]);
});

test('The stream of a query that is refused counts for nothing, since nobody reads it.', async () => {
  const api = await openHttpApi();
  const open = vi.spyOn(api.hub.liveQueries, 'open');
  const noted = vi.spyOn(EventStreamRoom.prototype, 'note');

  const { status } = await api.call({ method: 'POST', path: '/hub/queries/live', body: { query: 'SELECT * FROM nothing' } });

  expect([status, open.mock.calls.length]).toEqual([400, 1]);
  // Once with its first words, and once when it was closed.
  await vi.waitFor(() => expect(noted).toHaveBeenCalledTimes(2));
  expect(noted.mock.lastCall?.[0].waitingBytes).toBe(0);
  await api[Symbol.asyncDispose]();
});

test('As much may wait as the limit says, and not a byte more.', () => {
  const room = new EventStreamRoom(100);
  const told: string[] = [];
  const one = { waitingBytes: 60, giveUp: () => void told.push('one') };
  const two = { waitingBytes: 40, giveUp: () => void told.push('two') };

  room.note(one);
  room.note(two);
  const before = [...told];
  two.waitingBytes = 41;
  room.note(two);

  expect([before, told]).toEqual([[], ['one']]);
});
