// Goal: SQLite finds exactly the twins for which the reference meaning of a condition says true, whatever stands in twins and conditions.
// Method: random fleets in real databases, random conditions on each; every pair of a twin and a condition is a case, and the seed is printed.
import type { Device } from '../../../../src/domain/identity/device.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../../src/domain/json.ts';
import type { Expression } from '../../../../src/domain/query/ast.ts';
import { evaluate } from '../../../../src/domain/query/evaluate.ts';
import { parseCondition } from '../../../../src/domain/query/parser.ts';
import { serviceTwinDocument } from '../../../../src/domain/twin/twin-document.ts';
import type { IdentityTwin } from '../../../../src/ports/twin-store.ts';
import { type DatabaseFile, openDatabaseFile } from '../../../../src/stores/sqlite/database-file.ts';
import { insertDevice } from '../../../../src/stores/sqlite/device-operations.ts';
import { QUERY_FUNCTIONS } from '../../../../src/stores/sqlite/query-functions.ts';
import { queryTwins } from '../../../../src/stores/sqlite/query-operations.ts';
import { compileCondition } from '../../../../src/stores/sqlite/query-compiler.ts';
import { insertTwin } from '../../../../src/stores/sqlite/twin-operations.ts';
import { printExpression } from '../../../support/query/print-expression.ts';
import { condition, fleet, TRAPS } from '../../../support/query/query-arbitraries.ts';

const CASES = 20_000;
const CONDITIONS_PER_FLEET = 50;

