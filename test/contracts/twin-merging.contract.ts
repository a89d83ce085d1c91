// What every twin store must do where it merges changes itself. Goal: it does what the rule does, also close to the limits of a section.
// Method: random changes of several twins, one of each in a batch, and sections of every size; the pure rule as model.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Outcome, outcomeOf } from '../../src/domain/errors.ts';
import type { JsonObject, JsonValue } from '../../src/domain/json.ts';
import { LIMITS } from '../../src/domain/limits.ts';
import { applyTwinChange } from '../../src/domain/twin/apply-twin-change.ts';
import { sectionSize } from '../../src/domain/twin/twin-section.ts';
import type { Twin, TwinChange } from '../../src/domain/twin/twin.ts';
import type { TwinChangeResult } from '../../src/ports/twin-store.ts';
import { twinChangesOf } from '../support/arbitrary-twins.ts';
import { canonicalJson } from '../support/json-text.ts';
import { createDevice, freshId, report } from '../support/store-builders.ts';
import { type NewPlace, shareStore } from '../support/store-place.ts';

const MAX_BYTES = LIMITS.propertiesBytes.value;

export function describeTwinMerging(newPlace: NewPlace): void {
  const stores = shareStore(newPlace);

  test('A batch with one change of each twin does to them what the rule does.', async () => {
    const changes = fc.tuple(twinChangesOf('a'), twinChangesOf('b'), twinChangesOf('c'));
    await fc.assert(
      fc.asyncProperty(changes, async (ofEach) => {
        const ids = ofEach.map(() => freshId());
        for (const id of ids) await createDevice(stores(), id);
        const expected = await Promise.all(ids.map(readBack));

        const rounds = Math.max(...ofEach.map(({ length }) => length));
        for (let round = 0; round < rounds; round += 1) {
          const batch = ofEach.flatMap((own, index) => {
            const change = own[round];
            return change ? [{ ...change, deviceId: ids[index] ?? '' }] : [];
          });
          const answers = batch.map((change) => byRule(expected, ids.indexOf(change.deviceId), change));
          expect((await stores().twins.applyTwinChanges(batch)).map(answerOf)).toEqual(answers);
        }

        for (const [index, id] of ids.entries()) expect(canonicalJson(await readBack(id))).toBe(canonicalJson(expected[index]));
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    { what: 'booleans', value: true },
    { what: 'digits', value: 7 },
    { what: 'letters', value: 'x' },
  ])('A report may bring a section of $what to its limit and not past it.', async ({ value }) => {
    const count = Math.floor((MAX_BYTES - 'list'.length - 'a'.length) / sectionSize(value)) - 1;
    const full: readonly JsonValue[] = Array.from({ length: count }, () => value);
    const left = MAX_BYTES - sectionSize({ list: full, a: '' });

    const atLimit = await outcomesAfter({ list: full }, [{ a: 'x'.repeat(left) }]);
    const past = await outcomesAfter({ list: full }, [{ a: 'x'.repeat(left + 1) }]);

    expect(atLimit).toEqual(['3']);
    expect(past).toEqual([expect.stringContaining('DeviceModelMaxPropertiesExceeded')]);
  });

  test('Reports come to what the rule comes to, whatever the size of the section.', async () => {
    const value = fc.constantFrom<JsonValue>(true, 7, '', 'x', 'é"\\');
    const wide = fc.tuple(fc.integer({ min: 1, max: 9000 }), value).map(([count, one]) => ({ list: Array<JsonValue>(count).fill(one) }));
    const small = fc.dictionary(fc.constantFrom('list', 'a', 'b'), fc.oneof(value, fc.constant(null)), { maxKeys: 2 });
    await fc.assert(
      fc.asyncProperty(wide, fc.array(small, { maxLength: 3 }), async (whole, patches) => {
        expect(await outcomesAfter(whole, patches)).toHaveLength(patches.length);
      }),
      { numRuns: 40 },
    );
  });

  async function readBack(deviceId: string): Promise<Twin> {
    const found = await stores().twins.readTwin({ deviceId });
    if (!found) throw new Error('The twin is gone.');
    return found.twin;
  }

  /** What became of the patches, each in a batch of its own, after a first report of the section; all as the rule has it, and so is the twin. */
  async function outcomesAfter(whole: JsonObject, patches: readonly JsonObject[]): Promise<readonly string[]> {
    const deviceId = freshId();
    await createDevice(stores(), deviceId);
    const expected = [await readBack(deviceId)];
    const answers: string[] = [];
    for (const each of [whole, ...patches]) {
      const change = report(deviceId, each);
      const [outcome] = await stores().twins.applyTwinChanges([change]);
      if (!outcome) throw new Error('A change has an outcome.');
      answers.push(answerOf(outcome));
      expect(answerOf(outcome)).toBe(byRule(expected, 0, change));
    }
    expect(canonicalJson(await readBack(deviceId))).toBe(canonicalJson(expected[0]));
    return answers.slice(1);
  }
}

/** Puts the twin that the rule comes to in the place of the one before. @returns what its caller is told. */
function byRule(twins: Twin[], index: number, change: TwinChange): string {
  const outcome = outcomeOf(() => {
    const before = twins[index];
    if (!before) throw new Error('There is a twin for each change.');
    const { twin } = applyTwinChange(before, change);
    twins[index] = twin;
    return twin;
  });
  if (outcome.kind === 'refused') return `${outcome.refusal.code}: ${outcome.refusal.message}`;
  return change.kind === 'report' ? String(outcome.value.reported.version) : canonicalJson(outcome.value);
}

function answerOf(outcome: Outcome<TwinChangeResult>): string {
  if (outcome.kind === 'refused') return `${outcome.refusal.code}: ${outcome.refusal.message}`;
  return outcome.value.kind === 'reported' ? String(outcome.value.version) : canonicalJson(outcome.value.identityTwin.twin);
}
