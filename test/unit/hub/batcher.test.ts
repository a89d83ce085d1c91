// The batcher: what is committed together, in which order, how much may wait, and who hears of a failure.
import { expect, test } from 'vitest';
import { HubError, type Outcome } from '../../../src/domain/errors.ts';
import { batched } from '../../../src/hub/batcher.ts';
import { turn } from '../../support/turn.ts';

type Commit = {
  readonly items: readonly string[];
  /** Ends the commit: each item is answered with itself in upper case. */
  succeed(): void;
  end(outcomes: readonly Outcome<string>[]): void;
  fail(error: Error): void;
};

const LIMITS = { batchItems: 3, queueItems: 5 };

test('Items of one turn of the event loop are one commit, in the order of the calls.', async () => {
  const { add, commits } = batcher();

  const values = Promise.all(['a', 'b', 'c'].map(add));
  await turn();
  commits[0]?.succeed();

  expect(await values).toEqual(['A', 'B', 'C']);
  expect(commits.map(({ items }) => items)).toEqual([['a', 'b', 'c']]);
});

test('An item is sent without waiting for others.', async () => {
  const { add, commits } = batcher();

  const first = add('a');
  await turn();
  const second = add('b');
  await turn();

  expect(commits.map(({ items }) => items)).toEqual([['a'], ['b']]);
  for (const commit of commits) commit.succeed();
  expect(await Promise.all([first, second])).toEqual(['A', 'B']);
});

test('A commit takes as many items as its limit, and the next item starts another.', async () => {
  const { add, commits } = batcher();

  const values = Promise.all(['a', 'b', 'c', 'd'].map(add));
  await turn();

  expect(commits.map(({ items }) => items)).toEqual([['a', 'b', 'c'], ['d']]);
  for (const commit of commits) commit.succeed();
  expect(await values).toEqual(['A', 'B', 'C', 'D']);
});

test('While two commits are under way, items wait and go together when one ends.', async () => {
  const { add, commits } = batcher();
  const values: Promise<string>[] = [];

  for (const item of ['a', 'b', 'c', 'd']) {
    values.push(add(item));
    await turn();
  }
  const sentWhileBusy = commits.map(({ items }) => items);
  commits[0]?.succeed();
  await turn();

  expect(sentWhileBusy).toEqual([['a'], ['b']]);
  expect(commits.map(({ items }) => items)).toEqual([['a'], ['b'], ['c', 'd']]);
  for (const commit of commits) commit.succeed();
  expect(await Promise.all(values)).toEqual(['A', 'B', 'C', 'D']);
});

test('After a commit has begun, what comes waits until it was gathered, and goes together.', async () => {
  const gathered: (() => void)[] = [];
  const { add, commits } = batcher({ gather: () => new Promise((resolve) => gathered.push(resolve)) });
  const committed = (): readonly (readonly string[])[] => commits.map(({ items }) => items);

  const values = [add('a')];
  await turn();
  const first = committed();
  for (const item of ['b', 'c']) {
    values.push(add(item));
    await turn();
  }
  commits[0]?.succeed();
  await turn();
  const whileGathering = committed();
  gathered[0]?.();
  await turn();

  expect(first).toEqual([['a']]);
  expect(whileGathering).toEqual([['a']]);
  expect(committed()).toEqual([['a'], ['b', 'c']]);
  commits[1]?.succeed();
  expect(await Promise.all(values)).toEqual(['A', 'B', 'C']);
});

test('An item that comes after all was gathered is sent without waiting.', async () => {
  let gatherings = 0;
  const { add, commits } = batcher({ gather: () => Promise.resolve(void (gatherings += 1)) });

  void add('a');
  await turn();
  await turn();
  void add('b');
  await turn();

  expect(commits.map(({ items }) => items)).toEqual([['a'], ['b']]);
  expect(gatherings).toBe(2);
});

test('As many items as the limit may wait, and one more is refused.', async () => {
  const { add, commits } = batcher();
  const underWay = [add('a')];
  await turn();
  underWay.push(add('b'));
  await turn();

  const waiting = ['1', '2', '3', '4', '5'].map(add);
  const refused = add('6');

  await expect(refused).rejects.toMatchObject({ code: 'ServiceUnavailable' });
  while (commits.some(({ items }) => items.length > 0)) {
    commits.shift()?.succeed();
    await turn();
  }
  expect(await Promise.all([...underWay, ...waiting])).toEqual(['A', 'B', '1', '2', '3', '4', '5']);
});

test('A commit that fails rejects its own items, and the others go on.', async () => {
  const { add, commits } = batcher();
  const lost = ['a', 'b', 'c'].map(add);
  const kept = add('d');
  await turn();

  commits[0]?.fail(new HubError('ServiceUnavailable', 'The disk is full.'));
  commits[1]?.succeed();

  for (const value of lost) await expect(value).rejects.toMatchObject({ code: 'ServiceUnavailable', message: 'The disk is full.' });
  expect(await kept).toBe('D');
  const later = add('e');
  await turn();
  commits[2]?.succeed();
  expect(await later).toBe('E');
});

test('A refused item rejects with its refusal and no other does.', async () => {
  const { add, commits } = batcher();
  const values = ['a', 'b', 'c'].map(add);
  await turn();

  commits[0]?.end([
    { kind: 'done', value: 'A' },
    { kind: 'refused', refusal: { code: 'DeviceNotFound', message: 'No b.' } },
    { kind: 'done', value: 'C' },
  ]);

  await expect(values[1]).rejects.toEqual(new HubError('DeviceNotFound', 'No b.'));
  await expect(values[1]).rejects.toMatchObject({ code: 'DeviceNotFound' });
  expect([await values[0], await values[2]]).toEqual(['A', 'C']);
});

test('A commit that answers too few items rejects all of them.', async () => {
  const { add, commits } = batcher();
  const values = ['a', 'b'].map(add);
  await turn();

  commits[0]?.end([{ kind: 'done', value: 'A' }]);

  for (const value of values) await expect(value).rejects.toThrow('answers each of its items');
});

test('Many items over many turns are committed once each and in order.', async () => {
  const committed: number[] = [];
  const add = batched<number, number>((items) => {
    committed.push(...items);
    return Promise.resolve(items.map((value) => ({ kind: 'done', value })));
  });
  const numbers = Array.from({ length: 5000 }, (_, index) => index);
  const values: Promise<number>[] = [];

  for (const number of numbers) {
    values.push(add(number));
    if (number % 700 === 0) await turn();
  }

  expect(await Promise.all(values)).toEqual(numbers);
  expect(committed).toEqual(numbers);
});

function batcher(options: { readonly gather?: () => Promise<void> } = {}): {
  readonly add: (item: string) => Promise<string>;
  readonly commits: Commit[];
} {
  const commits: Commit[] = [];
  const add = batched<string, string>(
    (items) =>
      new Promise((end, fail) => {
        const succeed = (): void => end(items.map((item) => ({ kind: 'done', value: item.toUpperCase() })));
        commits.push({ items, succeed, end, fail });
      }),
    { ...LIMITS, ...options },
  );
  return { add, commits };
}
