// Goal: an index is asked for all that a condition may let through, and for little else. Method: cases, and random conditions on random documents.
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { JsonValue } from '../../../../../src/domain/json.ts';
import { compare, evaluate, valueAt } from '../../../../../src/domain/query/evaluate.ts';
import { type Allowed, type Narrowing, narrowingsOf } from '../../../../../src/domain/query/index/narrowing.ts';
import { parseCondition } from '../../../../../src/domain/query/parser.ts';
import { serviceTwinDocument } from '../../../../../src/domain/twin/twin-document.ts';
import { printExpression } from '../../../../support/query/print-expression.ts';
import { condition, fleet } from '../../../../support/query/query-arbitraries.ts';

describe('What a condition lets through at most', () => {
  test.each<[text: string, allowed: Allowed]>([
    ["tags.a = 'x'", { kind: 'values', values: ['x'] }],
    ["'x' = tags.a", { kind: 'values', values: ['x'] }],
    ['tags.a = null', { kind: 'values', values: [null] }],
    ['tags.a = undefined', { kind: 'values', values: [] }],
    ['tags.a', { kind: 'values', values: [true] }],
    ['NOT tags.a', { kind: 'values', values: [false] }],
    ['IS_NULL(tags.a)', { kind: 'values', values: [null] }],
    ['IS_BOOL(tags.a)', { kind: 'values', values: [false, true] }],
    ["tags.a IN [1, 'x', 1, null]", { kind: 'values', values: [1, 'x', null] }],
    ["tags.a = 1 OR tags.a IN [2, 'x'] OR tags.a = 1", { kind: 'values', values: [1, 2, 'x'] }],
    ['tags.a = 1 AND tags.a IN [2, 1]', { kind: 'values', values: [1] }],
    ['tags.a IN [1, 2, 3] AND tags.a >= 2', { kind: 'values', values: [2, 3] }],
    ["tags.a < 5 AND tags.a > 'x'", { kind: 'values', values: [] }],
    ['tags.a < null', { kind: 'values', values: [] }],
    ['tags.a > 1', { kind: 'range', of: 'number', from: { value: 1, isOpen: true }, to: undefined }],
    ['1 >= tags.a', { kind: 'range', of: 'number', from: undefined, to: { value: 1, isOpen: false } }],
    [
      'tags.a > 1 AND tags.a <= 9 AND tags.a >= 1 AND tags.a < 9',
      { kind: 'range', of: 'number', from: { value: 1, isOpen: true }, to: { value: 9, isOpen: true } },
    ],
    ['IS_NUMBER(tags.a)', { kind: 'range', of: 'number', from: undefined, to: undefined }],
    ['IS_STRING(tags.a)', { kind: 'range', of: 'string', from: undefined, to: undefined }],
    ["tags.a < 'x'", { kind: 'range', of: 'string', from: undefined, to: { value: 'x', isOpen: true } }],
    ["STARTSWITH(tags.a, 'ab')", { kind: 'range', of: 'string', from: { value: 'ab', isOpen: false }, to: { value: 'ac', isOpen: true } }],
    ["STARTSWITH(tags.a, '')", { kind: 'range', of: 'string', from: undefined, to: undefined }],
    [
      "STARTSWITH(tags.a, '\ud7ff')",
      { kind: 'range', of: 'string', from: { value: '\ud7ff', isOpen: false }, to: { value: '\ue000', isOpen: true } },
    ],
    [
      "STARTSWITH(tags.a, 'a\u{10ffff}')",
      { kind: 'range', of: 'string', from: { value: 'a\u{10ffff}', isOpen: false }, to: { value: 'b', isOpen: true } },
    ],
    ["STARTSWITH(tags.a, '\u{10ffff}')", { kind: 'range', of: 'string', from: { value: '\u{10ffff}', isOpen: false }, to: undefined }],
  ])('%s is all that it says', (text, allowed) => {
    expect(narrowingsOf(parseCondition(text))).toEqual([{ path: { kind: 'path', steps: ['tags', 'a'] }, allowed, isWhole: true }]);
  });

  test.each([
    'tags.a != 1',
    'NOT (tags.a = 1)',
    'tags.a NIN [1]',
    'tags.a = 1 OR tags.b = 1',
    'tags.a = 1 OR tags.a > 5',
    'tags.a = tags.b',
    'IS_DEFINED(tags.a)',
    'ENDSWITH(tags.a, 1)',
    'tags.a + 1 = 2',
    'true',
  ])('%s says nothing of one path', (text) => {
    expect(narrowingsOf(parseCondition(text))).toEqual([]);
  });

  test.each<[text: string, paths: readonly string[]]>([
    ["tags.a LIKE 'ab%'", ['tags.a']],
    ['tags.a = 1 AND tags.b = 2', ['tags.a', 'tags.b']],
    ['tags.a = 1 AND tags.b != 2', ['tags.a']],
    ['tags.a = 1 AND (tags.b = 1 OR tags.c = 1) AND tags.d > 1', ['tags.a', 'tags.d']],
  ])('%s says more than by one path', (text, paths) => {
    const found = narrowingsOf(parseCondition(text));

    expect(found.map(({ path }) => path.steps.join('.'))).toEqual(paths);
    expect(found.map(({ isWhole }) => isWhole)).toEqual(paths.map(() => false));
  });

  it('is never too little, and no more where it is the whole condition', () => {
    let narrowed = 0;
    fc.assert(
      fc.property(fleet, fc.array(condition, { minLength: 20, maxLength: 20 }), (twins, conditions) => {
        const documents = twins.map(({ identity, twin }) => serviceTwinDocument(identity, twin));
        for (const each of conditions) {
          for (const narrowing of narrowingsOf(each)) {
            for (const document of documents) {
              const passes = evaluate(each, document) === true;
              const allowed = lets(narrowing, valueAt(narrowing.path, document));
              expect(passes && !allowed, printExpression(each)).toBe(false);
              expect(narrowing.isWhole && allowed && !passes, printExpression(each)).toBe(false);
              narrowed += 1;
            }
          }
        }
      }),
    );
    expect(narrowed).toBeGreaterThan(1000);
  });
});

function lets({ allowed }: Narrowing, value: JsonValue | undefined): boolean {
  if (allowed.kind === 'values') return allowed.values.some((one) => one === value);
  const { of, from, to } = allowed;
  if (typeof value !== of) return false;
  const isAfter = !from || compare(from.isOpen ? '>' : '>=', value, from.value) === true;
  return isAfter && (!to || compare(to.isOpen ? '<' : '<=', value, to.value) === true);
}
