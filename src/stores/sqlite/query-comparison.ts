// Comparisons, lists and checks of two operands in SQL, by what is known of their kinds.
import type { Check, ComparisonOperator, Primitive } from '../../domain/query/ast.ts';
import type { Bindings, FixedOperand, JsonOperand, Kind, Operand } from './query-operand.ts';

type Present = FixedOperand | JsonOperand;

/** SQLite's words for the kinds of JSON values. */
const JSON_TYPES: Readonly<Record<Kind, string>> = {
  null: `('null')`,
  boolean: `('true', 'false')`,
  number: `('integer', 'real')`,
  string: `('text')`,
  object: `('object', 'array')`,
};

/**
 * SQL for 1, 0 or NULL. Each operand that may be a condition itself stands in it once, or the SQL would double with each level of nesting;
 * the operands of `equalityOfJson` and the type of a JSON operand are short.
 */
export function comparison(operator: ComparisonOperator, left: Operand, right: Operand): string {
  if (left.form === 'missing' || right.form === 'missing') return 'null';
  if (operator === '=') return equality(left, right);
  if (operator === '!=') return `(not ${equality(left, right)})`;
  return order(operator, left, right);
}

/** SQL that is true where the comparison is: of a value of another kind it looks at the kind only where the comparison would be true. */
export function comparisonForTruth(operator: ComparisonOperator, left: Operand, right: Operand): string {
  if (left.form === 'missing' || right.form === 'missing') return comparison(operator, left, right);
  const [json, fixed] = left.form === 'json' ? [left, right] : [right, left];
  const isSimple =
    json.form === 'json' && fixed.form === 'fixed' && !fixed.computed && (fixed.kind === 'number' || fixed.kind === 'string');
  if (!isSimple || operator === '!=') return comparison(operator, left, right);
  return `(${left.value} ${operator} ${right.value} and ${isOfKind(json, fixed.kind)})`;
}

function equality(left: Present, right: Present): string {
  if (left.form === 'json') return right.form === 'json' ? equalityOfJson(left, right) : equalityOfMixed(left, right);
  return right.form === 'json' ? equalityOfMixed(right, left) : equalityOfFixed(left, right);
}

function equalityOfFixed(left: FixedOperand, right: FixedOperand): string {
  if (left.kind === 'number' && right.kind === 'number') return `(${valueBeside(left, right)} = ${valueBeside(right, left)})`;
  if (left.kind !== right.kind) return `(case when ${left.value} is not null and ${right.value} is not null then 0 end)`;
  return left.kind === 'object' ? 'null' : `(${left.value} = ${right.value})`;
}

function equalityOfMixed(json: JsonOperand, fixed: FixedOperand): string {
  if (fixed.kind === 'object') return `(case when ${json.type} not in ${JSON_TYPES.object} and ${fixed.value} is not null then 0 end)`;
  const value = fixed.kind === 'null' ? '0' : valueBeside(json, fixed);
  // The blob stands for all other kinds: it is equal to nothing that a fixed operand can be.
  return `(case when ${isOfKind(json, fixed.kind)} then ${value} when ${json.type} is not null then x'' end = ${
    fixed.kind === 'number' ? valueBeside(fixed, json) : fixed.value
  })`;
}

function equalityOfJson(left: JsonOperand, right: JsonOperand): string {
  return `(case
    when ${areOfKind('object', left, right)} then null
    when ${areOfKind('string', left, right)} or ${areOfKind('number', left, right)} then ${left.value} = ${right.value}
    else ${left.type} = ${right.type}
  end)`;
}

/** Only two numbers have an order, and two strings: by their UTF-8 bytes, which is code-point order. */
function order(operator: ComparisonOperator, left: Present, right: Present): string {
  if (left.form === 'json' && right.form === 'json') {
    const areOrdered = `${areOfKind('string', left, right)} or ${areOfKind('number', left, right)}`;
    return `(case when ${areOrdered} then ${left.value} ${operator} ${right.value} end)`;
  }
  const kind = left.form === 'fixed' ? left.kind : fixedKind(right);
  const isOrdered = kind === 'number' || kind === 'string';
  if (!isOrdered) return 'null';
  const isComputed = [left, right].some((operand) => operand.form === 'fixed' && operand.computed);
  const valueOf = kind === 'number' && isComputed ? doubleOf : (operand: Present): string => valueOfKind(operand, kind);
  return `(${valueOf(left)} ${operator} ${valueOf(right)})`;
}

/** A number beside one that was computed is the double that its digits stand for. */
function valueBeside(operand: Present, other: Present): string {
  const isComputed = other.form === 'fixed' && other.computed;
  return isComputed ? `cast(${operand.value} as real)` : operand.value;
}

/** SQL for the double that a number is; NULL where the operand is none. */
export function doubleOf(operand: Operand): string {
  if (operand.form === 'missing') return 'null';
  if (operand.form === 'fixed' && operand.computed) return operand.value;
  return `cast(${valueOfKind(operand, 'number')} as real)`;
}

