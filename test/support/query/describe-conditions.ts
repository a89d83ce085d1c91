// Goal: a database finds exactly the twins for which the reference meaning of a condition says true, whatever stands in twins and conditions.
// Method: random fleets in real databases, random conditions on each; every pair of a twin and a condition is a case, and the seed is printed.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { JsonValue } from '../../../src/domain/json.ts';
import type { Expression, PathSteps } from '../../../src/domain/query/ast.ts';
import { evaluate } from '../../../src/domain/query/evaluate.ts';
import { parseCondition } from '../../../src/domain/query/parser.ts';
import { serviceTwinDocument } from '../../../src/domain/twin/twin-document.ts';
import type { QueryStore } from '../../../src/ports/query-store.ts';
import type { IdentityTwin } from '../../../src/ports/twin-store.ts';
import { printExpression } from './print-expression.ts';
import { condition, fleet, TRAPS } from './query-arbitraries.ts';

type Truth = boolean | null;

export type ConditionDatabase = {
  readonly store: QueryStore;
  /** Puts these twins of devices in place of all others. */
  readonly fill: (twins: readonly IdentityTwin[]) => Promise<void> | void;
  /** For each device what the SQL of each condition says. */
  readonly truthsOf: (conditions: readonly Expression[]) => Promise<ReadonlyMap<string, readonly Truth[]>>;
  readonly sqlOf: (condition: Expression) => string;
};

const CASES = 20_000;
const CONDITIONS_PER_FLEET = 50;

