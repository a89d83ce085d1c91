// What the SQL of conditions says of each device in a schema of PostgreSQL.
import type { Expression } from '../../../src/domain/query/ast.ts';
import type { Reader } from '../../../src/stores/postgres/driver.ts';
import { Bindings } from '../../../src/stores/postgres/query-bindings.ts';
import { conditionIn } from '../../../src/stores/postgres/query-compiler.ts';
import { operandOfTwinPath } from '../../../src/stores/postgres/query-operand.ts';

export function postgresSqlOf(condition: Expression): string {
  const bindings = new Bindings();
  return bindings.statement(conditionIn(condition, bindings, operandOfTwinPath)).text;
}

/** For each device, one truth for each condition. */
export async function postgresTruths(
  database: Reader,
  conditions: readonly Expression[],
): Promise<ReadonlyMap<string, readonly (boolean | null)[]>> {
  const bindings = new Bindings();
  const columns = conditions.map((each, index) => `${conditionIn(each, bindings, operandOfTwinPath)} as c${index}`);
  const { text, values } = bindings.statement(
    `select t.device_id, ${columns.join()} from twins as t join devices as d on d.device_id = t.device_id`,
  );
  const rows = await database.rowsOnce<{ readonly device_id: string } & Readonly<Record<string, boolean | null>>>(text, values);
  return new Map(rows.map((row) => [row.device_id, conditions.map((_, index) => row[`c${index}`] ?? null)]));
}
