// Metadata: which levels a write stamps and which entries go.
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { mergeMetadata } from '../../../../src/domain/twin/metadata.ts';

const OLD = { $lastUpdated: '2026-01-01T00:00:00.000Z', $lastUpdatedVersion: 2 };
const NEW = { $lastUpdated: '2026-01-02T00:00:00.000Z', $lastUpdatedVersion: 3 };

describe('mergeMetadata', () => {
  const cases: Record<string, { before: JsonObject; patch: JsonObject; after: JsonObject }> = {
    'stamps every level of the touched path and no other': {
      before: { ...OLD, a: { ...OLD, x: OLD, y: OLD }, b: OLD },
      patch: { a: { x: 1 } },
      after: { ...NEW, a: { ...NEW, x: NEW, y: OLD }, b: OLD },
    },
    'drops the entry of a removed key and stamps its parents': {
      before: { ...OLD, a: { ...OLD, x: OLD } },
      patch: { a: { x: null } },
      after: { ...NEW, a: NEW },
    },
    'stamps the parents of a missing key that is removed': {
      before: { ...OLD, a: OLD },
      patch: { a: { x: null } },
      after: { ...NEW, a: NEW },
    },
    'makes entries for objects and leaves alike': {
      before: OLD,
      patch: { a: { b: { c: 'x' } } },
      after: { ...NEW, a: { ...NEW, b: { ...NEW, c: NEW } } },
    },
    'treats arrays as leaves': { before: { ...OLD, a: { ...OLD, x: OLD } }, patch: { a: [{ x: 1 }] }, after: { ...NEW, a: NEW } },
    'forgets what stood below an object that becomes a value': {
      before: { ...OLD, a: { ...OLD, x: OLD } },
      patch: { a: 1 },
      after: { ...NEW, a: NEW },
    },
    'grows entries below a value that becomes an object': {
      before: { ...OLD, a: OLD },
      patch: { a: { x: 1 } },
      after: { ...NEW, a: { ...NEW, x: NEW } },
    },
    'stamps the section alone for an empty patch': { before: { ...OLD, a: OLD }, patch: {}, after: { ...NEW, a: OLD } },
  };
  it.each(Object.entries(cases))('%s', (_title, { before, patch, after }) => {
    expect(mergeMetadata(before, patch, NEW)).toEqual(after);
  });

  it('leaves versions out where the stamp has none', () => {
    const stamp = { $lastUpdated: NEW.$lastUpdated };

    expect(mergeMetadata({}, { a: 1 }, stamp)).toEqual({ ...stamp, a: stamp });
  });
});
