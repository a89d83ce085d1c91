// Goal: every part of the language becomes the data it should, and every refusal says where and what.
// Method: texts on one side, the tree or the message on the other.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../../src/domain/limits.ts';
import type { Expression, PathSteps } from '../../../../src/domain/query/ast.ts';
import { parseCondition, parseQuery } from '../../../../src/domain/query/parser.ts';
import { refusalOf } from '../refusal.ts';

/** The sentence of a refusal, without the line that it shows. */
function faultOf(run: () => unknown): string | undefined {
  return refusalOf(run).message.split('\n')[0];
}

const a = path('a');
const b = path('b');
const c = path('c');

describe('a query', () => {
  it('without WHERE lets everything through', () => {
    expect(parseQuery('SELECT * FROM devices')).toEqual({
      from: 'devices',
      select: 'all',
      where: { kind: 'constant', value: true },
      groupBy: undefined,
      orderBy: [],
      top: undefined,
    });
  });

  it('has keywords, collections and root names in any case, and other names in their own', () => {
    expect(parseQuery('select DEVICEID, Tags.Site from DEVICES where STATUS = "enabled" and nOt TAGS.Site')).toMatchObject({
      from: 'devices',
      select: [
        { value: path('deviceId'), name: 'deviceId' },
        { value: path('tags', 'Site'), name: 'Site' },
      ],
      where: {
        kind: 'and',
        terms: [comparison('=', path('status'), constant('enabled')), { kind: 'not', term: path('tags', 'Site') }],
      },
    });
  });

  it('takes the collection in front of a path away, in front of its own documents only', () => {
    expect(parseQuery('SELECT devices.deviceId, devices.jobs.status AS job FROM devices').select).toEqual([
      { value: path('deviceId'), name: 'deviceId' },
      { value: path('jobs', 'status'), name: 'job' },
    ]);
    expect(parseQuery('SELECT devices.modules.ModuleID, devices.deviceId AS id FROM Devices.Modules').select).toEqual([
      { value: path('moduleId'), name: 'moduleId' },
      { value: path('devices', 'deviceId'), name: 'id' },
    ]);
    expect(parseQuery('SELECT devices.jobs.JobId FROM devices.jobs').select).toEqual([{ value: path('jobId'), name: 'jobId' }]);
  });

  it('names its columns, also with names in brackets', () => {
    expect(parseQuery('SELECT tags.a AS [[the a]], tags.[[b c]] FROM devices').select).toEqual([
      { value: path('tags', 'a'), name: 'the a' },
      { value: path('tags', 'b c'), name: 'b c' },
    ]);
  });

  it.each([
    ['', '1:1: expected SELECT, found the end.'],
    ['FROM devices', "1:1: expected SELECT, found 'FROM'."],
    ['SELECT FROM devices', "1:8: expected a property path, found 'FROM'."],
    ['SELECT *, a FROM devices', "1:9: expected FROM, found ','."],
    ['SELECT a, * FROM devices', '1:11: * stands alone after SELECT.'],
    ['SELECT 5 FROM devices', "1:8: expected a property path, found '5'."],
    ['SELECT a b c FROM devices', "1:12: expected FROM, found 'c'."],
    ['SELECT a AS FROM devices', "1:18: expected FROM, found 'devices'."],
    ['SELECT tags.a, desired.a FROM devices', "1:16: there is a column 'a' already, give one of them another name with AS."],
    ['SELECT * FROM', '1:14: expected a property path, found the end.'],
    ['SELECT * FROM fleet', '1:15: expected devices, devices.modules or devices.jobs after FROM.'],
    ['SELECT * FROM devices WHERE', '1:28: expected a property path, a constant, a function, NOT or (, found the end.'],
    ['SELECT * FROM devices a', "1:23: expected the end, found 'a'."],
    ['SELECT *\nFROM devices\n  WHERE a = 1;', '3:14: a semicolon has no meaning here.'],
  ])('is refused with its place: %j', (text, message) => {
    expect(refusalOf(() => parseQuery(text)).code).toBe('ArgumentInvalid');
    expect(faultOf(() => parseQuery(text))).toBe(`The query is not valid at line ${message}`);
  });

  it('is refused by name where the hub lacks a part', () => {
    expect(faultOf(() => parseQuery('SELECT * FROM devices WHERE SOUNDEX(deviceId) = 1'))).toBe(
      'The query is not valid at line 1:29: the function SOUNDEX is not supported by this hub, see docs/compatibility.md.',
    );
  });

  it('has properties that are called like words of its own', () => {
    expect(parseQuery('SELECT top, tags.count, tags.like, tags.order, distinct FROM devices').select).toEqual([
      { value: path('top'), name: 'top' },
      { value: path('tags', 'count'), name: 'count' },
      { value: path('tags', 'like'), name: 'like' },
      { value: path('tags', 'order'), name: 'order' },
      { value: path('distinct'), name: 'distinct' },
    ]);
    expect(parseQuery('SELECT distinct AS d FROM devices').select).toEqual([{ value: path('distinct'), name: 'd' }]);
  });

  it('has a limited number of columns', () => {
    const columns = (count: number): string => Array.from({ length: count }, (_, index) => `c${index}`).join(', ');
    const max = LIMITS.queryColumns.value;

    expect(parseQuery(`SELECT ${columns(max)} FROM devices`).select).toHaveLength(max);
    expect(refusalOf(() => parseQuery(`SELECT ${columns(max + 1)} FROM devices`)).message).toContain('at most 100 columns');
  });
});

