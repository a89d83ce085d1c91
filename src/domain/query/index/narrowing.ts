// What a condition lets through at most, by the value under one path: what an index can be asked for.
import type { ComparisonOperator, Expression, Path, Primitive } from '../ast.ts';
import { compare } from '../evaluate.ts';
import { compareByCodePoint, isSamePath } from '../value-order.ts';

/** One end of a range. `isOpen`: the value itself is outside. */
export type RangeEnd = { readonly value: number | string; readonly isOpen: boolean };

/** `values`: one of these, none of which stands twice. `range`: any number, or any string, between two ends; without an end all of that kind. */
export type Allowed =
  | { readonly kind: 'values'; readonly values: readonly Primitive[] }
  | { readonly kind: 'range'; readonly of: 'number' | 'string'; readonly from: RangeEnd | undefined; readonly to: RangeEnd | undefined };

/**
 * Every document that passes the condition has an allowed value under the path. `isWhole`: and each document that has one passes, so that the condition
 * says nothing else.
 */
export type Narrowing = { readonly path: Path; readonly allowed: Allowed; readonly isWhole: boolean };

/** At most one for each path, in the order of the text. What stands beside others behind OR or NOT narrows nothing down. */
export function narrowingsOf(condition: Expression): readonly Narrowing[] {
  const terms = condition.kind === 'and' ? condition.terms : [condition];
  const found: Narrowing[] = [];
  for (const term of terms) {
    const narrowing = narrowingOf(term);
    if (!narrowing) continue;
    const same = found.findIndex(({ path }) => isSamePath(path, narrowing.path));
    const known = found[same];
    if (known) found[same] = bothOf(known, narrowing);
    else found.push(narrowing);
  }
  const saysMore = terms.length > 1 && (found.length !== 1 || terms.some((term) => !narrowingOf(term)));
  return saysMore ? found.map((narrowing) => ({ ...narrowing, isWhole: false })) : found;
}

function narrowingOf(term: Expression): Narrowing | undefined {
  switch (term.kind) {
    case 'path':
      return oneOf(term, [true]);
    case 'not':
      return term.term.kind === 'path' ? oneOf(term.term, [false]) : undefined;
    case 'comparison':
      return narrowingOfComparison(term);
    case 'membership':
      return term.operand.kind === 'path' && !term.negated ? oneOf(term.operand, term.list) : undefined;
    case 'check':
      return narrowingOfCheck(term);
    case 'call':
      return narrowingOfCall(term);
    case 'or':
      return narrowingOfOr(term.terms);
    case 'and':
    case 'constant':
    case 'arithmetic':
    case 'arrayContains':
      return undefined;
  }
}

function oneOf(path: Path, values: readonly Primitive[]): Narrowing {
  return { path, allowed: { kind: 'values', values: [...new Set(values)] }, isWhole: true };
}

