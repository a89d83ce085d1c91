// Goal: a condition survives the way to text and back, and no text does anything but parse or be refused.
// Method: random trees printed and parsed again; random soups of tokens and of characters.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HubError } from '../../../../src/domain/errors.ts';
import { evaluate, valueAt } from '../../../../src/domain/query/evaluate.ts';
import { parseCondition, parseQuery } from '../../../../src/domain/query/parser.ts';
import { serviceTwinDocument } from '../../../../src/domain/twin/twin-document.ts';
import { printExpression } from '../../../support/query/print-expression.ts';
import { condition, fleet, path, TRAPS } from '../../../support/query/query-arbitraries.ts';

const token = fc.oneof(
  fc.constantFrom(...'SELECT * FROM devices WHERE AND OR NOT IN NIN AS ( ) [ ] [[ ]] , . = != < <= - + true null undefined'.split(' ')),
  fc.constantFrom('tags', 'deviceId', 'IS_NULL', 'COUNT', 'x', '1', '0x1F', '1e5', `'a'`, '"b"', String.raw`'\u0061'`, '\n'),
  fc.constantFrom(...TRAPS),
);
const soup = fc.oneof(
  fc.array(token, { maxLength: 20 }).map((tokens) => tokens.join(' ')),
  fc.array(token, { maxLength: 20 }).map((tokens) => tokens.join('')),
  fc.string({ unit: 'binary', maxLength: 30 }),
);

describe('the parser', () => {
  it('reads a printed condition as the tree that was printed', () => {
    fc.assert(
      fc.property(condition, (tree) => {
        expect(parseCondition(printExpression(tree))).toEqual(tree);
      }),
      { numRuns: 2000 },
    );
  });

  it('accepts a text or refuses it in one sentence, and shows where', () => {
    fc.assert(
      fc.property(soup, (text) => {
        for (const parse of [parseCondition, parseQuery, (rest: string) => parseCondition(`x = 1 OR ${rest}`)]) {
          expect(outcomeOf(() => parse(text))).toMatch(/^(accepted|The (query|condition) is not valid at line \d+:\d+: .+\.\n.*\n *\^)$/u);
        }
      }),
      { numRuns: 5000 },
    );
  });

  it('makes of every text that it accepts something that can be evaluated', () => {
    fc.assert(
      fc.property(condition, (tree) => {
        expect([true, false, undefined]).toContain(evaluate({ kind: 'not', term: tree }, { tags: { a: 1 } }));
      }),
    );
  });
});

describe('random twins', () => {
  it('have items that random paths with numbers lead to, of one array and of one inside another', () => {
    const documents = fc
      .sample(fleet, { numRuns: 40, seed: 1 })
      .flatMap((twins) => twins.map(({ identity, twin }) => serviceTwinDocument(identity, twin)));
    const paths = fc.sample(path, { numRuns: 400, seed: 1 }).filter(({ steps }) => steps.some((step) => typeof step === 'number'));

    const led = paths.filter((each) => documents.some((document) => valueAt(each, document) !== undefined));
    const inside = led.filter(({ steps }) => steps.filter((step) => typeof step === 'number').length > 1);

    expect(led.length).toBeGreaterThan(paths.length / 3);
    expect(inside.length).toBeGreaterThan(0);
  });
});

/** The message of a refusal. Anything else that is thrown passes through. */
function outcomeOf(parse: () => unknown): string {
  try {
    parse();
    return 'accepted';
  } catch (error) {
    if (error instanceof HubError && error.code === 'ArgumentInvalid') return error.message;
    throw error;
  }
}
