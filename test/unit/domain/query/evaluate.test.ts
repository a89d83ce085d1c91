// Goal: each rule of the language's README holds. Method: conditions over one small document; `?` stands for undefined.
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { ROOT_NAMES } from '../../../../src/domain/query/collections.ts';
import { evaluate } from '../../../../src/domain/query/evaluate.ts';
import { parseCondition, parseQuery } from '../../../../src/domain/query/parser.ts';
import { project } from '../../../../src/domain/query/project.ts';
import { serviceTwinDocument } from '../../../../src/domain/twin/twin-document.ts';
import { deviceWith } from '../identity/device-builder.ts';
import { twinWith } from '../twin/twin-builders.ts';

const document: JsonObject = {
  one: 1,
  text: 'b',
  digit: '1',
  yes: true,
  no: false,
  nil: null,
  object: { inner: 'x', nil: null },
  list: ['x', { inner: 'y', 0: 'key' }, [1, [2, null]]],
  [0]: 'zero',
};

describe('a condition', () => {
  it.each([
    // The same value of the same kind is equal, and no value is converted.
    ['one = 1', true],
    ['one = 1.0', true],
    ["one = '1'", false],
    ['one = digit', false],
    ['one = true', false],
    ['no = 0', false],
    ["text = 'B'", false],
    ['nil = null', true],
    ['one != null', true],
    ["object = 'x'", false],
    ['object != null', true],
    ['list = object', '?'],
    ['object != object', '?'],
    // Nothing can be said of what is not there.
    ['gone = 1', '?'],
    ['gone != 1', '?'],
    ['gone = gone', '?'],
    ['gone = null', '?'],
    ['one = undefined', '?'],
    ['list.inner = 1', '?'],
    ['text.length = 1', '?'],
    ['toString = 1', '?'],
    // Order is between numbers, or between strings by code point.
    ['one < 2', true],
    ['one >= 1', true],
    ['one > 1', false],
    ["text > 'a'", true],
    ["text <= 'B'", false],
    ["'a' < 'aa'", true],
    [String.raw`'\ufffd' < '\ud83d\ude00'`, true],
    ["one < '2'", '?'],
    ['yes > no', '?'],
    ['nil <= null', '?'],
    ['gone < 1', '?'],
    ['object < 1', '?'],
    // Lists.
    ["text IN ['a', 'b']", true],
    ["one IN ['1', true]", false],
    ['nil IN [null]', true],
    ['object IN [null]', false],
    ['gone IN [null]', '?'],
    ["text NIN ['a']", true],
    ["text NIN ['b']", false],
    ['gone NIN [1]', '?'],
    // Three values of truth.
    ['NOT yes', false],
    ['NOT gone', '?'],
    ['NOT one', '?'],
    ['NOT gone = 1', '?'],
    ['no AND gone', false],
    ['gone AND no', false],
    ['yes AND gone', '?'],
    ['yes AND one', '?'],
    ['yes OR gone', true],
    ['gone OR yes', true],
    ['no OR gone', '?'],
    ['gone OR gone', '?'],
    ['no OR one', '?'],
    ['(one = 1) = yes', true],
    ['(gone = 1) = yes', '?'],
    // Checks always answer.
    ['IS_DEFINED(nil)', true],
    ['IS_DEFINED(object.nil)', true],
    ['IS_DEFINED(gone)', false],
    ['IS_NULL(nil)', true],
    ['IS_NULL(gone)', false],
    ['IS_BOOL(no)', true],
    ['IS_BOOL(one)', false],
    ['IS_NUMBER(one)', true],
    ['IS_NUMBER(digit)', false],
    ['IS_STRING(digit)', true],
    ['IS_OBJECT(object)', true],
    ['IS_OBJECT(list)', false],
    ['IS_OBJECT(nil)', false],
    ['IS_ARRAY(list)', true],
    ['IS_ARRAY(object)', false],
    ['IS_PRIMITIVE(nil)', true],
    ['IS_PRIMITIVE(list)', false],
    ['IS_PRIMITIVE(gone)', false],
    ['IS_BOOL(gone = 1)', false],
    // Arithmetic is between numbers.
    ['one + 1', 2],
    ['1 - 2 * 3', -5],
    ['7 / 2', 3.5],
    ['-7 % 4', -3],
    ['5.5 % 2', 1.5],
    ['one + digit', '?'],
    ['one + yes', '?'],
    ['gone + 1', '?'],
    ['1 / 0', '?'],
    ['1 % 0', '?'],
    ['1e308 * 10', '?'],
    ['-one', -1],
    // Functions of numbers.
    ['ABS(-1.5)', 1.5],
    ['EXP(0)', 1],
    ['EXP(1000)', '?'],
    ['POWER(2, 10)', 1024],
    ['POWER(-1, 0.5)', '?'],
    ['SQUARE(3)', 9],
    ['CEILING(1.2)', 2],
    ['FLOOR(-1.2)', -2],
    ['SIGN(-3)', -1],
    ['SQRT(9)', 3],
    ['SQRT(-1)', '?'],
    ['ABS(digit)', '?'],
    ['AS_NUMBER(digit) + 1', 2],
    ['AS_NUMBER(one)', 1],
    ["AS_NUMBER('-1.5e1')", -15],
    ["AS_NUMBER('')", '?'],
    ["AS_NUMBER(' 1')", '?'],
    ["AS_NUMBER('0x1')", '?'],
    ["AS_NUMBER('1e999')", '?'],
    ['AS_NUMBER(yes)', '?'],
    // Functions of strings, by code point.
    ["CONCAT('a', text, 'c')", 'abc'],
    ["CONCAT('a', one)", '?'],
    ["LENGTH('a😀é')", 3],
    ['LENGTH(list)', '?'],
    ["LOWER('ÄSS')", 'äss'],
    ["UPPER('straße')", 'STRASSE'],
    ["LOWER('ΟΔΟΣ')", 'οδος'],
    ["SUBSTRING('a😀bc', 1)", '😀bc'],
    ["SUBSTRING('a😀bc', 1, 2)", '😀b'],
    ["SUBSTRING('abc', 9)", ''],
    ["SUBSTRING('abc', 1, 9)", 'bc'],
    ["SUBSTRING('abc', -1)", '?'],
    ["SUBSTRING('abc', 0.5)", '?'],
    ["SUBSTRING('abc', 0, gone)", '?'],
    ["INDEX_OF('a😀b', 'b')", 2],
    ["INDEX_OF('abc', 'x')", -1],
    ["INDEX_OF('abc', '')", 0],
    ["STARTSWITH('abc', 'ab')", true],
    ["STARTSWITH('abc', 'AB')", false],
    ["ENDSWITH('abc', 'bc')", true],
    ["CONTAINS('abc', 'b')", true],
    ["CONTAINS(gone, 'b')", '?'],
    ["CONTAINS('1', 1)", '?'],
    // Patterns.
    ["'abc' LIKE 'a%'", true],
    ["'abc' LIKE 'A%'", false],
    ["'abc' LIKE '_b_'", true],
    ["'a😀c' LIKE 'a_c'", true],
    ["'abc' LIKE 'ab'", false],
    ["'' LIKE '%'", true],
    ["'abcbd' LIKE '%b_'", true],
    [String.raw`'50%' LIKE '%\\%'`, true],
    [String.raw`'500' LIKE '50\\%'`, false],
    [String.raw`'a\\' LIKE 'a\\'`, true],
    ["one LIKE '%'", '?'],
    ["gone NOT LIKE '%'", '?'],
    // Arrays.
    ["ARRAY_CONTAINS(list, 'x')", true],
    ["ARRAY_CONTAINS(list, 'y')", false],
    ['ARRAY_CONTAINS(list, object)', '?'],
    ['ARRAY_CONTAINS(list, gone)', '?'],
    ["ARRAY_CONTAINS(text, 'b')", '?'],
    ["ARRAY_CONTAINS(gone, 'x')", '?'],
    // Items of arrays, by number only.
    ['list[0]', 'x'],
    ['list[1].inner', 'y'],
    ['list[2][0]', 1],
    ['list[2][1][0] + 1', 3],
    ['IS_NULL(list[2][1][1])', true],
    ['list[3]', '?'],
    ['IS_DEFINED(list[2][2])', false],
    ['list[3] != 1', '?'],
    ['list.[[0]]', '?'],
    ['list.length', '?'],
    ['list[1].[[0]]', 'key'],
    ['list[1][0]', '?'],
    ['text[0]', '?'],
    ['one[0]', '?'],
    ['yes[0]', '?'],
    ['nil[0]', '?'],
    ['gone[0]', '?'],
    ['object[0]', '?'],
    ['list[0][0]', '?'],
    ['[[0]]', 'zero'],
    ["UPPER(list[0]) = 'X'", true],
    ["list[0] IN ['x']", true],
    ['ARRAY_CONTAINS(list[2], 1)', true],
    ['ARRAY_CONTAINS(list[2][1], list[2][0])', false],
    ['IS_ARRAY(list[2])', true],
    ['IS_OBJECT(list[1])', true],
    // A path alone says what it leads to.
    ['yes', true],
    ['one', 1],
    ['gone', '?'],
  ])('%s says %s', (text, expected) => {
    expect(evaluate(parseCondition(text), document) ?? '?').toBe(expected);
  });
});

describe('a projection', () => {
  it('leaves out what is not there, and keeps null', () => {
    const { select } = parseQuery(
      'SELECT one, nil, gone, list[1].inner, list[9], list[2][1] AS deep, object.inner AS [[__proto__]] FROM devices',
    );

    expect(JSON.stringify(project(select, document))).toBe('{"one":1,"nil":null,"inner":"y","deep":[2,null],"__proto__":"x"}');
  });

  it('of everything is the document', () => {
    expect(project('all', document)).toBe(document);
  });
});

describe('the names at the root', () => {
  it('of devices are those of a twin document', () => {
    const device = deviceWith({ statusReason: 'maintenance', deviceScope: 's', parentScopes: ['s'], modelId: 'dtmi:a;1' });

    expect(Object.keys(serviceTwinDocument(device, twinWith({}))).toSorted()).toEqual(ROOT_NAMES.devices.toSorted());
  });

  it('of modules are those of the twin document of a module', () => {
    const module = { ...deviceWith({ modelId: 'dtmi:a;1' }), moduleId: 'm', managedBy: null };

    expect(Object.keys(serviceTwinDocument(module, twinWith({}))).toSorted()).toEqual(ROOT_NAMES['devices.modules'].toSorted());
  });
});
