// Runs the suite of conditions on PostgreSQL, whose compiler it holds to the reference meaning.
import { describe } from 'vitest';
import type { Expression } from '../../../../src/domain/query/ast.ts';
import type { Reader } from '../../../../src/stores/postgres/driver.ts';
import { Bindings } from '../../../../src/stores/postgres/query-bindings.ts';
import { conditionIn } from '../../../../src/stores/postgres/query-compiler.ts';
import { operandOfTwinPath } from '../../../../src/stores/postgres/query-operand.ts';
import { NO_POSTGRES, sharePostgres } from '../../../support/postgres.ts';
import { type ConditionDatabase, describeConditions } from '../../../support/query/describe-conditions.ts';
import { sharePostgresQueries } from '../../../support/query/postgres-queries.ts';

describe.skipIf(NO_POSTGRES)('a condition on PostgreSQL', () => {
  const queries = sharePostgresQueries(sharePostgres());

  describeConditions((): ConditionDatabase => {
    const { database, store, fill } = queries();
    return { store, fill, truthsOf: (conditions) => truthsIn(database, conditions), sqlOf };
  });
});

function sqlOf(condition: Expression): string {
  const bindings = new Bindings();
  return bindings.statement(conditionIn(condition, bindings, operandOfTwinPath)).text;
}

async function truthsIn(database: Reader, conditions: readonly Expression[]): ReturnType<ConditionDatabase['truthsOf']> {
  const bindings = new Bindings();
  const columns = conditions.map((each, index) => `${conditionIn(each, bindings, operandOfTwinPath)} as c${index}`);
  const { text, values } = bindings.statement(
    `select t.device_id, ${columns.join()} from twins as t join devices as d on d.device_id = t.device_id`,
  );
  const rows = await database.rowsOnce<{ readonly device_id: string } & Readonly<Record<string, boolean | null>>>(text, values);
  return new Map(rows.map((row) => [row.device_id, conditions.map((_, index) => row[`c${index}`] ?? null)]));
}
