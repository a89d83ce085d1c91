// Merge patch, example by example and against a naive model.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../../src/domain/json.ts';
import { mergePatch, replacingPatch } from '../../../../src/domain/twin/merge-patch.ts';
import { canonical, naivelyMerged, patch, section } from './twin-arbitraries.ts';

describe('mergePatch', () => {
  const cases: Record<string, { target: JsonObject; patch: JsonObject; expected: JsonObject }> = {
    'adds a key': { target: { a: 1 }, patch: { b: 2 }, expected: { a: 1, b: 2 } },
    'merges objects': { target: { a: { x: 1 } }, patch: { a: { y: 2 } }, expected: { a: { x: 1, y: 2 } } },
    'removes a null and keeps its siblings': { target: { a: { x: 1, y: 2 } }, patch: { a: { x: null } }, expected: { a: { y: 2 } } },
    'leaves {} when the last leaf goes': { target: { a: { x: 1 } }, patch: { a: { x: null } }, expected: { a: {} } },
    'ignores the null of a missing key': { target: { a: 1 }, patch: { b: null }, expected: { a: 1 } },
    'leaves {} for nulls below an absent parent': { target: {}, patch: { a: { b: { c: null } } }, expected: { a: { b: {} } } },
    'replaces a value by an object and drops its nulls': { target: { a: 1 }, patch: { a: { x: null, y: 2 } }, expected: { a: { y: 2 } } },
    'replaces an object by a value': { target: { a: { x: 1 } }, patch: { a: false }, expected: { a: false } },
    'replaces arrays whole': { target: { a: [1, 2, 3] }, patch: { a: [4] }, expected: { a: [4] } },
    'replaces an array by an object': { target: { a: [1] }, patch: { a: { x: 1 } }, expected: { a: { x: 1 } } },
    'keeps an object that meets {}': { target: { a: { x: 1 } }, patch: { a: {} }, expected: { a: { x: 1 } } },
    'makes {} where nothing or a value stood': { target: { b: 1 }, patch: { a: {}, b: {} }, expected: { a: {}, b: {} } },
    'knows the empty key': { target: { '': { x: 1 } }, patch: { '': { y: 2 } }, expected: { '': { x: 1, y: 2 } } },
  };
  it.each(Object.entries(cases))('%s', (_title, { target, patch: change, expected }) => {
    expect(mergePatch(target, change)).toEqual(expected);
  });

  it('treats __proto__ and inherited names as ordinary keys', () => {
    const target = JSON.parse('{"__proto__":{"x":1}}') as JsonObject;
    const change = JSON.parse('{"__proto__":{"y":2},"toString":{"z":3}}') as JsonObject;

    const merged = mergePatch(target, change);

    expect(JSON.stringify(merged)).toBe('{"__proto__":{"x":1,"y":2},"toString":{"z":3}}');
    expect('y' in {}).toBe(false);
  });

  it('shares what the patch does not touch', () => {
    const target = { touched: { x: 1 }, untouched: { deep: { y: 1 } } };

    const merged = mergePatch(target, { touched: { x: 2 } });

    expect(merged['untouched']).toBe(target.untouched);
  });

  it('means what the naive model means and changes neither argument', () => {
    fc.assert(
      fc.property(section, patch, (target, change) => {
        const expected = canonical(naivelyMerged(target, change));

        const merged = mergePatch(frozen(target), frozen(change));

        expect(canonical(merged)).toBe(expected);
      }),
    );
  });

  it('changes nothing when applied a second time', () => {
    fc.assert(
      fc.property(section, patch, (target, change) => {
        const once = mergePatch(target, change);

        expect(canonical(mergePatch(once, change))).toBe(canonical(once));
      }),
    );
  });
});

describe('replacingPatch', () => {
  const cases: Record<string, { before: JsonObject; after: JsonObject; expected: JsonObject }> = {
    'holds all of the new section': { before: { a: 1 }, after: { a: 1, b: 2 }, expected: { a: 1, b: 2 } },
    'nulls what is gone': { before: { a: 1, b: { x: 1 } }, after: {}, expected: { a: null, b: null } },
    'nulls what is gone at every level': {
      before: { a: { x: 1, y: { z: 1 } } },
      after: { a: { y: {} } },
      expected: { a: { x: null, y: { z: null } } },
    },
    'leaves a value that becomes an object without nulls': { before: { a: 1 }, after: { a: { x: 1 } }, expected: { a: { x: 1 } } },
  };
  it.each(Object.entries(cases))('%s', (_title, { before, after, expected }) => {
    expect(replacingPatch(before, after)).toEqual(expected);
  });

  it('leads a merging client from any section to any other', () => {
    fc.assert(
      fc.property(section, section, (before, after) => {
        expect(canonical(naivelyMerged(before, replacingPatch(before, after)))).toBe(canonical(after));
      }),
    );
  });
});

function frozen<T extends JsonValue>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(frozen);
  return Object.freeze(value);
}
