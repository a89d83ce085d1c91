// Turns conditions into SQL that says what `evaluate` says: 1 for true, 0 for false, NULL for undefined.
import type { Expression, Path } from '../../domain/query/ast.ts';
import { conditionToSql, type Dialect, filterToSql } from '../sql/condition-to-sql.ts';
import type { NamedValues } from './driver.ts';
import { arrayContains, check, comparison, comparisonForTruth, membership } from './query-comparison.ts';
import { arithmetic, functionCall } from './query-functions.ts';
import { Bindings, type Operand, operandOfPath, operandOfValue } from './query-operand.ts';

export type CompiledCondition = { readonly sql: string; readonly values: NamedValues };

/** What a path of the documents of a collection is in the tables. */
export type OperandOfPath = (path: Path, bindings: Bindings) => Operand;

/**
 * The condition for a WHERE over the tables that `operandOfPath` knows: unless given, `t` (twins) and `d` (devices). Its parameters are named
 * `:v1`, `:v2`, …; no part of the query's text is in the SQL. AND, OR and NOT of SQL have the three values of the language, with NULL for
 * undefined.
 */
export function compileCondition(condition: Expression, pathOperand: OperandOfPath = operandOfPath): CompiledCondition {
  const bindings = new Bindings();
  return { sql: conditionToSql(condition, dialectOf({ bindings, pathOperand })), values: bindings.values };
}

/** For the WHERE of a statement that has other values too; it is true where the condition is. */
export function filterIn(condition: Expression, context: Context): string {
  return filterToSql(condition, dialectOf(context));
}

function dialectOf({ bindings, pathOperand }: Context): Dialect<Operand> {
  return {
    operandOfPath: (path) => pathOperand(path, bindings),
    operandOfConstant: (value) => operandOfValue(value, bindings),
    operandOfTruth: (value) => ({ form: 'fixed', kind: 'boolean', value }),
    arithmetic,
    functionCall,
    comparison,
    comparisonForTruth,
    membership: (operand, list) => membership(operand, list, bindings),
    check,
    arrayContains,
    truthOfOperand,
  };
}

type Context = { readonly bindings: Bindings; readonly pathOperand: OperandOfPath };

function truthOfOperand(operand: Operand): string {
  if (operand.form === 'json') return `(case ${operand.type} when 'true' then 1 when 'false' then 0 end)`;
  return operand.form === 'fixed' && operand.kind === 'boolean' ? operand.value : 'null';
}