const folder = mkdtempSync(join(tmpdir(), 'twinhub-query-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = openDatabaseFile(join(folder, 'hub.db'), 'none');
for (const sqlFunction of QUERY_FUNCTIONS) file.connection.define(sqlFunction);
afterAll(() => file.close());

describe('a condition on SQLite', () => {
  it('finds what the reference meaning finds', () => {
    let cases = 0;
    const property = fc.property(
      fleet,
      fc.array(condition, { minLength: CONDITIONS_PER_FLEET, maxLength: CONDITIONS_PER_FLEET }),
      (twins, conditions) => {
        fill(file, twins);
        for (const each of conditions) {
          const truths = truthsByReference(twins, each);
          expect(truthsInSql(file, each), printExpression(each)).toEqual(truths);
          expect(found(file, each), printExpression(each)).toEqual(
            Object.keys(truths)
              .filter((deviceId) => truths[deviceId] === 1)
              .toSorted(),
          );
          cases += twins.length;
        }
      },
    );

    const result = fc.check(property, {
      numRuns: Math.ceil(CASES / (CONDITIONS_PER_FLEET * 10)),
      plugins: [fc.interruptAfterTimeLimit(30_000)],
    });

    console.log(`Compared ${cases} cases, seed ${result.seed}.`);
    expect(result.failed, fc.defaultReportMessage(result)).toBe(false);
    expect(cases).toBeGreaterThanOrEqual(CASES);
  }, 60_000);

  it('has nothing of a text in its SQL', () => {
    const texts = fc.constantFrom(...TRAPS).filter((text) => text.length > 3);
    const plain = compileCondition(comparing('plain', 'plain')).sql;

    fc.assert(
      fc.property(texts, texts, (name, text) => {
        expect(compileCondition(comparing(name, text)).sql.replaceAll(/\s+/g, ' ')).toBe(plain.replaceAll(/\s+/g, ' '));
      }),
    );
  });

  it('finds a twin by each trap, as a key and as a value', () => {
    const twin = twinOf('lamp', Object.fromEntries(TRAPS.map((trap) => [trap, { [`<${trap}>`]: trap }])));
    fill(file, [twin]);

    for (const trap of TRAPS) {
      expect(found(file, comparing(['tags', trap, `<${trap}>`], trap)), trap).toEqual(['lamp']);
      expect(found(file, comparing(['tags', trap, `<${trap}>`], `${trap}!`)), trap).toEqual([]);
    }
  });

  it('finds a number beyond 2^53 by its own digits', () => {
    const digits = 89273399252989660;
    fill(file, [twinOf('lamp', { a: digits })]);

    expect(found(file, parseCondition(`tags.a = ${digits} AND tags.a IN [${digits}] AND tags.a <= ${digits}`))).toEqual(['lamp']);
  });

  it('may be as long as a text can be, and as deep', () => {
    fill(file, [twinOf('lamp', { a: { b: 1 } })]);
    const long = parseCondition(`${'a=1 OR '.repeat(1168)}tags.a.b=1`);
    const deep = parseCondition(`${'('.repeat(32)}tags.a.b = 1${') = true'.repeat(32)}`);
    const negated = parseCondition(`${'NOT '.repeat(32)}tags.a.b=1`);
    const computed = parseCondition(`${'ABS('.repeat(32)}tags.a.b${' + 1'.repeat(100)}${')'.repeat(32)} = 101`);
    const joined = parseCondition(`LENGTH(${'CONCAT('.repeat(31)}'x'${`, ${"'y', ".repeat(40)}'z')`.repeat(31)}) = ${1 + 31 * 41}`);
    const inArray = parseCondition(
      `NOT IS_DEFINED(ARRAY_CONTAINS(tags.a, ${'('.repeat(28)}1${' + 1'.repeat(100)} = 101${') IN [true]'.repeat(28)}))`,
    );

    expect([long, deep, negated, computed, joined, inArray].map((each) => found(file, each))).toEqual(Array(6).fill(['lamp']));
  });
});

function fill({ connection }: DatabaseFile, twins: readonly IdentityTwin[]): void {
  connection.transaction((writer) => {
    writer.run('delete from devices');
    for (const { identity, twin } of twins) {
      insertDevice(writer, identity as Device);
      insertTwin(writer, twin);
    }
  });
}

function found({ connection }: DatabaseFile, each: Expression): readonly string[] {
  const cancelled = new Int32Array(new SharedArrayBuffer(4));
  const { rows } = connection.read((reader) =>
    queryTwins(reader, { condition: each, orderBy: [], after: undefined, limit: 1000, cancelled }),
  );
  return rows.map(({ identity }) => identity.device_id);
}

/** What SQLite makes of the condition for each device: 1, 0 or null. */
function truthsInSql({ connection }: DatabaseFile, each: Expression): Readonly<Record<string, unknown>> {
  const { sql, values } = compileCondition(each);
  const statement = `select t.device_id, ${sql} as truth from twins as t join devices as d on d.device_id = t.device_id`;
  const rows = connection.read((reader) =>
    Array.from(
      reader.scan<{ device_id: string; truth: unknown }>({ sql: statement, values, cancelled: new Int32Array(new SharedArrayBuffer(4)) }),
    ),
  );
  return Object.fromEntries(rows.map(({ device_id, truth }) => [device_id, truth]));
}

function truthsByReference(twins: readonly IdentityTwin[], each: Expression): Readonly<Record<string, unknown>> {
  const truths = new Map<JsonValue | undefined, number>([
    [true, 1],
    [false, 0],
  ]);
  const truthOf = ({ identity, twin }: IdentityTwin): number | null =>
    truths.get(evaluate(each, serviceTwinDocument(identity, twin))) ?? null;
  return Object.fromEntries(twins.map((one) => [one.identity.deviceId, truthOf(one)]));
}

function comparing(path: string | readonly string[], text: string): Expression {
  const names = typeof path === 'string' ? ['tags', path] : path;
  return { kind: 'comparison', operator: '=', left: { kind: 'path', names }, right: { kind: 'constant', value: text } };
}

function twinOf(deviceId: string, tags: IdentityTwin['twin']['tags']): IdentityTwin {
  const [{ identity, twin }] = fc.sample(fleet, { numRuns: 1, seed: 1 })[0] as unknown as [IdentityTwin];
  return { identity: { ...identity, deviceId }, twin: { ...twin, deviceId, tags } };
}
