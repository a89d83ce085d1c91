// Goal: prove that no more calls run than there is room for. Method: calls that end when the test says so.
import { expect, test } from 'vitest';
import { Room } from '../../../../src/stores/postgres/room.ts';

test('No more calls run at a time than there is room for, and one that fails makes room too.', async () => {
  const room = new Room(2);
  const calls = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
  const begun: number[] = [];

  const results = Promise.allSettled(
    calls.map(({ promise }, index) =>
      room.run(() => {
        begun.push(index);
        return promise;
      }),
    ),
  );
  const atFirst = [...begun];
  calls[1]?.reject(new Error('No.'));
  await expect.poll(() => begun).toEqual([0, 1, 2]);
  for (const { resolve } of calls) resolve();

  expect(atFirst).toEqual([0, 1]);
  expect((await results).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  expect(begun).toEqual([0, 1, 2, 3]);
});
