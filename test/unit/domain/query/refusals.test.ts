// Goal: a refusal shows where the fault is, and a strict hub refuses each addition to the service's language.
// Method: texts on one side, messages on the other.
import { describe, expect, it } from 'vitest';
import { parseCondition, parseQuery } from '../../../../src/domain/query/parser.ts';
import { refusalOf } from '../refusal.ts';

/** The sentence of a refusal, without the line that it shows. */
function faultOf(run: () => unknown): string | undefined {
  return refusalOf(run).message.split('\n')[0];
}

describe('a strict hub', () => {
  it.each([
    ['SELECT * FROM devices ORDER BY deviceId', '1:23: ORDER BY is'],
    ['SELECT DISTINCT tags.a FROM devices', '1:8: DISTINCT is'],
    ['SELECT COUNT() FROM devices GROUP BY tags.a, tags.b', '1:44: grouping by several paths is'],
    ['SELECT COUNT(*) AS n FROM devices', '1:14: an argument of COUNT is'],
    ['SELECT COUNT(tags.a) AS n FROM devices', '1:14: an argument of COUNT is'],
    ['SELECT COUNT() AS n FROM devices.jobs', '1:8: in devices.jobs, aggregates and GROUP BY are'],
    ['SELECT jobId FROM devices.jobs', '1:8: in devices.jobs, columns are'],
    ["SELECT * FROM devices WHERE tags.a LIKE 'x%'", '1:36: LIKE is'],
    ["SELECT * FROM devices WHERE tags.a NOT LIKE 'x%'", '1:36: NOT between two operands is'],
    ["SELECT * FROM devices WHERE tags.a NOT IN ['x']", '1:36: NOT between two operands is'],
    ["SELECT * FROM devices WHERE ARRAY_CONTAINS(tags.a, 'x')", '1:29: the function ARRAY_CONTAINS is'],
    ["SELECT * FROM devices WHERE lower(tags.a) = 'x'", '1:29: the function LOWER is'],
    ["SELECT * FROM devices WHERE STARTS_WITH(tags.a, 'x')", '1:29: the function STARTS_WITH is'],
    ['SELECT * FROM devices WHERE IS_NULL(tags.a)', '1:29: the function IS_NULL is'],
    ['SELECT * FROM devices WHERE tags.a[0] = 1', '1:35: items of arrays by number are'],
    ['SELECT MAX(tags.a[0].b) FROM devices', '1:18: items of arrays by number are'],
    ['SELECT * FROM devices WHERE -tags.a = 1', '1:29: the sign of what is no number is'],
  ])('refuses the addition in %s', (text, message) => {
    expect(() => parseQuery(text)).not.toThrow();
    expect(faultOf(() => parseQuery(text, { strict: true }))).toBe(
      `The query is not valid at line ${message} an addition of this hub, which runs with --strict-queries.`,
    );
  });

  it.each([
    'SELECT * FROM devices',
    'SELECT TOP 5 deviceId AS id, tags.a FROM devices WHERE tags.a + 1 > 2 * tags.b OR tags.a NIN [1, 0x1F]',
    'SELECT tags.a AS a, COUNT() AS n, AVG(tags.b) AS b FROM devices WHERE IS_DEFINED(tags.b) GROUP BY tags.a',
    "SELECT * FROM devices WHERE STARTSWITH(deviceId, 'a') AND NOT tags.a IN [-1]",
    "SELECT * FROM devices.jobs WHERE devices.jobs.jobId = 'x'",
    'SELECT moduleId, tags.a FROM devices.modules',
  ])('accepts %s', (text) => {
    expect(parseQuery(text, { strict: true })).toEqual(parseQuery(text));
  });
});

describe('a refusal', () => {
  it('shows the line and points at the place', () => {
    const text = "SELECT deviceId\nFROM devices\nWHERE tags.a = 'é😀' tags.b";

    expect(refusalOf(() => parseQuery(text)).message).toBe(
      "The query is not valid at line 3:21: expected the end, found 'tags'.\nWHERE tags.a = 'é😀' tags.b\n                    ^",
    );
  });

  it('shows only the part of a long line that is around the place', () => {
    const text = `SELECT * FROM devices WHERE ${'tags.a = 1 AND '.repeat(20)}tags.a ! 1 ${'AND tags.b = 2 '.repeat(20)}`;

    const [, line = '', caret = ''] = refusalOf(() => parseQuery(text)).message.split('\n');

    expect(line).toHaveLength(60 + 40);
    expect(line[caret.length - 1]).toBe('!');
  });

  it('holds no semicolon, at which SDKs would cut it, and no character that moves the caret', () => {
    const { message } = refusalOf(() => parseCondition("a\t= 'x;\u0007' 'y;z"));

    expect(message).toBe("The condition is not valid at line 1:11: the string has no end, expected '.\na·= 'x··' 'y·z\n          ^");
  });
});
