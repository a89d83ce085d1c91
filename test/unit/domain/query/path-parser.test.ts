// Goal: items of arrays are named by number wherever a path may stand, and every refusal says where and what.
// Method: texts on one side, the steps of the path or the message on the other.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../../src/domain/limits.ts';
import type { PathSteps } from '../../../../src/domain/query/ast.ts';
import { parseCondition, parseQuery } from '../../../../src/domain/query/parser.ts';
import { refusalOf } from '../refusal.ts';

describe('a path', () => {
  it.each<[string, PathSteps]>([
    ['tags.list[0]', ['tags', 'list', 0]],
    ['TAGS.list [ 10 ] . Name', ['tags', 'list', 10, 'Name']],
    ['tags.grid[0][1][2]', ['tags', 'grid', 0, 1, 2]],
    ['tags.[[my-list]][0].[[a]]]', ['tags', 'my-list', 0, 'a]']],
    ['tags.[[list[0]]]', ['tags', 'list[0]']],
    ['tags.in[007].nin[1]', ['tags', 'in', 7, 'nin', 1]],
    ['devices.parentScopes[0]', ['parentScopes', 0]],
    ['devices[0].deviceId', ['devices', 0, 'deviceId']],
    [`a[${LIMITS.queryItemNumber.value}]`, ['a', LIMITS.queryItemNumber.value]],
  ])('%s has names and numbers', (text, steps) => {
    expect(parseCondition(text)).toEqual({ kind: 'path', steps });
  });

  it.each([
    ['tags.a[-1] = 1', "1:8: expected the number of an item, counted from 0, found '-'."],
    ['tags.a[1.5]', "1:8: expected the number of an item, counted from 0, found '1.5'."],
    ['tags.a[1.0]', "1:8: expected the number of an item, counted from 0, found '1.0'."],
    ['tags.a[1e1]', "1:8: expected the number of an item, counted from 0, found '1e1'."],
    ['tags.a[0x1]', "1:8: expected the number of an item, counted from 0, found '0x1'."],
    ["tags.a['b']", "1:8: expected the number of an item, counted from 0, found the string 'b'."],
    ['tags.a[version]', "1:8: expected the number of an item, counted from 0, found 'version'."],
    ['tags.a[]', "1:8: expected the number of an item, counted from 0, found ']'."],
    ['tags.a[', '1:8: expected the number of an item, counted from 0, found the end.'],
    ['tags.a[1 + 1]', "1:10: expected ']', found '+'."],
    ['tags.a[0, 1]', "1:9: expected ']', found ','."],
    ['tags.a[0', "1:9: expected ']', found the end."],
    ['tags.a[0]b', "1:10: expected the end, found 'b'."],
    ['tags.a.[0]', "1:8: expected a property name, found '['."],
    ['tags.a[[0]]', "1:7: expected the end, found '[[0]]'."],
    ['[0]', '1:1: a list stands only after IN or NIN.'],
    [`tags.a[${LIMITS.queryItemNumber.value + 1}]`, '1:8: the number of an item is at most 2147483647.'],
    ['tags.a[99999999999999999999]', '1:8: the number of an item is at most 2147483647.'],
  ])('is refused with its place: %s', (text, message) => {
    const [fault, line, caret = ''] = refusalOf(() => parseCondition(text)).message.split('\n');

    expect(fault).toBe(`The condition is not valid at line ${message}`);
    expect(line).toBe(text);
    expect(caret.length).toBe(Number(message.split(':')[1]));
  });

  it('has a limited number of names and numbers', () => {
    const text = (steps: number): string => `a${'[0]'.repeat(steps - 1)}`;
    const max = LIMITS.queryPathSteps.value;

    expect(parseCondition(text(max))).toMatchObject({ steps: { length: max } });
    expect(refusalOf(() => parseCondition(text(max + 1))).message).toContain('at most 32 names and numbers');
  });

  it('leads to items wherever it may stand', () => {
    const list0 = { kind: 'path', steps: ['tags', 'list', 0] };
    const aggregate = { kind: 'aggregate', name: 'MAX', path: list0 };

    expect(
      parseQuery('SELECT tags.list[0], tags.list[1].name, MAX(tags.list[0]) AS m FROM devices GROUP BY tags.list[0], tags.list[1].name'),
    ).toMatchObject({
      select: [
        { value: list0, name: 'list' },
        { value: { steps: ['tags', 'list', 1, 'name'] }, name: 'name' },
        { value: aggregate, name: 'm' },
      ],
      groupBy: [list0, { steps: ['tags', 'list', 1, 'name'] }],
    });
    expect(parseQuery('SELECT DISTINCT tags.list[0] first FROM devices ORDER BY first, tags.list[0] DESC')).toMatchObject({
      select: [{ value: list0, name: 'first' }],
      groupBy: [list0],
      orderBy: [
        { value: list0, descending: false },
        { value: list0, descending: true },
      ],
    });
    expect(parseCondition('tags.list[0] IN[1] OR LENGTH(tags.list[0]) > -tags.list[0] OR IS_DEFINED(tags.list[0])')).toMatchObject({
      kind: 'or',
      terms: { length: 3 },
    });
  });

  it('is no column where a number follows the name', () => {
    const { orderBy } = parseQuery('SELECT tags.parentScopes FROM devices ORDER BY parentScopes[0]');

    expect(orderBy).toEqual([{ value: { kind: 'path', steps: ['parentScopes', 0] }, descending: false }]);
  });

  it.each([
    ['SELECT tags.list[0], tags.list[1] FROM devices', "1:22: there is a column 'list' already, give one of them another name with AS."],
    ['SELECT tags.list AS a[0] FROM devices', "1:22: expected FROM, found '['."],
    ['SELECT * FROM devices[0]', '1:15: expected devices, devices.modules or devices.jobs after FROM.'],
  ])('in a query is refused with its place: %s', (text, message) => {
    expect(refusalOf(() => parseQuery(text)).message.split('\n')[0]).toBe(`The query is not valid at line ${message}`);
  });
});
