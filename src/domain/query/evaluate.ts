// The reference meaning of conditions: every store returns the documents for which this says `true`. README.md beside it has the rules in words.
import { isJsonObject, type JsonObject, type JsonValue, ownValue } from '../json.ts';
import type { ArithmeticOperator, Check, ComparisonOperator, Expression, Junction, Path, Primitive } from './ast.ts';
import { finite, FUNCTIONS } from './functions.ts';
import { compareByCodePoint } from './value-order.ts';

/** `undefined`: there is no such value, or the expression says nothing about this document. */
export function evaluate(expression: Expression, document: JsonObject): JsonValue | undefined {
  switch (expression.kind) {
    case 'path':
      return valueAt(expression, document);
    case 'constant':
      return expression.value;
    case 'comparison':
      return compare(expression.operator, evaluate(expression.left, document), evaluate(expression.right, document));
    case 'membership':
      return isMember(expression, evaluate(expression.operand, document));
    case 'arithmetic':
      return calculate(expression.operator, evaluate(expression.left, document), evaluate(expression.right, document));
    case 'check':
      return passes(expression.check, evaluate(expression.operand, document));
    case 'call':
      return FUNCTIONS[expression.name].run(expression.arguments.map((argument) => evaluate(argument, document)));
    case 'arrayContains':
      return contains(evaluate(expression.array, document), evaluate(expression.item, document));
    case 'not':
      return negation(evaluate(expression.term, document));
    case 'and':
    case 'or':
      return join(expression, document);
  }
}

/** The value under a path. A name leads on in objects only, and a number in arrays only. */
export function valueAt({ steps }: Path, document: JsonObject): JsonValue | undefined {
  let value: JsonValue | undefined = document;
  for (const step of steps) {
    if (typeof step === 'number') value = isArray(value) ? value[step] : undefined;
    else value = isJsonObject(value) ? ownValue(value, step) : undefined;
  }
  return value;
}

export function compare(operator: ComparisonOperator, left: JsonValue | undefined, right: JsonValue | undefined): boolean | undefined {
  if (operator === '=') return equals(left, right);
  if (operator === '!=') return negation(equals(left, right));
  const order = orderOf(left, right);
  return order === undefined ? undefined : ORDERS[operator](order);
}

const ORDERS: Readonly<Record<Exclude<ComparisonOperator, '=' | '!='>, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

/** Values of two kinds are never equal; whether two objects or arrays are, is not told. */
function equals(left: JsonValue | undefined, right: JsonValue | undefined): boolean | undefined {
  if (left === undefined || right === undefined) return undefined;
  if (!isPrimitive(left) && !isPrimitive(right)) return undefined;
  return left === right;
}

/** Negative, 0 or positive for two numbers or two strings; anything else has no order. */
function orderOf(left: JsonValue | undefined, right: JsonValue | undefined): number | undefined {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'string' && typeof right === 'string') return compareByCodePoint(left, right);
  return undefined;
}

export function isMember(
  { list, negated }: Extract<Expression, { kind: 'membership' }>,
  value: JsonValue | undefined,
): boolean | undefined {
  if (value === undefined) return undefined;
  return list.some((item) => item === value) !== negated;
}

/** Between two numbers only, and only where the result is one: not for a division by 0. */
export function calculate(operator: ArithmeticOperator, left: JsonValue | undefined, right: JsonValue | undefined): number | undefined {
  if (typeof left !== 'number' || typeof right !== 'number') return undefined;
  return finite(CALCULATIONS[operator](left, right));
}

const CALCULATIONS: Readonly<Record<ArithmeticOperator, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
};

/** Whether one of the items is the value, which is neither an object nor an array. */
export function contains(array: JsonValue | undefined, item: JsonValue | undefined): boolean | undefined {
  if (!isArray(array) || item === undefined || !isPrimitive(item)) return undefined;
  return array.includes(item);
}

/** The only part of the language that always says yes or no. */
export function passes(check: Check, value: JsonValue | undefined): boolean {
  switch (check) {
    case 'IS_DEFINED':
      return value !== undefined;
    case 'IS_NULL':
      return value === null;
    case 'IS_BOOL':
      return typeof value === 'boolean';
    case 'IS_NUMBER':
      return typeof value === 'number';
    case 'IS_STRING':
      return typeof value === 'string';
    case 'IS_OBJECT':
      return isJsonObject(value);
    case 'IS_ARRAY':
      return isArray(value);
    case 'IS_PRIMITIVE':
      return value !== undefined && isPrimitive(value);
  }
}

/** Array.isArray takes a readonly array for no array. */
function isArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isPrimitive(value: JsonValue): value is Primitive {
  return typeof value !== 'object' || value === null;
}

/** What is no boolean counts as undefined, here and in `join`. */
export function negation(value: JsonValue | undefined): boolean | undefined {
  return typeof value === 'boolean' ? !value : undefined;
}

/** One `false` decides an AND and one `true` an OR, whatever is undefined beside it. */
function join({ kind, terms }: Junction, document: JsonObject): boolean | undefined {
  const deciding = kind === 'or';
  let result: boolean | undefined = !deciding;
  for (const term of terms) {
    const value = evaluate(term, document);
    if (value === deciding) return deciding;
    if (value !== !deciding) result = undefined;
  }
  return result;
}
