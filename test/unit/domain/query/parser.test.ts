// Goal: every part of the language becomes the data it should, and every refusal says where and what.
// Method: texts on one side, the tree or the message on the other.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../../src/domain/limits.ts';
import type { Expression } from '../../../../src/domain/query/ast.ts';
import { parseCondition, parseQuery } from '../../../../src/domain/query/parser.ts';
import { refusalOf } from '../refusal.ts';

const a = path('a');
const b = path('b');
const c = path('c');

describe('a query', () => {
  it('without WHERE lets everything through', () => {
    expect(parseQuery('SELECT * FROM devices')).toEqual({ from: 'devices', select: 'all', where: { kind: 'constant', value: true } });
  });

  it('has keywords, collections and root names in any case, and other names in their own', () => {
    expect(parseQuery('select DEVICEID, Tags.Site from DEVICES where STATUS = "enabled" and nOt TAGS.Site')).toEqual({
      from: 'devices',
      select: [
        { path: path('deviceId'), name: 'deviceId' },
        { path: path('tags', 'Site'), name: 'Site' },
      ],
      where: {
        kind: 'and',
        terms: [comparison('=', path('status'), constant('enabled')), { kind: 'not', term: path('tags', 'Site') }],
      },
    });
  });

  it('takes the collection in front of a path away, in front of its own documents only', () => {
    expect(parseQuery('SELECT devices.deviceId, devices.jobs.status AS job FROM devices').select).toEqual([
      { path: path('deviceId'), name: 'deviceId' },
      { path: path('jobs', 'status'), name: 'job' },
    ]);
    expect(parseQuery('SELECT devices.jobs.JobId FROM devices.jobs').select).toEqual([{ path: path('jobId'), name: 'jobId' }]);
  });

  it('names its columns, also with names in brackets', () => {
    expect(parseQuery('SELECT tags.a AS [[the a]], tags.[[b c]] FROM devices').select).toEqual([
      { path: path('tags', 'a'), name: 'the a' },
      { path: path('tags', 'b c'), name: 'b c' },
    ]);
  });

  it.each([
    ['', '1:1: expected SELECT, found the end.'],
    ['FROM devices', "1:1: expected SELECT, found 'FROM'."],
    ['SELECT FROM devices', "1:8: expected a property path, found 'FROM'."],
    ['SELECT *, a FROM devices', "1:9: expected FROM, found ','."],
    ['SELECT a, * FROM devices', '1:11: * stands alone after SELECT.'],
    ['SELECT 5 FROM devices', "1:8: expected a property path, found '5'."],
    ['SELECT a b FROM devices', "1:10: expected FROM, found 'b'."],
    ['SELECT a AS FROM devices', "1:18: expected FROM, found 'devices'."],
    ['SELECT tags.a, desired.a FROM devices', "1:16: there is a column 'a' already, give one of them another name with AS."],
    ['SELECT * FROM', '1:14: expected a property path, found the end.'],
    ['SELECT * FROM fleet', '1:15: expected devices or devices.jobs after FROM.'],
    ['SELECT * FROM devices WHERE', '1:28: expected a property path, a constant, a function, NOT or (, found the end.'],
    ['SELECT * FROM devices a', "1:23: expected the end, found 'a'."],
    ['SELECT *\nFROM devices\n  WHERE a = 1;', '3:14: a semicolon has no meaning here.'],
  ])('is refused with its place: %j', (text, message) => {
    expect(refusalOf(() => parseQuery(text))).toMatchObject({
      code: 'ArgumentInvalid',
      message: `The query is not valid at line ${message}`,
    });
  });

  it.each([
    ['SELECT COUNT() AS n FROM devices', '1:8: the aggregate COUNT is'],
    ['SELECT avg(tags.x) FROM devices', '1:8: the aggregate AVG is'],
    ['SELECT TOP 5 a FROM devices', '1:8: TOP is'],
    ['SELECT a FROM devices GROUP BY a', '1:23: GROUP BY is'],
    ['SELECT a FROM devices ORDER BY a', '1:23: ORDER BY is'],
    ['SELECT * FROM devices.modules', '1:15: the collection devices.modules is'],
    ["SELECT * FROM devices WHERE STARTSWITH(deviceId, 'a')", '1:29: the function STARTSWITH is'],
    ['SELECT * FROM devices WHERE tags.list[0] = 1', '1:38: items of arrays are'],
    ['SELECT * FROM devices WHERE a + 1 = 2', "1:31: '+' stands for arithmetic unless the name is in [[ ]], and arithmetic is"],
  ])('is refused by name where the hub lacks a part: %s', (text, message) => {
    expect(refusalOf(() => parseQuery(text)).message).toBe(
      `The query is not valid at line ${message} not supported by this hub, see docs/compatibility.md.`,
    );
  });

  it('has a property that is called TOP', () => {
    expect(parseQuery('SELECT top FROM devices').select).toEqual([{ path: path('top'), name: 'top' }]);
  });

  it('has a limited number of columns', () => {
    const columns = (count: number): string => Array.from({ length: count }, (_, index) => `c${index}`).join(', ');
    const max = LIMITS.queryColumns.value;

    expect(parseQuery(`SELECT ${columns(max)} FROM devices`).select).toHaveLength(max);
    expect(refusalOf(() => parseQuery(`SELECT ${columns(max + 1)} FROM devices`)).message).toContain('at most 100 columns');
  });
});