function fixedKind(operand: Present): Kind | undefined {
  return operand.form === 'fixed' ? operand.kind : undefined;
}

/** SQL for the value; NULL where the operand is of another kind. */
export function valueOfKind(operand: Operand, kind: Kind): string {
  if (operand.form === 'missing') return 'null';
  if (operand.form === 'json') return `case when ${isOfKind(operand, kind)} then ${operand.value} end`;
  return operand.kind === kind ? operand.value : 'null';
}

/** SQL for whether the operand is one of the constants, of which there is at least one. */
export function membership(operand: Operand, list: readonly Primitive[], bindings: Bindings): string {
  if (operand.form === 'missing') return 'null';
  const itemsOf = (kind: Kind): readonly Primitive[] => list.filter((item) => kindOf(item) === kind);
  const listed = operand.form === 'fixed' && operand.computed ? 'cast(value as real)' : 'value';
  const isAmong = (value: string, items: readonly Primitive[]): string =>
    `${value} in (select ${listed} from json_each(${bindings.bind(JSON.stringify(items))}))`;
  if (operand.form === 'fixed') {
    const items = itemsOf(operand.kind).map((item) => (typeof item === 'string' ? item : Number(item)));
    // Nothing in an empty list would be 0 also for NULL.
    return items.length > 0 ? `(${isAmong(operand.value, items)})` : `(case when ${operand.value} is not null then 0 end)`;
  }
  const { type, value } = operand;
  const words = [...itemsOf('null'), ...itemsOf('boolean')].map(String);
  const parts = words.length > 0 ? [isAmong(type, words)] : [];
  for (const kind of ['string', 'number'] as const) {
    const items = itemsOf(kind);
    if (items.length > 0) parts.push(`(${isOfKind(operand, kind)} and ${isAmong(value, items)})`);
  }
  return `(${parts.join(' or ')})`;
}

/**
 * SQL for 1, 0 or NULL: whether one of the items of the array equals the other operand, which stands in it once unless it is a path. An item of no
 * kind, which equals nothing, makes an empty array say 0, and NULL where the other operand is not there.
 */
export function arrayContains(array: Operand, item: Operand): string {
  if (array.form !== 'json' || item.form === 'missing' || (item.form === 'fixed' && item.kind === 'object')) return 'null';
  const element: JsonOperand = { form: 'json', type: 'element.type', value: 'element.value', place: 'element.value', text: 'null' };
  const isKnown = item.form === 'json' ? `and ${item.type} not in ${JSON_TYPES.object}` : '';
  return `(case when ${array.type} = 'array' ${isKnown} then (
    select max(${equality(element, item)})
    from (select type, value from json_each(${array.place}) union all select 'none', null) as element
  ) end)`;
}

function kindOf(value: Primitive): Kind {
  if (value === null) return 'null';
  if (typeof value === 'string') return 'string';
  return typeof value === 'number' ? 'number' : 'boolean';
}

/** What each check finds: kinds of a fixed operand, and SQLite's words for them. */
const CHECKED: Readonly<Record<Exclude<Check, 'IS_DEFINED'>, { readonly kinds: readonly Kind[]; readonly jsonTypes: string }>> = {
  IS_NULL: { kinds: ['null'], jsonTypes: JSON_TYPES.null },
  IS_BOOL: { kinds: ['boolean'], jsonTypes: JSON_TYPES.boolean },
  IS_NUMBER: { kinds: ['number'], jsonTypes: JSON_TYPES.number },
  IS_STRING: { kinds: ['string'], jsonTypes: JSON_TYPES.string },
  IS_OBJECT: { kinds: ['object'], jsonTypes: `('object')` },
  IS_ARRAY: { kinds: [], jsonTypes: `('array')` },
  IS_PRIMITIVE: { kinds: ['null', 'boolean', 'number', 'string'], jsonTypes: `('null', 'true', 'false', 'integer', 'real', 'text')` },
};

/** SQL for 1 or 0, never NULL. */
export function check(name: Check, operand: Operand): string {
  if (operand.form === 'missing') return '0';
  if (name === 'IS_DEFINED') return `(${operand.form === 'json' ? operand.type : operand.value} is not null)`;
  const { kinds, jsonTypes } = CHECKED[name];
  if (operand.form === 'json') return `ifnull(${operand.type} in ${jsonTypes}, 0)`;
  return kinds.includes(operand.kind) ? `(${operand.value} is not null)` : '0';
}

function isOfKind({ type }: JsonOperand, kind: Kind): string {
  return `${type} in ${JSON_TYPES[kind]}`;
}

function areOfKind(kind: Kind, left: JsonOperand, right: JsonOperand): string {
  return `${isOfKind(left, kind)} and ${isOfKind(right, kind)}`;
}
