// JSON whose keys are written with escapes: some versions of JSON.parse take such a key for another one (nodejs/node#63785).
import { describe, expect, test } from 'vitest';
import { parseJson, parseOwnJson } from '../../../src/domain/json.ts';

describe.each([
  ['parseJson', parseJson],
  ['parseOwnJson', parseOwnJson],
])('%s', (_, parse) => {
  test.each([
    ['a quotation mark', '\\"', '"'],
    ['a line feed', '\\n', '\n'],
    ['a letter as a number', '\\u0041', 'A'],
    ['a letter beyond ASCII as a number', '\\u00e9', 'é'],
    ['a slash', '\\/', '/'],
    ['text before a quotation mark', 'a\\"', 'a"'],
    ['a percent sign and an escape', '%22\\"', '%22"'],
  ])('reads a key of %s after keys of backslashes', (_what, escaped, key) => {
    parse('{"first":1,"\\\\":2}');
    parse('{"first":1,"a\\\\":2}');

    const value = parse(`{"first":1,"${escaped}" : {"${escaped}":["${escaped}"]},"%41":3}`);

    expect(value).toEqual({ first: 1, [key]: { [key]: [key] }, '%41': 3 });
  });

  test('takes the last of two keys that are written differently and mean the same', () => {
    expect(parse('{"a":1,"\\u0061":2}')).toEqual({ a: 2 });
  });

  test('keeps __proto__ an ordinary key beside an escaped one', () => {
    const value = parse('{"__proto__":{"a":1},"\\"":2}');

    expect(JSON.stringify(value)).toBe('{"__proto__":{"a":1},"\\"":2}');
  });
});
