// Turns conditions into SQL that says what `evaluate` says: 1 for true, 0 for false, NULL for undefined.
import type { Expression, Junction, Path } from '../../domain/query/ast.ts';
import type { NamedValues } from './driver.ts';
import { arrayContains, check, comparison, membership } from './query-comparison.ts';
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
  return { sql: conditionIn(condition, { bindings, pathOperand }), values: bindings.values };
}

/** The same for a statement that has other values too. */
export function conditionIn(condition: Expression, context: Context): string {
  return truthOf(condition, context);
}

export type Context = { readonly bindings: Bindings; readonly pathOperand: OperandOfPath };

function truthOf(expression: Expression, context: Context): string {
  switch (expression.kind) {
    case 'comparison':
      return comparison(expression.operator, operandOf(expression.left, context), operandOf(expression.right, context));
    case 'membership': {
      const found = membership(operandOf(expression.operand, context), expression.list, context.bindings);
      return expression.negated ? `(not ${found})` : found;
    }
    case 'check':
      return check(expression.check, operandOf(expression.operand, context));
    case 'arrayContains':
      return arrayContains(operandOf(expression.array, context), operandOf(expression.item, context));
    case 'not':
      return `(not ${truthOf(expression.term, context)})`;
    case 'and':
    case 'or': {
      const terms = expression.terms.map((term) => truthOf(term, context));
      return joined(expression.kind, terms);
    }
    case 'path':
    case 'constant':
    case 'arithmetic':
    case 'call':
      return truthOfOperand(operandOf(expression, context));
  }
}

function operandOf(expression: Expression, context: Context): Operand {
  switch (expression.kind) {
    case 'path':
      return context.pathOperand(expression, context.bindings);
    case 'constant':
      return operandOfValue(expression.value, context.bindings);
    case 'arithmetic':
      return arithmetic(expression.operator, operandOf(expression.left, context), operandOf(expression.right, context));
    case 'call': {
      const given = expression.arguments.map((argument) => operandOf(argument, context));
      return functionCall(expression.name, given);
    }
    case 'comparison':
    case 'membership':
    case 'check':
    case 'arrayContains':
    case 'not':
    case 'and':
    case 'or':
      return { form: 'fixed', kind: 'boolean', value: truthOf(expression, context) };
  }
}

function truthOfOperand(operand: Operand): string {
  if (operand.form === 'json') return `(case ${operand.type} when 'true' then 1 when 'false' then 0 end)`;
  return operand.form === 'fixed' && operand.kind === 'boolean' ? operand.value : 'null';
}

/** As a balanced tree: SQLite bounds the depth of expressions, and a chain would be as deep as it is long. */
function joined(kind: Junction['kind'], terms: readonly string[]): string {
  if (terms.length === 1) return terms.join('');
  const middle = Math.ceil(terms.length / 2);
  return `(${joined(kind, terms.slice(0, middle))} ${kind} ${joined(kind, terms.slice(middle))})`;
}