describe('a query of groups', () => {
  it('has aggregates, with names of their own', () => {
    expect(
      parseQuery('SELECT tags.site, COUNT(), AVG(tags.level) level, max(tags.level) AS [[the most]] FROM devices GROUP BY Tags.site'),
    ).toMatchObject({
      select: [
        { value: path('tags', 'site'), name: 'site' },
        { value: { kind: 'aggregate', name: 'COUNT', path: undefined }, name: 'count' },
        { value: { kind: 'aggregate', name: 'AVG', path: path('tags', 'level') }, name: 'level' },
        { value: { kind: 'aggregate', name: 'MAX', path: path('tags', 'level') }, name: 'the most' },
      ],
      groupBy: [path('tags', 'site')],
    });
  });

  it('is one group where nothing is grouped by', () => {
    expect(parseQuery('SELECT COUNT(*) AS n FROM devices')).toMatchObject({ groupBy: [] });
  });

  it('is what DISTINCT makes of its columns', () => {
    expect(parseQuery('SELECT DISTINCT TOP 5 tags.a, tags.b b2, tags.a AS c FROM devices')).toMatchObject({
      groupBy: [path('tags', 'a'), path('tags', 'b')],
      top: 5,
    });
  });

  it.each([
    ['SELECT * FROM devices GROUP BY a', '1:8: * does not stand in a query with GROUP BY, name the columns.'],
    ['SELECT a, COUNT() FROM devices', "1:8: the column 'a' stands beside groups, so it must be an aggregate or stand after GROUP BY."],
    ['SELECT a FROM devices GROUP BY b', "1:8: the column 'a' stands beside groups, so it must be an aggregate or stand after GROUP BY."],
    ['SELECT DISTINCT * FROM devices', '1:8: DISTINCT stands before property paths.'],
    ['SELECT DISTINCT a, COUNT() FROM devices', '1:8: DISTINCT stands before property paths.'],
    ['SELECT DISTINCT a FROM devices GROUP BY a', '1:8: DISTINCT needs no GROUP BY.'],
    ['SELECT AVG() FROM devices', "1:12: expected a property path, found ')'."],
    ['SELECT SUM(*) FROM devices', "1:12: expected a property path, found '*'."],
    ['SELECT ABS(a) FROM devices', '1:8: the function ABS stands only after WHERE.'],
    ['SELECT COUNT(), COUNT() FROM devices', "1:17: there is a column 'count' already, give one of them another name with AS."],
    ['SELECT a FROM devices GROUP a', "1:29: expected BY, found 'a'."],
    ['SELECT a FROM devices GROUP BY a WHERE a', "1:34: expected the end, found 'WHERE'."],
  ])('is refused with its place: %s', (text, message) => {
    expect(faultOf(() => parseQuery(text))).toBe(`The query is not valid at line ${message}`);
  });

  it('has a limited number of paths, also when they are distinct columns', () => {
    const paths = (count: number): string => Array.from({ length: count }, (_, index) => `c${index}`).join(', ');
    const max = LIMITS.queryGroupKeys.value;

    expect(parseQuery(`SELECT COUNT() FROM devices GROUP BY ${paths(max)}`).groupBy).toHaveLength(max);
    expect(parseQuery(`SELECT DISTINCT ${paths(max)} FROM devices`).groupBy).toHaveLength(max);
    expect(faultOf(() => parseQuery(`SELECT COUNT() FROM devices GROUP BY ${paths(max + 1)}`))).toContain('at most 8 paths');
    expect(faultOf(() => parseQuery(`SELECT DISTINCT ${paths(max + 1)} FROM devices`))).toContain('at most 8 paths');
  });
});

