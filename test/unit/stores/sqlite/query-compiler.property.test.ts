// Runs the suite of conditions on SQLite, whose compiler it holds to the reference meaning.
import { afterAll, describe } from 'vitest';
import type { Expression } from '../../../../src/domain/query/ast.ts';
import { compileCondition } from '../../../../src/stores/sqlite/query-compiler.ts';
import { type ConditionDatabase, describeConditions } from '../../../support/query/describe-conditions.ts';
import { openSqliteQueries } from '../../../support/query/sqlite-queries.ts';

const { connection, store, fill, close } = openSqliteQueries();
afterAll(close);

describe('a condition on SQLite', () => {
  describeConditions(() => ({ store, fill, truthsOf, sqlOf: (condition) => compileCondition(condition).sql }));
});

async function truthsOf(conditions: readonly Expression[]): ReturnType<ConditionDatabase['truthsOf']> {
  const truths = new Map<string, (boolean | null)[]>();
  for (const each of conditions) {
    const { sql, values } = compileCondition(each);
    const statement = `select t.device_id, ${sql} as truth from twins as t join devices as d on d.device_id = t.device_id`;
    const scan = { sql: statement, values, cancelled: new Int32Array(new SharedArrayBuffer(4)) };
    const rows = connection.read((reader) => [...reader.scan<{ readonly device_id: string; readonly truth: number | null }>(scan)]);
    for (const { device_id: deviceId, truth } of rows) {
      truths.set(deviceId, [...(truths.get(deviceId) ?? []), truth === null ? null : truth === 1]);
    }
  }
  return Promise.resolve(truths);
}
