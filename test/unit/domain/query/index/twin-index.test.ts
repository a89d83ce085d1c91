// Goal: an index is named as queries write its path, and only where a path can have one. Method: texts there and back.
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../../../../src/domain/limits.ts';
import { formatIndexPlace, indexedValue, mayHaveIndex, parseIndexPlace } from '../../../../../src/domain/query/index/twin-index.ts';
import { refusalOf } from '../../refusal.ts';

describe('The place of an index', () => {
  test.each([
    ['tags.site', 'tags.site'],
    ['TAGS.Site', 'tags.Site'],
    ['devices.tags.site', 'tags.site'],
    ['properties.reported.motor.[[speed-rpm]]', 'properties.reported.motor.[[speed-rpm]]'],
    ['properties.desired.[[select]].$x', 'properties.desired.select.$x'],
    ['devices.modules.tags.[[]]]', 'devices.modules.tags.[[]]]'],
    ['Devices.Modules.Properties.reported.[[1]]', 'devices.modules.properties.reported.[[1]]'],
  ])('%s is %s', (text, formatted) => {
    const place = parseIndexPlace(text);

    expect(formatIndexPlace(place)).toBe(formatted);
    expect(parseIndexPlace(formatted)).toEqual(place);
  });

  test.each([
    'tags',
    'properties.desired',
    'properties.reported.$version',
    'properties.desired.$metadata.a',
    'deviceId',
    'other.a',
    'modules.tags.a',
  ])('%s can have no index', (text) => {
    expect(refusalOf(() => parseIndexPlace(text))).toMatchObject({
      code: 'ArgumentInvalid',
      message: expect.stringContaining('such as tags.site'),
    });
  });

  test.each([
    ['Tags.a[0]', 'tags.a[0]'],
    ['devices.modules.properties.reported.[[my-list]][0][1].x', 'devices.modules.properties.reported.[[my-list]][0][1].x'],
    ['tags[0]', 'tags[0]'],
    ['deviceId[0]', 'deviceId[0]'],
  ])('%s is an item of an array, which can have no index', (text, shown) => {
    expect(refusalOf(() => parseIndexPlace(text))).toMatchObject({
      code: 'ArgumentInvalid',
      message: `An index is on a property, and ${shown} is an item of an array.`,
    });
  });

  test('An item of an array has no index, also where its array could have one.', () => {
    const place = { collection: 'devices', path: { kind: 'path', steps: ['tags', 'a', 0] } } as const;

    expect(mayHaveIndex(place)).toBe(false);
    expect(indexedValue(place.path)).toBeUndefined();
    expect(indexedValue({ kind: 'path', steps: ['properties', 'reported', 0, 'a'] })).toBeUndefined();
  });

  test.each(['', 'tags.', 'tags.a = 1', 'tags.my-key', "'tags.a'", 'tags.a, tags.b', 'COUNT(tags.a)', 'tags.a[-1]'])(
    '%j is no path',
    (text) => {
      expect(refusalOf(() => parseIndexPlace(text))).toMatchObject({
        code: 'ArgumentInvalid',
        message: expect.stringContaining('line 1:'),
      });
    },
  );

  test('A path may be as long as its limit, and no longer.', () => {
    const path = (chars: number): string => `tags.${'a'.repeat(chars - 5)}`;

    expect(formatIndexPlace(parseIndexPlace(path(LIMITS.twinIndexPathChars.value)))).toHaveLength(LIMITS.twinIndexPathChars.value);
    expect(refusalOf(() => parseIndexPlace(path(LIMITS.twinIndexPathChars.value + 1)))).toMatchObject({ code: 'ArgumentInvalid' });
  });

  test('A value lies in its section, under the names that follow.', () => {
    expect(indexedValue(parseIndexPlace('properties.reported.a.b').path)).toEqual({ section: 'reported', names: ['a', 'b'] });
    expect(indexedValue(parseIndexPlace('tags.a').path)).toEqual({ section: 'tags', names: ['a'] });
  });
});
