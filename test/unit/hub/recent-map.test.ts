// A map that forgets what was not used for the longest time.
import { expect, test } from 'vitest';
import { RecentMap } from '../../../src/hub/recent-map.ts';

test('Entries are kept to the last that fits, and the one not used for the longest time goes first.', () => {
  const map = new RecentMap<string, number>(3);
  map.set('a', 1);
  map.set('b', 2);
  map.set('c', 3);

  const used = map.get('a');
  map.set('b', 20);
  map.set('d', 4);

  expect(used).toBe(1);
  expect(['a', 'b', 'c', 'd'].map((key) => map.get(key))).toEqual([1, 20, undefined, 4]);
});

test('An entry that is deleted makes room.', () => {
  const map = new RecentMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);

  map.delete('a');
  map.set('c', 3);

  expect(['a', 'b', 'c'].map((key) => map.get(key))).toEqual([undefined, 2, 3]);
});
