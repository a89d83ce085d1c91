// Whether the reader of an event stream is cut off, by what it takes between two signs of life.
import { expect, test } from 'vitest';
import { EventStream } from '../../../../src/gateways/http/event-stream.ts';
import type { LiveEvent } from '../../../../src/hub/live/live-event.ts';

const ALIVE: LiveEvent = { kind: 'alive', sequence: 1 };

/** A stream in which more waits than its reader takes at once. */
async function openBehind(): Promise<EventStream> {
  const stream = new EventStream();
  stream.tell({ kind: 'entered', id: { deviceId: 'a' }, item: { text: 'x'.repeat(1_000_000) }, sequence: 1 });
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
  expect(stream.parts.readableLength).toBeGreaterThan(900_000);
});