describe('a condition', () => {
  it.each(['', '  \n', '*', ' * '])('that is %j means everything', (text) => {
    expect(parseCondition(text)).toEqual({ kind: 'constant', value: true });
  });

  it.each<[string, Expression]>([
    ['a OR b AND c', { kind: 'or', terms: [a, { kind: 'and', terms: [b, c] }] }],
    ['(a OR b) AND c', { kind: 'and', terms: [{ kind: 'or', terms: [a, b] }, c] }],
    ['a AND (b AND c)', { kind: 'and', terms: [a, b, c] }],
    ['NOT a = b AND c', { kind: 'and', terms: [{ kind: 'not', term: comparison('=', a, b) }, c] }],
    ['NOT NOT a', { kind: 'not', term: { kind: 'not', term: a } }],
    ['a <> 1', comparison('!=', a, constant(1))],
    ['1 <= a', comparison('<=', constant(1), a)],
    ['(a = b) = TRUE', comparison('=', comparison('=', a, b), constant(true))],
    ['a = Null', comparison('=', a, constant(null))],
    ['a = UNDEFINED', comparison('=', a, constant(undefined))],
    ["a IN ['x', 1, true, null]", { kind: 'membership', operand: a, list: ['x', 1, true, null], negated: false }],
    ['a nin [-1]', { kind: 'membership', operand: a, list: [-1], negated: true }],
    ['is_defined(a) = true', comparison('=', { kind: 'check', check: 'IS_DEFINED', operand: a }, constant(true))],
    ['is_defined', path('is_defined')],
    ['tags.[[in]] = tags.in', comparison('=', path('tags', 'in'), path('tags', 'in'))],
    ['[[a.b]].c', path('a.b', 'c')],
    ['tags.[[]]', path('tags', '')],
    ['tags.[[a]]]', path('tags', 'a]')],
    ['properties.desired.$version > 1', comparison('>', path('properties', 'desired', '$version'), constant(1))],
    ['größe', path('größe')],
  ])('reads %s', (text, expected) => {
    expect(parseCondition(text)).toEqual(expected);
  });

  it.each<[string, unknown]>([
    ['0', 0],
    ['-0', 0],
    ['007', 7],
    ['1.50', 1.5],
    ['-1e3', -1000],
    ['2E-2', 0.02],
    ['0x1F', 31],
    ["'it''s'", "it's"],
    [String.raw`'it\'s "\\"'`, String.raw`it's "\"`],
    ['"say ""x"""', 'say "x"'],
    [String.raw`'\u00e9\ud83d\ude00'`, 'é😀'],
    ["''", ''],
    ["'-- no comment; /* */'", '-- no comment; /* */'],
  ])('reads the constant %s', (text, value) => {
    expect(parseCondition(`a = ${text}`)).toEqual(comparison('=', a, constant(value)));
  });

  it.each([
    ['SELECT * FROM devices', '1:1: a condition is what stands after WHERE, without SELECT in front of it.'],
    ['where a', '1:1: a condition is what stands after WHERE, without WHERE in front of it.'],
    ['*, a', "1:1: expected a property path, a constant, a function, NOT or (, found '*'."],
    ['a = 1 = 2', '1:7: a comparison follows a comparison, use parentheses.'],
    ['a IN [1] = true', '1:10: a comparison follows a comparison, use parentheses.'],
    ['a =', '1:4: expected a property path, a constant, a function, NOT or (, found the end.'],
    ['a = [1]', '1:5: a list stands only after IN or NIN.'],
    ['a IN []', "1:7: expected a constant, found ']'."],
    ['a IN [b]', "1:7: expected a constant, found 'b'."],
    ['a IN [undefined]', '1:7: a list holds no undefined.'],
    ['a IN [1', "1:8: expected ']', found the end."],
    ['a. = 1', "1:4: expected a property name, found '='."],
    ['(a', "1:3: expected ')', found the end."],
    ['a AND IS_NULL()', "1:15: expected a property path, a constant, a function, NOT or (, found ')'."],
    ["a = 'x", "1:5: the string has no end, expected '."],
    [String.raw`a = '\n'`, String.raw`1:6: the escape is none of \' \" \\ \uXXXX.`],
    [String.raw`a = '\u0000'`, '1:5: the character U+0000 stands in no document.'],
    [String.raw`a = '\ud83d'`, '1:5: half of a surrogate pair stands in no document.'],
    ['[[a', '1:1: the name that begins with [[ has no end, expected ]].'],
    ['tags.5x = 1', "1:6: '5x' is no number, write [[5x]] for a name."],
    ['a = 1e999', '1:5: the number is too large.'],
    ['a ! b', "1:3: '!' has no meaning here."],
    ['a \u0001', '1:3: the character U+0001 has no meaning here.'],
    ["'😀' ?", "1:5: '?' has no meaning here."],
  ])('is refused with its place: %j', (text, message) => {
    expect(refusalOf(() => parseCondition(text)).message).toBe(`The condition is not valid at line ${message}`);
  });

  it('has a limited length', () => {
    const max = LIMITS.queryChars.value;
    const text = (length: number): string => `a = '${'x'.repeat(length - 6)}'`;

    expect(parseCondition(text(max))).toMatchObject({ kind: 'comparison' });
    expect(refusalOf(() => parseCondition(text(max + 1))).message).toContain('longer than 8192 characters');
  });

  it.each(['NOT ', '(', 'IS_NULL('])('nests to a limited depth with %s', (opening) => {
    const text = (depth: number): string => `${opening.repeat(depth)}a${')'.repeat(opening.endsWith('(') ? depth : 0)}`;
    const max = LIMITS.queryDepth.value;

    expect(() => parseCondition(text(max))).not.toThrow();
    expect(refusalOf(() => parseCondition(text(max + 1))).message).toContain('nests deeper than 32 levels');
  });

  it('takes as many terms as fit in a text', () => {
    const terms = 'a OR '.repeat(1637);

    expect(parseCondition(`${terms}a`)).toMatchObject({ kind: 'or', terms: { length: 1638 } });
  });

  it('has paths and lists of limited length', () => {
    const names = LIMITS.queryPathNames.value;
    const items = LIMITS.queryListItems.value;

    expect(parseCondition(Array(names).fill('a').join('.'))).toMatchObject({ names: { length: names } });
    expect(refusalOf(() => parseCondition(`a.${Array(names).fill('a').join('.')}`)).message).toContain('at most 32 names');
    expect(parseCondition(`a IN [${Array(items).fill('1').join()}]`)).toMatchObject({ list: { length: items } });
    expect(refusalOf(() => parseCondition(`a IN [1,${Array(items).fill('1').join()}]`)).message).toContain('at most 1000 constants');
  });
});

function path(...names: string[]): Expression {
  return { kind: 'path', names };
}

function constant(value: unknown): Expression {
  return { kind: 'constant', value } as Expression;
}

function comparison(operator: string, left: Expression, right: Expression): Expression {
  return { kind: 'comparison', operator, left, right } as Expression;
}
