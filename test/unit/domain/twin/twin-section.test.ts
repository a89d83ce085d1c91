// What may stand in a section, at the last allowed value and one more, and what a section weighs.
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../../src/domain/json.ts';
import { checkTwinSection, sectionSize } from '../../../../src/domain/twin/twin-section.ts';
import { refusalOf } from '../refusal.ts';

const MAX_INTEGER = 4_503_599_627_370_495;

/** `levels` objects, one in the other, with `innermost` in the last. */
function nested(levels: number, innermost: JsonValue): JsonObject {
  return levels === 0 ? { leaf: innermost } : { level: nested(levels - 1, innermost) };
}

describe('checkTwinSection', () => {
  const accepted: [title: string, section: JsonObject][] = [
    ['an empty section', {}],
    ['every type of value', { text: 'x', number: 1.5, yes: true, no: false, object: {}, list: [1, 'x', [true], { a: 1 }] }],
    ['null, which removes', { a: null, b: { c: null } }],
    ['an empty key', { '': 1 }],
    ['a key of other scripts', { '漢字é😀': 1 }],
    ['a key of 1024 bytes', { ['k'.repeat(1024)]: 1 }],
    ['a key of 1024 bytes in 512 characters', { ['é'.repeat(512)]: 1 }],
    ['a string of 4096 bytes', { a: 'x'.repeat(4096) }],
    ['a string of 4096 bytes in 2048 UTF-16 units', { a: '😀'.repeat(1024) }],
    ['the largest integer', { a: MAX_INTEGER }],
    ['the smallest integer', { a: -MAX_INTEGER - 1 }],
    ['a large fraction', { a: 4_503_599_627_370.5 }],
    ['a value in the tenth object', nested(10, 1)],
    ['a value in the tenth array', nested(9, ['x'])],
  ];
  it.each(accepted)('accepts %s', (_title, section) => {
    expect(checkTwinSection(section, 'desired')).toBe(section);
  });

  const refused: [title: string, section: JsonValue, message: string][] = [
    ['null', null, "'desired' must be a JSON object."],
    ['an array', [], "'desired' must be a JSON object."],
    ['a string', 'text', "'desired' must be a JSON object."],
    ['a dot in a key', { 'a.b': 1 }, 'Error in Property/Tag a.b'],
    ['a dollar in a key', { a: { $b: 1 } }, 'Error in Property/Tag $b'],
    ['$version below the top', { a: { $version: 1 } }, 'Error in Property/Tag $version'],
    ['a hash in a key', { 'a#': 1 }, 'Error in Property/Tag a#'],
    ['a space in a key', { 'a b': 1 }, 'Error in Property/Tag a b'],
    ['a no-break space in a key', { 'a\u00a0b': 1 }, 'Error in Property/Tag a\u00a0b'],
    ['a C0 control character in a key', { 'a\u001f': 1 }, 'Error in Property/Tag a\u001f'],
    ['a C1 control character in a key', { 'a\u0080': 1 }, 'Error in Property/Tag a\u0080'],
    ['a bad key inside an array', { a: [[{ 'b.c': 1 }]] }, 'Error in Property/Tag b.c'],
    ['a bad key with null', { 'a.b': null }, 'Error in Property/Tag a.b'],
    ['a key of 1025 bytes', { ['k'.repeat(1025)]: 1 }, `key should be maximum 1024 bytes. Error in Property/Tag ${'k'.repeat(64)}…`],
    ['a key of 1026 bytes in 513 characters', { ['é'.repeat(513)]: 1 }, 'maximum 1024 bytes'],
    [
      'a string of 4097 bytes',
      { a: { b: 'x'.repeat(4097) } },
      'Property or Tag value should be maximum 4096 bytes. Error in Property/Tag b',
    ],
    ['a string of 4098 bytes in 1366 characters', { a: '漢'.repeat(1366) }, 'maximum 4096 bytes. Error in Property/Tag a'],
    ['a long string in an array', { a: ['x'.repeat(4097)] }, 'maximum 4096 bytes. Error in Property/Tag a'],
    [
      'an integer too large',
      { a: MAX_INTEGER + 1 },
      `Integers must be between ${-MAX_INTEGER - 1} and ${MAX_INTEGER}. Error in Property/Tag a`,
    ],
    ['an integer too small', { a: [-MAX_INTEGER - 2] }, 'Error in Property/Tag a'],
    ['null in an array', { b: [1, null] }, 'Value of Property or Tag cannot be null. Error inProperty/Tag b'],
    ['null in an object in an array', { b: [{ c: null }] }, 'Value of Property or Tag cannot be null. Error inProperty/Tag c'],
    ['an eleventh object', nested(10, {}), 'at most 10 levels'],
    ['an eleventh level that is an array', nested(10, []), 'at most 10 levels'],
    ['an eleventh level inside arrays', { a: nested(8, [[[1]]]) }, 'at most 10 levels'],
  ];
  it.each(refused)('refuses %s', (_title, section, message) => {
    const refusal = refusalOf(() => checkTwinSection(section, 'desired'));

    expect(refusal.code).toBe('ArgumentInvalid');
    expect(refusal.message).toContain(message);
  });

  it('takes off $metadata and $version of a section that is sent back', () => {
    const sentBack = { a: 1, $metadata: { $lastUpdated: '2026-01-01T00:00:00Z' }, $version: 4 };

    expect(checkTwinSection(sentBack, 'desired')).toEqual({ a: 1 });
  });
});

describe('sectionSize', () => {
  const cases: [section: JsonValue, size: number][] = [
    [{}, 0],
    [{ abc: 'de' }, 5],
    [{ a: 1, b: -2.5 }, 18],
    [{ a: true, b: false }, 10],
    [{ a: { b: { c: 'd' } } }, 4],
    [{ a: ['x', 1, [true], {}] }, 14],
    [{ é: '漢😀' }, 9],
    [{ 'a\u0001': 'b\n\u007f\u0085c' }, 3],
    [{ a: '\u00a0' }, 3],
  ];
  it.each(cases)('of %j is %i', (section, size) => {
    expect(sectionSize(section)).toBe(size);
  });
});
