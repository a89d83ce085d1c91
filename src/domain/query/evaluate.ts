// The reference meaning of conditions: every store returns the documents for which this says `true`. README.md beside it has the rules in words.
import { isJsonObject, type JsonObject, type JsonValue, ownValue } from '../json.ts';
import type { Check, ComparisonOperator, Expression, Junction, Path, Primitive } from './ast.ts';

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
    case 'check':
      return passes(expression.check, evaluate(expression.operand, document));
    case 'not':
      return negation(evaluate(expression.term, document));
    case 'and':
    case 'or':
      return join(expression, document);
  }
}

/** The value under a path; nothing is found inside of arrays. */
export function valueAt({ names }: Path, document: JsonObject): JsonValue | undefined {
  let value: JsonValue | undefined = document;
  for (const name of names) value = isJsonObject(value) ? ownValue(value, name) : undefined;
  return value;
}

function compare(operator: ComparisonOperator, left: JsonValue | undefined, right: JsonValue | undefined): boolean | undefined {
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

/** JavaScript's own order is that of UTF-16 units, where U+1F600 stands before U+FFFD. */
function compareByCodePoint(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const difference = rankOfUnit(left.charCodeAt(index)) - rankOfUnit(right.charCodeAt(index));
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Surrogates stand for code points above all others. */
function rankOfUnit(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function isMember({ list, negated }: Extract<Expression, { kind: 'membership' }>, value: JsonValue | undefined): boolean | undefined {
  if (value === undefined) return undefined;
  return list.some((item) => item === value) !== negated;
}

/** The only part of the language that always says yes or no. */
function passes(check: Check, value: JsonValue | undefined): boolean {
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
      return Array.isArray(value);
    case 'IS_PRIMITIVE':
      return value !== undefined && isPrimitive(value);
  }
}

function isPrimitive(value: JsonValue): value is Primitive {
  return typeof value !== 'object' || value === null;
}

/** What is no boolean counts as undefined, here and in `join`. */
function negation(value: JsonValue | undefined): boolean | undefined {
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
