// Goal: whatever changes a twin goes through, its versions, metadata and notices stay true to its properties.
// Method: random sequences of writes and reports, checked after each step against plain bookkeeping.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isJsonObject, ownValue, type JsonObject, type JsonValue } from '../../../../src/domain/json.ts';
import { applyTwinChange, newTwin, twinEtag } from '../../../../src/domain/twin/apply-twin-change.ts';
import type { Twin, TwinChange, TwinChangeEffect, TwinSection } from '../../../../src/domain/twin/twin.ts';
import { canonical, naivelyMerged, patch, section } from './twin-arbitraries.ts';
import { CREATED_AT, patchOf, replaceOf, reportOf } from './twin-builders.ts';

const absent = fc.constant(undefined);
const cleared = fc.constant(null);
const writeParts = fc.record({
  tags: fc.oneof(patch, absent, cleared),
  desired: fc.oneof({ weight: 3, arbitrary: patch }, absent, cleared),
});
const change: fc.Arbitrary<TwinChange> = fc.oneof(
  { weight: 3, arbitrary: writeParts.map(patchOf) },
  { weight: 1, arbitrary: writeParts.map(replaceOf) },
  { weight: 2, arbitrary: patch.map((reported) => reportOf(reported)) },
);
const changes = fc.array(change, { minLength: 1, maxLength: 12 });

/** Runs the changes on a new twin, each at a time of its own, and hands every step to `check`. */
function replay(sequence: readonly TwinChange[], check: (before: Twin, step: TwinChange, effect: TwinChangeEffect) => void): void {
  let twin = newTwin({ deviceId: 'device' }, CREATED_AT);
  for (const [index, step] of sequence.entries()) {
    const at = new Date(Date.parse(CREATED_AT) + (index + 1) * 1000).toISOString();
    const effect = applyTwinChange(twin, { ...step, at });
    check(twin, { ...step, at }, effect);
    twin = effect.twin;
  }
}

describe('after any sequence of changes', () => {
  it('metadata has an entry for each object and leaf and for nothing else', () => {
    fc.assert(
      fc.property(changes, (sequence) => {
        replay(sequence, (_before, _step, { twin }) => {
          expect(shapeOfMetadata(twin.desired.metadata)).toBe(shapeOfProperties(twin.desired.properties));
          expect(shapeOfMetadata(twin.reported.metadata)).toBe(shapeOfProperties(twin.reported.properties));
        });
      }),
    );
  });

  it('metadata is never newer than that of what encloses it, and at the root it is that of the last write', () => {
    fc.assert(
      fc.property(changes, (sequence) => {
        replay(sequence, (before, step, { twin, changed }) => {
          expect([...childrenNewerThan(twin.desired.metadata), ...childrenNewerThan(twin.reported.metadata)]).toEqual([]);
          const desiredStamp = changed.includes('desired')
            ? { at: step.at, version: twin.desired.version }
            : stampOf(before.desired.metadata);
          const reportedStamp = changed.includes('reported') ? { at: step.at, version: 0 } : stampOf(before.reported.metadata);
          expect(stampOf(twin.desired.metadata)).toEqual(desiredStamp);
          expect(stampOf(twin.reported.metadata)).toEqual(reportedStamp);
        });
      }),
    );
  });

  it('versions and etag rise by exactly 1 with what they cover, and else stand still', () => {
    fc.assert(
      fc.property(changes, (sequence) => {
        replay(sequence, (before, _step, { twin, changed }) => {
          const byService = changed.includes('tags') || changed.includes('desired') ? 1 : 0;
          expect(twin.version - before.version).toBe(byService);
          expect(twin.etagCounter - before.etagCounter).toBe(byService);
          expect(twinEtag(twin) === twinEtag(before)).toBe(byService === 0);
          expect(twin.desired.version - before.desired.version).toBe(changed.includes('desired') ? 1 : 0);
          expect(twin.reported.version - before.reported.version).toBe(changed.includes('reported') ? 1 : 0);
        });
      }),
    );
  });

  it('a device that merges each notice holds the desired properties', () => {
    fc.assert(
      fc.property(changes, (sequence) => {
        let heldByDevice: JsonObject = {};
        replay(sequence, (_before, _step, { twin, changed, notice }) => {
          expect(notice?.version).toBe(changed.includes('desired') ? twin.desired.version : undefined);
          if (notice) heldByDevice = naivelyMerged(heldByDevice, notice.patch);
          expect(canonical(heldByDevice)).toBe(canonical(twin.desired.properties));
        });
      }),
    );
  });

  it('a change lists exactly the sections it rewrote', () => {
    fc.assert(
      fc.property(changes, (sequence) => {
        replay(sequence, (before, _step, { twin, changed }) => {
          const sections = ['tags', 'desired', 'reported'] as const;
          expect(sections.filter((name) => twin[name] !== before[name])).toEqual(changed);
        });
      }),
    );
  });

  it('a replace with a section leaves exactly that section', () => {
    fc.assert(
      fc.property(changes, section, section, (sequence, tags, desired) => {
        let last = newTwin({ deviceId: 'device' }, CREATED_AT);
        replay([...sequence, replaceOf({ tags, desired })], (_before, _step, { twin }) => {
          last = twin;
        });

        expect(canonical(last.tags)).toBe(canonical(tags));
        expect(canonical(last.desired.properties)).toBe(canonical(desired));
      }),
    );
  });
});

/** When and at which version something was last written; version 0 where metadata has none. */
function stampOf(entry: JsonObject): { at: JsonValue | undefined; version: number } {
  return { at: ownValue(entry, '$lastUpdated'), version: Number(ownValue(entry, '$lastUpdatedVersion') ?? 0) };
}

/** The shape of a property tree: objects are what they hold, everything else is a leaf. */
function shapeOfProperties(properties: JsonValue): string {
  return canonical(shapeOf(properties, () => true));
}

/** The shape that metadata mirrors. */
function shapeOfMetadata(metadata: TwinSection['metadata']): string {
  return canonical(shapeOf(metadata, (key) => !key.startsWith('$')));
}

/** Leaves and empty objects look alike in metadata, so both become `{}`. */
function shapeOf(value: JsonValue, isProperty: (key: string) => boolean): JsonObject {
  if (!isJsonObject(value)) return {};
  const entries = Object.entries(value).filter(([key]) => isProperty(key));
  return Object.fromEntries(entries.map(([key, child]) => [key, shapeOf(child, isProperty)]));
}

/** Keys, at any level, whose entry has no time or claims to be written after what encloses it. */
function childrenNewerThan(entry: JsonObject): string[] {
  const parent = stampOf(entry);
  const found: string[] = [];
  for (const [key, child] of Object.entries(entry)) {
    if (key.startsWith('$') || !isJsonObject(child)) continue;
    const { at, version } = stampOf(child);
    if (typeof at !== 'string' || typeof parent.at !== 'string' || at > parent.at || version > parent.version) found.push(key);
    found.push(...childrenNewerThan(child));
  }
  return found;
}
