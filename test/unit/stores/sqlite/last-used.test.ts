// Which values are kept of those that were used last.
import { expect, it } from 'vitest';
import { LastUsed } from '../../../../src/stores/sqlite/last-used.ts';

it('keeps as many as it may, and gives up the one that was not used for the longest time', () => {
  const made: string[] = [];
  const kept = new LastUsed<string>(2);
  const use = (key: string): string =>
    kept.get(key, () => {
      made.push(key);
      return key.toUpperCase();
    });

  const values = ['a', 'b', 'a', 'c', 'a', 'b'].map(use);

  expect(values).toEqual(['A', 'B', 'A', 'C', 'A', 'B']);
  expect(made).toEqual(['a', 'b', 'c', 'b']);
});
