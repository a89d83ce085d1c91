// Goal: nothing that comes over the network harms a hub or its decent clients. Method: a hub in a process of its own, every attack on it over
// real connections, decent clients that work during and after each, and its whole log at level debug. `npm run soak` goes on with the same.
import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ATTACKS } from './attacks/all.ts';
import { attackOf, besiege, type Siege } from './siege.ts';

/** Each attack is made so often. */
const PASSES = 1;

// Set it to see the same again.
const seed = Number(process.env['TWINHUB_SEED'] ?? randomInt(2 ** 31));

let siege: Siege;
beforeAll(async () => {
  console.log(`Hostile input with seed ${seed}`);
  siege = await besiege({ seed });
});
afterAll(() => siege[Symbol.asyncDispose]());

const rounds = Array.from({ length: ATTACKS.length * PASSES }, (_, round) => ({ round, name: attackOf(round).name }));

test.each(rounds)('$name: the hub bears it (round $round).', async ({ round }) => {
  await expect(siege.round(round)).resolves.toBeDefined();
});

test('After all of it the hub has nothing open that it had not before.', async () => {
  await expect.poll(() => siege.leftOpen()).toEqual([]);
});

test('After all of it the log has neither a secret nor a fault, and the hub stops as asked.', async () => {
  expect(siege.logLines).toBeGreaterThan(ATTACKS.length);

  await siege.close();
});
