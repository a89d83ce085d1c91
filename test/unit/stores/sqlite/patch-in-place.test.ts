// Goal: a change that SQLite merges where it lies is refused and counted just as the rule has it, also close to the limits of a section.
// Method: sections up to and past a limit, made of what takes the least room in JSONB, changed through the store and by the rule.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { outcomeOf } from '../../../../src/domain/errors.ts';
import type { JsonObject, JsonValue } from '../../../../src/domain/json.ts';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { applyTwinChange } from '../../../../src/domain/twin/apply-twin-change.ts';
import { sectionSize } from '../../../../src/domain/twin/twin-section.ts';
import { openDatabaseFile } from '../../../../src/stores/sqlite/database-file.ts';
import { writeDevices } from '../../../../src/stores/sqlite/registry-operations.ts';
import { patchDevicesInPlace, reportInPlace } from '../../../../src/stores/sqlite/patch-in-place.ts';
import { applyTwinChanges, readTwin } from '../../../../src/stores/sqlite/twin-operations.ts';
import { toIdentityTwin } from '../../../../src/stores/sql/twin-row.ts';
import { freshId, NOON, put, report, timeAt, write } from '../../../support/store-builders.ts';
import { patch, section } from '../../domain/twin/twin-arbitraries.ts';

const folder = mkdtempSync(join(tmpdir(), 'twinhub-in-place-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const { connection, close } = openDatabaseFile(join(folder, 'hub.db'), 'none');
afterAll(close);

const MAX_BYTES = LIMITS.propertiesBytes.value;

describe('a report that is merged in place', () => {
  it.each([
    { what: 'booleans', value: true },
    { what: 'digits', value: 7 },
    { what: 'letters', value: 'x' },
  ])('may bring a section of $what to its limit and not past it', ({ value }) => {
    const size = sectionSize(value);
    const full = Array<JsonValue>(Math.floor((MAX_BYTES - 'list'.length - 'a'.length) / size) - 1).fill(value);
    const left = MAX_BYTES - sectionSize({ list: full, a: '' });

    const atLimit = outcomesAfter({ list: full }, [{ a: 'x'.repeat(left) }]);
    const past = outcomesAfter({ list: full }, [{ a: 'x'.repeat(left + 1) }]);

    expect(atLimit).toMatchObject([{ kind: 'done', value: { version: 3 } }]);
    expect(past).toMatchObject([{ kind: 'refused', refusal: { code: 'DeviceModelMaxPropertiesExceeded' } }]);
  });

  it('comes to what the rule comes to, whatever the size of the section', () => {
    const value = fc.oneof(fc.constant<JsonValue>(true), fc.constant<JsonValue>(7), fc.string({ maxLength: 3 }).filter(isStorable));
    const wide = fc.tuple(fc.integer({ min: 1, max: 9000 }), value).map(([count, one]) => ({ list: Array<JsonValue>(count).fill(one) }));
    const small = fc.dictionary(fc.constantFrom('list', 'a', 'b'), value, { maxKeys: 2 });
    fc.assert(
      fc.property(wide, fc.array(small, { maxLength: 3 }), (whole, patches) => {
        expect(outcomesAfter(whole, patches)).toHaveLength(patches.length);
      }),
      { numRuns: 60 },
    );
  });

  it('is left to the rule where a key would be sought among too many', () => {
    const deviceId = createDevice();
    const many = Object.fromEntries(Array.from({ length: 1024 }, (_, index) => [`k${index}`, index]));

    const inPlace = connection.transaction((writer) =>
      [many, { a: 1 }].map((each) => reportInPlace(writer, { kind: 'report', deviceId, patch: each, baseVersion: undefined, at: NOON })),
    );

    expect(inPlace).toEqual([undefined, 2]);
  });
});

describe('a patch of many devices that is merged in place', () => {
  it('does to each twin what the rule does, and leaves alone those of which the rule has to be asked', () => {
    const tags = fc.oneof(patch, fc.constantFrom(undefined, null));
    const desired = fc.oneof({ weight: 3, arbitrary: patch }, { weight: 1, arbitrary: fc.constantFrom(undefined, null) });
    const written = fc.array(fc.record({ tags, desired }), { minLength: 1, maxLength: 3 });
    let inPlace = 0;
    fc.assert(
      fc.property(fc.array(section, { minLength: 1, maxLength: 3 }), written, (sections, patches) => {
        const deviceIds = sections.map((before) => deviceWith(before));
        for (const [index, each] of patches.entries()) {
          const at = timeAt(index);
          const before = deviceIds.map(readBack);

          const versions = connection.transaction((writer) => patchDevicesInPlace(writer, { deviceIds, patch: each, at }));

          const expected = before.map((twin) => {
            if (!versions.has(twin.deviceId)) return twin;
            return applyTwinChange(twin, { kind: 'patch', deviceId: twin.deviceId, ...each, precondition: { kind: 'any' }, at }).twin;
          });
          expect(deviceIds.map(readBack)).toEqual(expected);
          expect([...versions]).toEqual(expect.arrayContaining([...versions.keys()].map((id) => [id, readBack(id).desired.version])));
          inPlace += versions.size;
        }
      }),
    );
    expect(inPlace).toBeGreaterThan(0);
  });

  it('leaves a twin alone whose section could grow past its limit', () => {
    const deviceIds = [deviceWith({ a: 'x'.repeat(4096), b: 'x'.repeat(4096) }), deviceWith({ a: 'x' })];

    const versions = connection.transaction((writer) =>
      patchDevicesInPlace(writer, { deviceIds, patch: { tags: undefined, desired: { c: 1 } }, at: NOON }),
    );

    expect([...versions]).toEqual([[deviceIds[1], 3]]);
  });
});

/** The section stands in its desired properties. */
function deviceWith(desired: JsonObject): string {
  const deviceId = createDevice();
  connection.transaction((writer) => applyTwinChanges(writer, [write(deviceId, { desired })]));
  return deviceId;
}

function createDevice(): string {
  const deviceId = freshId();
  connection.transaction((writer) => writeDevices(writer, [put(deviceId)]));
  return deviceId;
}

/** What became of the patches, after a first report of the section; all as the rule has it, and so is the twin at the end. */
function outcomesAfter(whole: JsonObject, patches: readonly JsonObject[]): readonly unknown[] {
  const deviceId = createDevice();
  const changes = [whole, ...patches].map((each) => report(deviceId, each));
  let expected = readBack(deviceId);
  const byRule = changes.map((change) =>
    outcomeOf(() => {
      expected = applyTwinChange(expected, change).twin;
      return { kind: 'reported', version: expected.reported.version };
    }),
  );

  const outcomes = connection.transaction((writer) => changes.map((change) => applyTwinChanges(writer, [change])[0]));

  expect(outcomes).toEqual(byRule);
  expect(readBack(deviceId)).toEqual(expected);
  return outcomes.slice(1);
}

function readBack(deviceId: string): ReturnType<typeof toIdentityTwin>['twin'] {
  const row = connection.read((reader) => readTwin(reader, { deviceId }));
  if (!row) throw new Error('The twin is gone.');
  return toIdentityTwin(row).twin;
}

function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}