describe('the order of a query', () => {
  it('is by paths and names of columns, up or down', () => {
    expect(parseQuery('SELECT tags.a AS b, tags.c FROM devices ORDER BY B, tags.b DESC, devices.status asc').orderBy).toEqual([
      { value: path('tags', 'a'), descending: false },
      { value: path('tags', 'b'), descending: true },
      { value: path('status'), descending: false },
    ]);
  });

  it('of groups is by what groups have', () => {
    expect(parseQuery('SELECT tags.a, COUNT() AS n FROM devices GROUP BY tags.a ORDER BY n DESC, MAX(tags.b), tags.a').orderBy).toEqual([
      { value: { kind: 'aggregate', name: 'COUNT', path: undefined }, descending: true },
      { value: { kind: 'aggregate', name: 'MAX', path: path('tags', 'b') }, descending: false },
      { value: path('tags', 'a'), descending: false },
    ]);
  });

  it.each([
    ['SELECT a FROM devices ORDER a', "1:29: expected BY, found 'a'."],
    ['SELECT a FROM devices ORDER BY', '1:31: expected a property path, found the end.'],
    ['SELECT a FROM devices ORDER BY COUNT()', '1:32: an aggregate needs one after SELECT, or GROUP BY.'],
    [
      'SELECT COUNT() FROM devices GROUP BY a ORDER BY b',
      '1:49: rows of groups are ordered by their columns, by aggregates, or by what stands after GROUP BY.',
    ],
    ['SELECT a FROM devices ORDER BY a WHERE a', "1:34: expected the end, found 'WHERE'."],
  ])('is refused with its place: %s', (text, message) => {
    expect(faultOf(() => parseQuery(text))).toBe(`The query is not valid at line ${message}`);
  });

  it('has a limited number of terms', () => {
    const terms = (count: number): string => Array.from({ length: count }, (_, index) => `c${index}`).join(', ');
    const max = LIMITS.querySortTerms.value;

    expect(parseQuery(`SELECT * FROM devices ORDER BY ${terms(max)}`).orderBy).toHaveLength(max);
    expect(faultOf(() => parseQuery(`SELECT * FROM devices ORDER BY ${terms(max + 1)}`))).toContain('at most 4 terms');
  });
});

describe('a path of records of jobs', () => {
  it.each(['createdTimeUtc', 'devices.jobs.CREATEDTIMEUTC', 'createdDateTimeUtc'])('may be %s for the time of their creation', (text) => {
    const { where } = parseQuery(`SELECT * FROM devices.jobs WHERE ${text}`);

    expect(where).toEqual(path('createdDateTimeUtc'));
    expect(parseCondition('createdTimeUtc')).toEqual(path('createdTimeUtc'));
  });
});