/** @param opened called in a test. */
export function describeConditions(opened: () => ConditionDatabase): void {
  it('finds what the reference meaning finds', async () => {
    let cases = 0;
    const conditionsOnFleet = fc.array(condition, { minLength: CONDITIONS_PER_FLEET, maxLength: CONDITIONS_PER_FLEET });
    const property = fc.asyncProperty(fleet, conditionsOnFleet, async (twins, conditions) => {
      await opened().fill(twins);
      const truths = await opened().truthsOf(conditions);
      for (const [index, each] of conditions.entries()) {
        const expected = truthsByReference(twins, each);
        const said = Array.from(truths, ([deviceId, all]): [string, Truth] => [deviceId, all[index] ?? null]);
        expect(Object.fromEntries(said), printExpression(each)).toEqual(Object.fromEntries(expected));
        const trueOnes = [...expected].flatMap(([deviceId, truth]) => (truth === true ? [deviceId] : []));
        expect(await found(opened(), each), printExpression(each)).toEqual(trueOnes.toSorted());
        cases += twins.length;
      }
    });

    const result = await fc.check(property, {
      numRuns: Math.ceil(CASES / (CONDITIONS_PER_FLEET * 10)),
      plugins: [fc.interruptAfterTimeLimit(60_000)],
    });

    console.log(`Compared ${cases} cases, seed ${result.seed}.`);
    expect(result.failed, fc.defaultReportMessage(result)).toBe(false);
    expect(cases).toBeGreaterThanOrEqual(CASES);
  }, 90_000);

  it('has nothing of a text in its SQL', () => {
    const texts = fc.constantFrom(...TRAPS).filter((text) => text.length > 3);
    const sqlOf = (name: string, text: string): string =>
      opened()
        .sqlOf(comparing(['tags', name], text))
        .replaceAll(/\s+/g, ' ');

    fc.assert(
      fc.property(texts, texts, (name, text) => {
        // One value is bound once, wherever it stands.
        expect(sqlOf(name, `${text}!`)).toBe(sqlOf('name', 'text'));
      }),
    );
  });

  it('finds a twin by each trap, as a key and as a value', async () => {
    await opened().fill([twinOf('lamp', Object.fromEntries(TRAPS.map((trap) => [trap, { [`<${trap}>`]: trap }])))]);

    for (const trap of TRAPS) {
      expect(await found(opened(), comparing(['tags', trap, `<${trap}>`], trap)), trap).toEqual(['lamp']);
      expect(await found(opened(), comparing(['tags', trap, `<${trap}>`], `${trap}!`)), trap).toEqual([]);
    }
  });

  it.each([
    ['tags.list[0] = 1', true],
    ['tags.list[1].name = "x"', true],
    ['tags.list[2][1] = null', true],
    ['tags.list[3] = 1', undefined],
    ['tags.list[2147483647] = 1', undefined],
    ['tags.object[0] = 1', undefined],
    ['tags.object.[[0]] = 1', true],
    ['tags.list.[[0]] = 1', undefined],
    ['tags.text[0] = "a"', undefined],
    ['tags.number[0] = 1', undefined],
    ['tags.truth[0] = true', undefined],
    ['tags.nothing[0] = null', undefined],
    ['tags[0] = 1', undefined],
    ['tags.[[a"b\\c]][0] = 1', true],
    ['tags.grid[1][0] > tags.grid[0][1]', true],
    ['tags.grid[0] = tags.grid[1]', undefined],
    ['ARRAY_CONTAINS(tags.grid[1], tags.grid[1][0])', true],
    ['LENGTH(tags.list[1].name) + tags.list[0] = 2', true],
  ])('says of items of arrays that %s is %s', async (text, value) => {
    const tags = {
      list: [1, { name: 'x' }, [true, null]],
      grid: [
        [1, 2],
        [3, 4],
      ],
      object: { 0: 1 },
      text: 'a',
      number: 1,
      truth: true,
      nothing: null,
      'a"b\\c': [1],
    };
    await opened().fill([twinOf('lamp', tags)]);

    const written = parseCondition(text);
    const said = value === undefined ? parseCondition(`NOT IS_DEFINED(${text})`) : written;
    expect(evaluate(written, { tags }), 'by its reference meaning').toBe(value);
    expect(await found(opened(), said)).toEqual(['lamp']);
  });

  it('finds a number beyond 2^53 by its own digits', async () => {
    const digits = 89273399252989660;
    await opened().fill([twinOf('lamp', { a: digits })]);

    const written = parseCondition(`tags.a = ${digits} AND tags.a IN [${digits}] AND tags.a <= ${digits}`);
    expect(await found(opened(), written)).toEqual(['lamp']);
  });

  it('may be as long as a text can be, and as deep', async () => {
    await opened().fill([twinOf('lamp', { a: { b: 1 } })]);
    const long = parseCondition(`${'a=1 OR '.repeat(1168)}tags.a.b=1`);
    const deep = parseCondition(`${'('.repeat(32)}tags.a.b = 1${') = true'.repeat(32)}`);
    const negated = parseCondition(`${'NOT '.repeat(32)}tags.a.b=1`);
    const computed = parseCondition(`${'ABS('.repeat(32)}tags.a.b${' + 1'.repeat(100)}${')'.repeat(32)} = 101`);
    const joined = parseCondition(`LENGTH(${'CONCAT('.repeat(31)}'x'${`, ${"'y', ".repeat(40)}'z')`.repeat(31)}) = ${1 + 31 * 41}`);
    const inArray = parseCondition(
      `NOT IS_DEFINED(ARRAY_CONTAINS(tags.a, ${'('.repeat(28)}1${' + 1'.repeat(100)} = 101${') IN [true]'.repeat(28)}))`,
    );

    for (const each of [long, deep, negated, computed, joined, inArray]) {
      expect(await found(opened(), each), printExpression(each).slice(0, 100)).toEqual(['lamp']);
    }
  });

  it.each([
    ['1e308 + 1e308', undefined],
    ['1e308 - -1e308', undefined],
    ['1.7976931348623157e308 + 1e291', 1.7976931348623157e308],
    ['1.7976931348623157e308 + 1e292', undefined],
    ['1e200 * 1e200', undefined],
    ['1e-200 * -1e-200', 0],
    ['1.5e-162 * 1.5e-162', 0],
    ['1.5e-162 * 1.7e-162', 5e-324],
    ['5e-324 / 2', 0],
    ['1e200 / 1e-200', undefined],
    ['5.5 % -2', 1.5],
    ['-7 % 3', -1],
    ['1e300 % 7', 1e300 % 7],
    ['0.1 % 5e-324', 0],
    ['1.7976931348623157e308 % 0.3', 1.7976931348623157e308 % 0.3],
    ['5e-324 % 1e308', 5e-324],
    ['5 % 0', undefined],
    ['EXP(709.782712893384)', Math.exp(709.782712893384)],
    ['EXP(709.7827128933841)', undefined],
    ['EXP(-745.1332191019411)', 5e-324],
    ['EXP(-745.1332191019412)', 0],
    ['EXP(0.5)', Math.exp(0.5)],
    ['EXP(-20.123)', Math.exp(-20.123)],
    ['EXP(1)', Math.E],
    ['SQUARE(1e-200)', 0],
    ['SQUARE(-1e200)', undefined],
    ['SQRT(-1)', undefined],
    ['POWER(0, -1)', undefined],
    ['POWER(-8, 0.5)', undefined],
    ['POWER(1e200, 2)', undefined],
    ['POWER(1e200, -2)', 0],
    ['POWER(0.1, 400)', 0],
    ['POWER(0.1, -400)', undefined],
    [`AS_NUMBER('1e999')`, undefined],
    [`AS_NUMBER('-1e-999')`, 0],
    [`AS_NUMBER('1e99999999999999999999999')`, undefined],
    [`AS_NUMBER('1e-99999999999999999999999')`, 0],
    [`AS_NUMBER('0.${'0'.repeat(400)}1')`, 0],
    [`AS_NUMBER('0.${'0'.repeat(400)}1e500')`, 1e99],
    [`AS_NUMBER('${'9'.repeat(400)}')`, undefined],
    [`AS_NUMBER('0e999')`, 0],
    [`LENGTH(SUBSTRING('ab', 9007199254740991, 9007199254740991))`, 0],
    [`LENGTH(SUBSTRING('ab', 9007199254740992))`, undefined],
    [`LENGTH(SUBSTRING('ab', 0.5))`, undefined],
    [`LENGTH(SUBSTRING('ab', 1, -1))`, undefined],
  ])('says that %s is %s, at the edge of what a number can be', async (text, value) => {
    await opened().fill([twinOf('lamp', { zero: 0 })]);

    const written = parseCondition(value === undefined ? `NOT IS_DEFINED(${text})` : `${text} = ${value}`);
    expect(evaluate(written, {}), 'by its reference meaning').toBe(true);
    expect(await found(opened(), written)).toEqual(['lamp']);
  });

  it.each(['ΑΣ', 'ΑΣ.', 'ΑΣ Β', 'Σ', 'Α.Σ', "ΑΣ'Β", 'ᾼΣ', 'İI', 'ßẞŉǰΐ', 'ŒœǄǅǆ', '𐐀𐐨𞤀', 'ﬃﬁ', 'ʰΣ', 'Αʰ.ΣΣ'])(
    'changes the case of %s as JavaScript does',
    async (text) => {
      await opened().fill([twinOf('lamp', { text })]);

      const changed = `LOWER(tags.text) = '${text.toLowerCase().replaceAll("'", "''")}' AND UPPER(tags.text) = '${text.toUpperCase().replaceAll("'", "''")}'`;
      expect(await found(opened(), parseCondition(changed))).toEqual(['lamp']);
    },
  );

  it('changes the case of every letter as JavaScript does', async () => {
    const letters = Array.from({ length: 0x11_0000 }, (_, codePoint) => codePoint)
      .filter((codePoint) => codePoint < 0xd800 || codePoint > 0xdfff)
      .map((codePoint) => String.fromCodePoint(codePoint))
      .filter((letter) => letter.toLowerCase() !== letter || letter.toUpperCase() !== letter);
    expect(letters.length).toBeGreaterThan(2_000);
    const all = letters.join('');
    await opened().fill([twinOf('lamp', { all })]);

    for (const [name, changed] of [
      ['LOWER', all.toLowerCase()],
      ['UPPER', all.toUpperCase()],
    ] as const) {
      const call: Expression = { kind: 'call', name, arguments: [{ kind: 'path', steps: ['tags', 'all'] }] };
      const written: Expression = { kind: 'comparison', operator: '=', left: call, right: { kind: 'constant', value: changed } };
      expect(await found(opened(), written), name).toEqual(['lamp']);
    }
  });
}

async function found({ store }: ConditionDatabase, each: Expression): Promise<readonly string[]> {
  const everything = { condition: each, orderBy: [], after: undefined, limit: 1000 };
  const { twins } = await store.queryTwins(everything, new AbortController().signal);
  return twins.map(({ identity }) => identity.deviceId);
}

function truthsByReference(twins: readonly IdentityTwin[], each: Expression): ReadonlyMap<string, Truth> {
  const truthOf = (value: JsonValue | undefined): Truth => (typeof value === 'boolean' ? value : null);
  return new Map(twins.map(({ identity, twin }) => [identity.deviceId, truthOf(evaluate(each, serviceTwinDocument(identity, twin)))]));
}

function comparing(steps: PathSteps, text: string): Expression {
  return { kind: 'comparison', operator: '=', left: { kind: 'path', steps }, right: { kind: 'constant', value: text } };
}

function twinOf(deviceId: string, tags: IdentityTwin['twin']['tags']): IdentityTwin {
  const [first] = fc.sample(fleet, { numRuns: 1, seed: 1 })[0] ?? [];
  if (!first) throw new Error('A fleet has devices');
  return { identity: { ...first.identity, deviceId }, twin: { ...first.twin, deviceId, tags } };
}
