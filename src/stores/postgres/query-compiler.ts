// Turns conditions into SQL of PostgreSQL that says what `evaluate` says.
import type { Expression } from '../../domain/query/ast.ts';
import { conditionToSql, type Dialect, filterToSql } from '../sql/condition-to-sql.ts';
import type { Bindings } from './query-bindings.ts';
import { arrayContains, check, comparison, comparisonForTruth, membership, NOTHING } from './query-comparison.ts';
import { arithmetic, functionCall } from './query-functions.ts';
import { type Operand, type OperandOfPath, operandOfValue } from './query-operand.ts';

/** A truth over the tables that `pathOperand` knows. No part of the query's text is in the SQL. */
export function conditionIn(condition: Expression, bindings: Bindings, pathOperand: OperandOfPath): string {
  return conditionToSql(condition, dialectOf(bindings, pathOperand));
}

/** For the WHERE of a statement; it is true where the condition is. */
export function filterIn(condition: Expression, bindings: Bindings, pathOperand: OperandOfPath): string {
  return filterToSql(condition, dialectOf(bindings, pathOperand));
}

function dialectOf(bindings: Bindings, pathOperand: OperandOfPath): Dialect<Operand> {
  return {
    operandOfPath: (path) => pathOperand(path, bindings),
    operandOfConstant: (value) => operandOfValue(value, bindings),
    operandOfTruth: (value) => ({ form: 'fixed', kind: 'boolean', value, json: undefined }),
    arithmetic,
    functionCall: (name, given) => functionCall(name, given, bindings),
    comparison,
    comparisonForTruth,
    membership: (operand, list) => membership(operand, list, bindings),
    check,
    arrayContains,
    truthOfOperand,
  };
}

function truthOfOperand(operand: Operand): string {
  if (operand.form === 'json') return `(case when jsonb_typeof(${operand.value}) = 'boolean' then (${operand.value})::boolean end)`;
  return operand.form === 'fixed' && operand.kind === 'boolean' ? operand.value : NOTHING;
}