describe('TOP', () => {
  it('is a whole number above 0', () => {
    expect(parseQuery('SELECT TOP 1 * FROM devices').top).toBe(1);
    expect(faultOf(() => parseQuery('SELECT TOP 0 * FROM devices'))).toContain('1:12: TOP takes a whole number above 0');
    expect(faultOf(() => parseQuery('SELECT TOP 1.5 * FROM devices'))).toContain('1:12: TOP takes a whole number above 0');
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
    ['a + b * c', arithmetic('+', a, arithmetic('*', b, c))],
    ['a - b - c', arithmetic('-', arithmetic('-', a, b), c)],
    ['(a + b) % c', arithmetic('%', arithmetic('+', a, b), c)],
    ['a / b < c - 1', comparison('<', arithmetic('/', a, b), arithmetic('-', c, constant(1)))],
    ['a -1 = -1', comparison('=', arithmetic('-', a, constant(1)), constant(-1))],
    ['-a * b = 1', comparison('=', arithmetic('*', arithmetic('-', constant(0), a), b), constant(1))],
    ['a-1 = deviceId-version', comparison('=', arithmetic('-', a, constant(1)), arithmetic('-', path('deviceId'), path('version')))],
    ['NOT a + 1 = b', { kind: 'not', term: comparison('=', arithmetic('+', a, constant(1)), b) }],
    ["a LIKE 'x%' AND b", { kind: 'and', terms: [call('LIKE', a, constant('x%')), b] }],
    ["a NOT LIKE 'x%'", { kind: 'not', term: call('LIKE', a, constant('x%')) }],
    ['a not in [1]', { kind: 'membership', operand: a, list: [1], negated: true }],
    ["starts_with(a, 'x')", call('STARTSWITH', a, constant('x'))],
    ["Ends_With(a, 'x')", call('ENDSWITH', a, constant('x'))],
    ['CONCAT(a, b, c) = a', comparison('=', call('CONCAT', a, b, c), a)],
    ["ARRAY_CONTAINS(tags.a, 'x')", { kind: 'arrayContains', array: path('tags', 'a'), item: constant('x') }],
    ['tags.[[abs]] = tags.abs', comparison('=', path('tags', 'abs'), path('tags', 'abs'))],
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
    ['a AND IS_NULL()', '1:7: the function IS_NULL takes 1 argument, not 0.'],
    ['POWER(a) = 1', '1:1: the function POWER takes 2 arguments, not 1.'],
    ['SUBSTRING(a, 1, 2, 3) = a', '1:1: the function SUBSTRING takes 2 to 3 arguments, not 4.'],
    ['ARRAY_CONTAINS(a)', '1:1: the function ARRAY_CONTAINS takes 2 arguments, not 1.'],
    ['ARRAY_CONTAINS(a, NOT ARRAY_CONTAINS(b, 1))', '1:23: ARRAY_CONTAINS stands inside of another one.'],
    ['COUNT() > 1', '1:1: the aggregate COUNT stands only after SELECT and ORDER BY.'],
    ['a = 1 LIKE b', '1:7: a comparison follows a comparison, use parentheses.'],
    ['a NOT = 1', "1:3: expected the end, found 'NOT'."],
    ['tags.my-key = 1', "1:8: '-' subtracts here, write [[my-key]] for a name."],
    ["a = 'x;y' z", "1:11: expected the end, found 'z'."],
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
    expect(faultOf(() => parseCondition(text))).toBe(`The condition is not valid at line ${message}`);
  });

  it('has a limited length', () => {
    const max = LIMITS.queryChars.value;
    const text = (length: number): string => `a = '${'x'.repeat(length - 6)}'`;

    expect(parseCondition(text(max))).toMatchObject({ kind: 'comparison' });
    expect(refusalOf(() => parseCondition(text(max + 1))).message).toContain('longer than 8192 characters');
  });

  it('has a limited number of operators of arithmetic', () => {
    const text = (operators: number): string => `a = 1${' + 1'.repeat(operators)}`;
    const max = LIMITS.queryOperators.value;

    expect(() => parseCondition(text(max))).not.toThrow();
    expect(refusalOf(() => parseCondition(text(max + 1))).message).toContain('more than 100 operators');
  });

  it.each(['NOT ', '(', 'IS_NULL(', '- ', 'ABS('])('nests to a limited depth with %s', (opening) => {
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
    const names = LIMITS.queryPathSteps.value;
    const items = LIMITS.queryListItems.value;

    expect(parseCondition(Array(names).fill('a').join('.'))).toMatchObject({ steps: { length: names } });
    expect(refusalOf(() => parseCondition(`a.${Array(names).fill('a').join('.')}`)).message).toContain('at most 32 names and numbers');
    expect(parseCondition(`a IN [${Array(items).fill('1').join()}]`)).toMatchObject({ list: { length: items } });
    expect(refusalOf(() => parseCondition(`a IN [1,${Array(items).fill('1').join()}]`)).message).toContain('at most 1000 constants');
  });
});

function path(...steps: PathSteps): Expression {
  return { kind: 'path', steps };
}

function constant(value: unknown): Expression {
  return { kind: 'constant', value } as Expression;
}

function arithmetic(operator: string, left: Expression, right: Expression): Expression {
  return { kind: 'arithmetic', operator, left, right } as Expression;
}

function call(name: string, ...given: Expression[]): Expression {
  return { kind: 'call', name, arguments: given } as Expression;
}

function comparison(operator: string, left: Expression, right: Expression): Expression {
  return { kind: 'comparison', operator, left, right } as Expression;
}
