// Which indexes a hub makes and drops by itself.
import { expect, test } from 'vitest';
import { autoIndexStep, type AutoIndexStep, type OwnIndex, type WantedIndex } from '../../../../../src/domain/query/index/auto-index.ts';
import { formatIndexPlace, parseIndexPlace } from '../../../../../src/domain/query/index/twin-index.ts';
import { LIMITS } from '../../../../../src/domain/limits.ts';

const QUERIES = LIMITS.autoIndexQueries.value;
const SECONDS = LIMITS.autoIndexSavedSeconds.value;

function wanted(path: string, queries = QUERIES, savedSeconds = SECONDS): WantedIndex {
  return { place: parseIndexPlace(path), queries, savedSeconds };
}

function own(path: string, uses = 0, { isSettled = true, scans = 0 } = {}): OwnIndex {
  return { place: parseIndexPlace(path), uses, isSettled, scans };
}

function told({ drop, create }: AutoIndexStep): readonly (string | undefined)[] {
  return [drop && `${formatIndexPlace(drop.place)}${drop.isUseless ? ' for good' : ''}`, create && formatIndexPlace(create)];
}

test.each<{
  when: string;
  wanted: readonly WantedIndex[];
  own?: readonly OwnIndex[];
  most?: number;
  does: readonly (string | undefined)[];
}>([
  { when: 'nothing was scanned', wanted: [], does: [undefined, undefined] },
  { when: 'a path was scanned just often enough', wanted: [wanted('tags.a')], does: [undefined, 'tags.a'] },
  { when: 'it was scanned once less', wanted: [wanted('tags.a', QUERIES - 1)], does: [undefined, undefined] },
  { when: 'too little would be saved', wanted: [wanted('tags.a', QUERIES, SECONDS - 0.1)], does: [undefined, undefined] },
  {
    when: 'two were scanned',
    wanted: [wanted('tags.a', 900, SECONDS), wanted('tags.b', QUERIES, SECONDS + 1)],
    does: [undefined, 'tags.b'],
  },
  { when: 'there is room for one more', wanted: [wanted('tags.a')], own: [own('tags.x')], most: 2, does: [undefined, 'tags.a'] },
  {
    when: 'there is no room, and one is used seldom',
    wanted: [wanted('tags.a')],
    own: [own('tags.x', 100), own('tags.y', QUERIES / 2 - 1)],
    most: 2,
    does: ['tags.y', 'tags.a'],
  },
  {
    when: 'there is no room, and each is used half as often',
    wanted: [wanted('tags.a')],
    own: [own('tags.x', QUERIES / 2)],
    does: [undefined, undefined],
  },
  {
    when: 'there is no room, and the one that is used least is new',
    wanted: [wanted('tags.a')],
    own: [own('tags.x', 0, { isSettled: false })],
    does: [undefined, undefined],
  },
  {
    when: 'there are more than may be',
    wanted: [],
    own: [own('tags.x', 2), own('tags.y', 1, { isSettled: false })],
    does: ['tags.y', undefined],
  },
  {
    when: 'queries scan for a path more often than its index answers them',
    wanted: [wanted('tags.a')],
    own: [own('tags.x', 9), own('tags.y', 4, { scans: 5 })],
    most: 3,
    does: ['tags.y for good', undefined],
  },
  { when: 'they do so as often', wanted: [], own: [own('tags.x', 5, { scans: 5 })], does: [undefined, undefined] },
  {
    when: 'they did so while it was made',
    wanted: [],
    own: [own('tags.x', 0, { scans: 5, isSettled: false })],
    does: [undefined, undefined],
  },
])('When $when it does $does', ({ wanted: paths, own: indexes = [], most = 1, does }) => {
  expect(told(autoIndexStep({ wanted: paths, own: indexes, most }))).toEqual(does);
});
