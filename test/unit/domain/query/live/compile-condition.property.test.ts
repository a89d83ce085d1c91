// Goal: a compiled condition means what `evaluate` says, and a live query is looked at for every document that its condition lets through.
// Method: random twins and conditions; for each document the closure beside the reference, and the index of queries beside a look at each.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonValue } from '../../../../../src/domain/json.ts';
import { evaluate } from '../../../../../src/domain/query/evaluate.ts';
import { compileCondition } from '../../../../../src/domain/query/live/compile-condition.ts';
import { LiveIndex } from '../../../../../src/domain/query/live/live-index.ts';
import { type LivePlan, planOf } from '../../../../../src/domain/query/live/live-plan.ts';
import { parseCondition } from '../../../../../src/domain/query/parser.ts';
import { serviceTwinDocument } from '../../../../../src/domain/twin/twin-document.ts';
import { condition, fleetWithModules } from '../../../../support/query/query-arbitraries.ts';

const RUNS = 1000;

const documents = fleetWithModules.map((twins) => twins.map(({ identity, twin }) => serviceTwinDocument(identity, twin)));

test('A compiled condition says of every document what the reference says.', () => {
  fc.assert(
    fc.property(documents, fc.array(condition, { minLength: 1, maxLength: 5 }), (twins, conditions) => {
      const compiled = conditions.map(compileCondition);

      // As they are asked: one document is shown to all conditions before the next one is.
      const said = twins.map((document) => compiled.map((ask) => ask(document)));

      expect(said).toEqual(twins.map((document) => conditions.map((expression) => evaluate(expression, document))));
    }),
    { numRuns: RUNS },
  );
});

test('The index offers every query whose condition lets a document through, once.', () => {
  fc.assert(
    fc.property(documents, fc.array(condition, { minLength: 1, maxLength: 8 }), (twins, conditions) => {
      const queries = conditions.map((where) => ({ plan: planOf({ from: 'devices', select: 'all', where }) }));
      const index = new LiveIndex<{ readonly plan: LivePlan }>();
      for (const query of queries) index.add(query);

      for (const document of twins) {
        const offered = [...index.candidates(document)];

        expect(offered).toHaveLength(new Set(offered).size);
        expect(offered).toEqual(expect.arrayContaining(queries.filter(({ plan }) => evaluate(plan.where, document) === true)));
      }
      for (const query of queries) index.remove(query);
      expect(twins.flatMap((document) => [...index.candidates(document)])).toEqual([]);
      expect([index.conditionParts, index.itemParts]).toEqual([0, 0]);
    }),
    { numRuns: RUNS / 4 },
  );
});

/** Paths that are alike but for what their steps are. */
const ALIKE = ["tags.a = 'x'", "tags.a[0] = 'x'", "tags.a.[[0]] = 'x'", "tags.a[1] = 'x'", "tags.a[0][0] = 'x'", "tags.[[a[0]]] = 'x'"];

test.each<[JsonValue, number]>([
  ['x', 0],
  [['x'], 1],
  [{ 0: 'x' }, 2],
  [[null, 'x'], 3],
  [[['x']], 4],
])('Of paths that are alike the one that leads to the value is found, with tags.a as %j.', (value, expected) => {
  const queries = ALIKE.map((text) => ({ plan: planOf({ from: 'devices', select: 'all', where: parseCondition(text) }) }));
  const index = new LiveIndex<{ readonly plan: LivePlan }>();
  for (const query of queries) index.add(query);
  const document = { tags: { a: value } };

  expect(queries.map(({ plan }) => plan.condition(document) === true).indexOf(true)).toBe(expected);
  expect(index.candidates(document)).toEqual([queries[expected]]);
});
