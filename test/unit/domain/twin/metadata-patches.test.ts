// Metadata by merging two patches: it is what the rule of metadata makes.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergePatch } from '../../../../src/domain/twin/merge-patch.ts';
import { metadataPatches } from '../../../../src/domain/twin/metadata-patches.ts';
import { mergeMetadata } from '../../../../src/domain/twin/metadata.ts';
import { canonical, patch, section } from './twin-arbitraries.ts';

const OLD = { $lastUpdated: '2026-01-01T00:00:00.000Z', $lastUpdatedVersion: 2 };
const NEW = { $lastUpdated: '2026-01-02T00:00:00.000Z', $lastUpdatedVersion: 3 };

describe('metadataPatches', () => {
  it('lead to what mergeMetadata makes, one merged after the other', () => {
    fc.assert(
      fc.property(section, patch, (before, change) => {
        const metadata = mergeMetadata({}, before, OLD);

        const { cleared, stamped } = metadataPatches(change, NEW);
        const merged = mergePatch(mergePatch(metadata, cleared), stamped);

        expect(canonical(merged)).toBe(canonical(mergeMetadata(metadata, change, NEW)));
      }),
    );
  });
});