/** What a comparison says when its sides change places. */
const MIRRORED: Readonly<Record<ComparisonOperator, ComparisonOperator>> = {
  '=': '=',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

function narrowingOfComparison({ operator, left, right }: Extract<Expression, { kind: 'comparison' }>): Narrowing | undefined {
  if (left.kind === 'path' && right.kind === 'constant') return comparedWith(left, operator, right.value);
  if (left.kind === 'constant' && right.kind === 'path') return comparedWith(right, MIRRORED[operator], left.value);
  return undefined;
}

function comparedWith(path: Path, operator: ComparisonOperator, value: Primitive | undefined): Narrowing | undefined {
  if (operator === '!=') return undefined;
  if (operator === '=') return oneOf(path, value === undefined ? [] : [value]);
  // Nothing else has an order.
  if (typeof value !== 'number' && typeof value !== 'string') return oneOf(path, []);
  const end: RangeEnd = { value, isOpen: operator === '<' || operator === '>' };
  const isFrom = operator === '>' || operator === '>=';
  return rangeOf(path, typeof value === 'number' ? 'number' : 'string', isFrom ? { from: end } : { to: end });
}

type Ends = { readonly from?: RangeEnd | undefined; readonly to?: RangeEnd | undefined };

function rangeOf(path: Path, of: 'number' | 'string', { from, to }: Ends = {}): Narrowing {
  return { path, allowed: { kind: 'range', of, from, to }, isWhole: true };
}

function narrowingOfCheck({ check, operand }: Extract<Expression, { kind: 'check' }>): Narrowing | undefined {
  if (operand.kind !== 'path') return undefined;
  switch (check) {
    case 'IS_NULL':
      return oneOf(operand, [null]);
    case 'IS_BOOL':
      return oneOf(operand, [false, true]);
    case 'IS_NUMBER':
      return rangeOf(operand, 'number');
    case 'IS_STRING':
      return rangeOf(operand, 'string');
    case 'IS_DEFINED':
    case 'IS_OBJECT':
    case 'IS_ARRAY':
    case 'IS_PRIMITIVE':
      return undefined;
  }
}

function narrowingOfCall({ name, arguments: given }: Extract<Expression, { kind: 'call' }>): Narrowing | undefined {
  const [text, start] = given;
  if (text?.kind !== 'path' || start?.kind !== 'constant' || typeof start.value !== 'string') return undefined;
  if (name === 'STARTSWITH') return rangeOf(text, 'string', beginningWith(start.value));
  if (name !== 'LIKE') return undefined;
  const [literal = ''] = start.value.split(/[%_\\]/, 1);
  return { ...rangeOf(text, 'string', beginningWith(literal)), isWhole: false };
}

const LAST_CODE_POINT = 0x10_ffff;
const SURROGATES = { first: 0xd800, last: 0xdfff };

/** The range of all strings that begin so. */
function beginningWith(start: string): Ends {
  if (start === '') return {};
  const from = { value: start, isOpen: false };
  const points = Array.from(start, (point) => point.codePointAt(0) ?? 0);
  while (points.at(-1) === LAST_CODE_POINT) points.pop();
  const last = points.pop();
  if (last === undefined) return { from };
  // No string of a document holds half a pair.
  const next = last + 1 === SURROGATES.first ? SURROGATES.last + 1 : last + 1;
  return { from, to: { value: String.fromCodePoint(...points, next), isOpen: true } };
}

/** Equalities of one path, whichever of them holds. */
function narrowingOfOr(terms: readonly Expression[]): Narrowing | undefined {
  const narrowings = terms.map(narrowingOf);
  const path = narrowings[0]?.path;
  if (!path) return undefined;
  const values: Primitive[] = [];
  for (const narrowing of narrowings) {
    if (narrowing?.allowed.kind !== 'values' || !isSamePath(narrowing.path, path)) return undefined;
    values.push(...narrowing.allowed.values);
  }
  return oneOf(path, values);
}

/** What both of one path let through. */
function bothOf(one: Narrowing, other: Narrowing): Narrowing {
  return { path: one.path, allowed: intersection(one.allowed, other.allowed), isWhole: one.isWhole && other.isWhole };
}

function intersection(one: Allowed, other: Allowed): Allowed {
  if (one.kind === 'values') return { kind: 'values', values: one.values.filter((value) => isAllowed(value, other)) };
  if (other.kind === 'values') return intersection(other, one);
  if (one.of !== other.of) return { kind: 'values', values: [] };
  return { kind: 'range', of: one.of, from: tighter(one.from, other.from, 1), to: tighter(one.to, other.to, -1) };
}

function isAllowed(value: Primitive, allowed: Allowed): boolean {
  if (allowed.kind === 'values') return allowed.values.includes(value);
  if (typeof value !== allowed.of) return false;
  const { from, to } = allowed;
  return (
    (!from || compare(from.isOpen ? '>' : '>=', value, from.value) === true) &&
    (!to || compare(to.isOpen ? '<' : '<=', value, to.value) === true)
  );
}

/** @param direction 1 where the larger value lets fewer through, -1 where the smaller one does. */
function tighter(one: RangeEnd | undefined, other: RangeEnd | undefined, direction: 1 | -1): RangeEnd | undefined {
  if (!one || !other) return one ?? other;
  const order = orderOf(one.value, other.value) * direction;
  if (order === 0) return one.isOpen ? one : other;
  return order > 0 ? one : other;
}

function orderOf(one: number | string, other: number | string): number {
  if (typeof one === 'string' && typeof other === 'string') return compareByCodePoint(one, other);
  return Number(one) - Number(other);
}
