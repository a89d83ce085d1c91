// Turns conditions into SQL that says what `evaluate` says: true, false, or NULL for undefined.
import type { ArithmeticOperator, Check, ComparisonOperator, Expression, Junction, Path, Primitive } from '../../domain/query/ast.ts';
import type { FunctionName } from '../../domain/query/functions.ts';

/**
 * What a database says in its own way. `Operand` is what it knows of a value; what it gives as text is SQL for a truth. Where a truth is an operand it
 * stands once in what is made of it, or the SQL would double with each level of nesting.
 */
export interface Dialect<Operand> {
  operandOfPath(path: Path): Operand;
  operandOfConstant(value: Primitive | undefined): Operand;
  operandOfTruth(truth: string): Operand;
  arithmetic(operator: ArithmeticOperator, left: Operand, right: Operand): Operand;
  functionCall(name: FunctionName, given: readonly Operand[]): Operand;
  comparison(operator: ComparisonOperator, left: Operand, right: Operand): string;
  /** The same where only truth matters, which may say anything else for false and for undefined. */
  comparisonForTruth(operator: ComparisonOperator, left: Operand, right: Operand): string;
  membership(operand: Operand, list: readonly Primitive[]): string;
  check(name: Check, operand: Operand): string;
  arrayContains(array: Operand, item: Operand): string;
  truthOfOperand(operand: Operand): string;
}

/** The condition for a WHERE, which is true where the condition is. That it needs not tell false from undefined spares a look at each document. */
export function filterToSql<Operand>(expression: Expression, dialect: Dialect<Operand>): string {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return joined(
        expression.kind,
        expression.terms.map((term) => filterToSql(term, dialect)),
      );
    case 'comparison':
      return dialect.comparisonForTruth(expression.operator, operandOf(expression.left, dialect), operandOf(expression.right, dialect));
    case 'path':
    case 'constant':
    case 'membership':
    case 'arithmetic':
    case 'check':
    case 'call':
    case 'arrayContains':
    case 'not':
      return conditionToSql(expression, dialect);
  }
}

/** AND, OR and NOT of SQL have the three values of the language, with NULL for undefined. */
export function conditionToSql<Operand>(expression: Expression, dialect: Dialect<Operand>): string {
  switch (expression.kind) {
    case 'comparison':
      return dialect.comparison(expression.operator, operandOf(expression.left, dialect), operandOf(expression.right, dialect));
    case 'membership': {
      const found = dialect.membership(operandOf(expression.operand, dialect), expression.list);
      return expression.negated ? `(not ${found})` : found;
    }
    case 'check':
      return dialect.check(expression.check, operandOf(expression.operand, dialect));
    case 'arrayContains':
      return dialect.arrayContains(operandOf(expression.array, dialect), operandOf(expression.item, dialect));
    case 'not':
      return `(not ${conditionToSql(expression.term, dialect)})`;
    case 'and':
    case 'or': {
      const terms = expression.terms.map((term) => conditionToSql(term, dialect));
      return joined(expression.kind, terms);
    }
    case 'path':
    case 'constant':
    case 'arithmetic':
    case 'call':
      return dialect.truthOfOperand(operandOf(expression, dialect));
  }
}

function operandOf<Operand>(expression: Expression, dialect: Dialect<Operand>): Operand {
  switch (expression.kind) {
    case 'path':
      return dialect.operandOfPath(expression);
    case 'constant':
      return dialect.operandOfConstant(expression.value);
    case 'arithmetic':
      return dialect.arithmetic(expression.operator, operandOf(expression.left, dialect), operandOf(expression.right, dialect));
    case 'call': {
      const given = expression.arguments.map((argument) => operandOf(argument, dialect));
      return dialect.functionCall(expression.name, given);
    }
    case 'comparison':
    case 'membership':
    case 'check':
    case 'arrayContains':
    case 'not':
    case 'and':
    case 'or':
      return dialect.operandOfTruth(conditionToSql(expression, dialect));
  }
}

/** As a balanced tree: databases bound the depth of expressions, and a chain would be as deep as it is long. */
function joined(kind: Junction['kind'], terms: readonly string[]): string {
  if (terms.length === 1) return terms.join('');
  const middle = Math.ceil(terms.length / 2);
  return `(${joined(kind, terms.slice(0, middle))} ${kind} ${joined(kind, terms.slice(middle))})`;
}
