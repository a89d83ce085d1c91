// Prints a condition back to text, so that what was generated as a tree goes through the parser too.
import type { Expression, PathSteps, Primitive } from '../../../src/domain/query/ast.ts';

/** Text that parses to the same tree, as long as no name holds `]]` before its end. */
export function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case 'path':
      return printPath(expression.steps);
    case 'constant':
      return expression.value === undefined ? 'undefined' : printPrimitive(expression.value);
    case 'comparison':
      return `${printOperand(expression.left)} ${expression.operator} ${printOperand(expression.right)}`;
    case 'membership': {
      const list = expression.list.map(printPrimitive).join(', ');
      return `${printOperand(expression.operand)} ${expression.negated ? 'NIN' : 'IN'} [${list}]`;
    }
    case 'arithmetic':
      return `${printOperand(expression.left)} ${expression.operator} ${printOperand(expression.right)}`;
    case 'check':
      return `${expression.check}(${printExpression(expression.operand)})`;
    case 'call': {
      const printed = expression.arguments.map(printExpression);
      if (expression.name === 'LIKE') return expression.arguments.map(printOperand).join(' LIKE ');
      return `${expression.name}(${printed.join(', ')})`;
    }
    case 'arrayContains':
      return `ARRAY_CONTAINS(${printExpression(expression.array)}, ${printExpression(expression.item)})`;
    case 'not':
      return `NOT ${printOperand(expression.term)}`;
    case 'and':
    case 'or':
      return expression.terms.map(printOperand).join(` ${expression.kind} `);
  }
}

function printPath([root, ...inner]: PathSteps): string {
  return printName(root) + inner.map((step) => (typeof step === 'number' ? `[${step}]` : `.${printName(step)}`)).join('');
}

function printOperand(expression: Expression): string {
  const isShort =
    ['path', 'constant', 'check', 'arrayContains'].includes(expression.kind) || (expression.kind === 'call' && expression.name !== 'LIKE');
  return isShort ? printExpression(expression) : `(${printExpression(expression)})`;
}

export function printName(name: string): string {
  return /^\$?[a-z]\w*$/i.test(name) && !WORDS.test(name) ? name : `[[${name}]]`;
}

function printPrimitive(value: Primitive): string {
  return typeof value === 'string' ? `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'` : JSON.stringify(value);
}

/** At the beginning of a path, or alone, these mean something else. */
const WORDS = /^(?:null|true|false|undefined|top|distinct)$/i;
