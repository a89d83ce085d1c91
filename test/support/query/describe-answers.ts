// Goal: what whole queries answer in a store, page by page, is what their reference meaning answers, row by row in its order.
// Method: random fleets in a real database, random queries as texts, read through the use case with pages of random size and their tokens; the seed is printed.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isModule } from '../../../src/domain/identity/module.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { answer } from '../../../src/domain/query/answer.ts';
import type { Query } from '../../../src/domain/query/ast.ts';
import { parseQuery } from '../../../src/domain/query/parser.ts';
import { compareValues } from '../../../src/domain/query/value-order.ts';
import { serviceTwinDocument } from '../../../src/domain/twin/twin-document.ts';
import type { QueryStore } from '../../../src/ports/query-store.ts';
import type { IdentityTwin } from '../../../src/ports/twin-store.ts';
import { FakeClock } from '../fake-clock.ts';
import { isDefinite, readAll, withoutRounding } from './compare-answers.ts';
import { printQuery } from './print-query.ts';
import { queriesOver } from './queries-over.ts';
import { fleetWithModules } from './query-arbitraries.ts';
import { queryOf } from './whole-queries.ts';

/** `fill`: puts these twins in place of all others, those of devices before those of their modules. */
type AnsweringStore = { readonly store: QueryStore; readonly fill: (twins: readonly IdentityTwin[]) => Promise<void> | void };

const FLEETS = 60;
const QUERIES_PER_FLEET = 40;
/** A run whose time was over sooner has shown too little. */
const FEWEST_CASES = (FLEETS * QUERIES_PER_FLEET) / 10;

/** @param opened called in a test. */
export function describeAnswers(opened: () => AnsweringStore): void {
  it('answers what its reference meaning answers, whatever the size of its pages', async () => {
    const { store, fill } = opened();
    const queries = queriesOver(new FakeClock(), store);
    let cases = 0;
    const anyQuery = fc.oneof(queryOf('devices'), queryOf('devices.modules'));
    const asked = fc.tuple(anyQuery, fc.integer({ min: 1, max: 12 }));
    const property = fc.asyncProperty(
      fleetWithModules,
      fc.array(asked, { minLength: QUERIES_PER_FLEET, maxLength: QUERIES_PER_FLEET }),
      async (twins, all) => {
        await fill(twins);
        for (const [query, pageSize] of all) {
          const text = printQuery(query);
          expect(parseQuery(text)).toEqual(query);
          const documents = documentsOf(twins, query.from);
          if (!isDefinite(query, documents)) continue;
          const expected = answer(query, documents);
          const found = await readAll(queries, text, pageSize);
          expect(withoutRounding(found, { query, documents, expected }), text).toEqual(expected);
          cases += 1;
        }
      },
    );

    const result = await fc.check(property, { numRuns: FLEETS, plugins: [fc.interruptAfterTimeLimit(60_000)] });

    console.log(`Compared ${cases} queries, seed ${result.seed}.`);
    // Whole fleets would hide what is wrong: the error has the text of the query and the difference.
    if (result.failed) throw new Error(`Seed ${result.seed}, path ${result.counterexamplePath ?? ''}.`, { cause: result.errorInstance });
    expect(cases).toBeGreaterThan(FEWEST_CASES);
  }, 120_000);

  it('sorts groups through pages by sums beyond 2^53, though their digits as integers are other numbers', async () => {
    const { store, fill } = opened();
    const sums = [2 ** 56, 2 ** 56 + 16, 2 ** 56 + 32];
    const [twins = []] = fc.sample(fleetWithModules, { numRuns: 1, seed: 1 });
    await fill(
      sums.flatMap((sum, index) => twins.slice(index, index + 1).map((one) => ({ ...one, twin: { ...one.twin, tags: { sum } } }))),
    );

    const text = 'SELECT tags.sum AS of, SUM(tags.sum) AS s FROM devices GROUP BY tags.sum ORDER BY s DESC';
    const rows = await readAll(queriesOver(new FakeClock(), store), text, 1);

    expect(rows).toEqual(sums.toReversed().map((sum) => ({ of: sum, s: sum })));
  });

  it('goes on after a group of objects whose keys come in any order, of every kind of number', async () => {
    const { store, fill } = opened();
    const [twins = []] = fc.sample(fleetWithModules, { numRuns: 1, seed: 1 });
    const objects = [
      { '😀': 1, '\uffff': 2, a: 3 },
      { a: 3, '\uffff': 2, '😀': 1 },
      { '😀': 1e21, '\uffff': -1e-7 },
      { n: [5e-324, 1e300, 0.5] },
    ];
    const documents = objects.flatMap((of, index) =>
      twins.slice(index, index + 1).map((one) => ({ ...one, twin: { ...one.twin, tags: { of } } })),
    );
    await fill(documents);

    const text = 'SELECT tags.of, COUNT() AS n FROM devices GROUP BY tags.of ORDER BY tags.of DESC';
    const rows = await readAll(queriesOver(new FakeClock(), store), text, 1);

    expect(rows).toEqual(answer(parseQuery(text), documentsOf(documents, 'devices')));
    expect(rows).toHaveLength(3);
  });

  it('adds up what is within the range of numbers, and says nothing of a sum beyond it', async () => {
    const { store, fill } = opened();
    const [twins = []] = fc.sample(fleetWithModules, { numRuns: 1, seed: 1 });
    const numbers = [
      { a: 1e308, b: 1e308, c: 5e-324, d: 5e-324, e: 1.5e-323 },
      { a: 1e308, b: -1e308, c: 0.1, d: 0, e: 0 },
      { b: 3, c: 0.2 },
    ];
    await fill(numbers.flatMap((tags, index) => twins.slice(index, index + 1).map((one) => ({ ...one, twin: { ...one.twin, tags } }))));

    const text =
      'SELECT SUM(tags.a) AS a, AVG(tags.a) AS m, SUM(tags.c) AS c, COUNT(tags.b) AS n, AVG(tags.d) AS d, AVG(tags.e) AS e FROM devices';
    const rows = await readAll(queriesOver(new FakeClock(), store), text, 1);

    expect(rows).toEqual([{ c: expect.closeTo(0.3, 12), n: 3, d: 0, e: 1e-323 }]);
  });
}

/** Those of the collection, in the order of their ids. */
function documentsOf(twins: readonly IdentityTwin[], from: Query['from']): readonly JsonObject[] {
  return twins
    .filter(({ identity }) => isModule(identity) === (from === 'devices.modules'))
    .toSorted((one, other) => compareIds(idsOf(one), idsOf(other)))
    .map(({ identity, twin }) => serviceTwinDocument(identity, twin));
}

function idsOf({ twin }: IdentityTwin): readonly [deviceId: string, moduleId: string] {
  return [twin.deviceId, twin.moduleId ?? ''];
}

function compareIds([device, module]: ReturnType<typeof idsOf>, [otherDevice, otherModule]: ReturnType<typeof idsOf>): number {
  return compareValues(device, otherDevice) || compareValues(module, otherModule);
}
