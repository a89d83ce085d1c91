// Comparisons, lists and checks of operands in PostgreSQL's SQL, by what is known of their kinds.
import type { Check, ComparisonOperator, Primitive } from '../../domain/query/ast.ts';
import type { Bindings } from './query-bindings.ts';
import { type FixedOperand, jsonColumn, type JsonOperand, type Kind, type Operand } from './query-operand.ts';

type Present = FixedOperand | JsonOperand;

/** Says nothing. */
export const NOTHING = 'null::boolean';

/** PostgreSQL's words for the kinds of JSON values. */
const JSON_TYPES: Readonly<Record<Kind, string>> = {
  null: `('null')`,
  boolean: `('boolean')`,
  number: `('number')`,
  string: `('string')`,
  object: `('object', 'array')`,
};

/**
 * SQL for a truth. Each operand that may be a condition itself stands in it once, or the SQL would double with each level of nesting; JSON operands are short.
 * Two values of JSONB are equal where they are of one kind and say the same, numbers by their digits, which tell two doubles apart and stand in their order.
 */
export function comparison(operator: ComparisonOperator, left: Operand, right: Operand): string {
  if (left.form === 'missing' || right.form === 'missing') return NOTHING;
  if (operator === '=') return equality(left, right);
  if (operator === '!=') return `(not ${equality(left, right)})`;
  return order(operator, left, right);
}

/** SQL that is true where the comparison is: whether a value is there is asked only of those that are equal. */
export function comparisonForTruth(operator: ComparisonOperator, left: Operand, right: Operand): string {
  const [json, fixed] = left.form === 'json' ? [left, right] : [right, left];
  if (operator !== '=' || json.form !== 'json' || fixed.form !== 'fixed') return comparison(operator, left, right);
  if (!fixed.isConstant || (fixed.kind !== 'string' && fixed.kind !== 'boolean')) return comparison(operator, left, right);
  const text = fixed.kind === 'string' ? fixed.value : `'${fixed.value}'`;
  // In a CASE, of which PostgreSQL expects every second document to pass: joined by AND it would expect hardly any, and sort all documents for a page that is full after a few.
  return `(case when ${json.text} = ${text} then ${isOfKind(json, fixed.kind)} end)`;
}

function equality(left: Present, right: Present): string {
  if (left.form === 'json') return right.form === 'json' ? equalityOfJson(left, right) : equalityOfMixed(left, right);
  return right.form === 'json' ? equalityOfMixed(right, left) : equalityOfFixed(left, right);
}

function equalityOfFixed(left: FixedOperand, right: FixedOperand): string {
  if (left.kind !== right.kind) return `(case when ${left.value} is not null and ${right.value} is not null then false end)`;
  return left.kind === 'object' ? NOTHING : `(${left.value} = ${right.value})`;
}

function equalityOfMixed(json: JsonOperand, fixed: FixedOperand): string {
  if (fixed.kind === 'object') return `(case when not ${isOfKind(json, 'object')} and ${fixed.value} is not null then false end)`;
  if (fixed.isConstant && (fixed.kind === 'string' || fixed.kind === 'boolean')) return equalityOfConstant(json, fixed);
  if (fixed.json !== undefined) return `(${json.value} = ${fixed.json})`;
  if (fixed.kind !== 'number') return `(${json.value} = to_jsonb(${fixed.value}))`;
  // No number is NaN, which stands for all other kinds.
  return `(case when ${isOfKind(json, 'number')} then (${json.value})::double precision
    when ${json.value} is not null then 'NaN' end = ${fixed.value})`;
}

/** By its text first, since PostgreSQL compares texts much faster than JSONB. */
function equalityOfConstant(json: JsonOperand, { kind, value }: FixedOperand): string {
  const text = kind === 'string' ? value : `'${value}'`;
  return `(case when ${json.text} = ${text} then ${isOfKind(json, kind)} when ${json.value} is not null then false end)`;
}

function equalityOfJson(left: JsonOperand, right: JsonOperand): string {
  return `(case when ${areOfKind('object', left, right)} then null else ${left.value} = ${right.value} end)`;
}

/** Only two numbers have an order, and two strings: by their code points. */
function order(operator: ComparisonOperator, left: Present, right: Present): string {
  if (left.form === 'json' && right.form === 'json') {
    return `(case
      when ${areOfKind('number', left, right)} then ${left.value} ${operator} ${right.value}
      when ${areOfKind('string', left, right)} then ${left.text} collate "C" ${operator} ${right.text}
    end)`;
  }
  const kind = [left, right].find((operand) => operand.form === 'fixed')?.kind;
  if (kind === 'string') return `(${valueOfKind(left, kind)} ${operator} ${valueOfKind(right, kind)} collate "C")`;
  return kind === 'number' ? orderOfNumbers(operator, left, right) : NOTHING;
}

function orderOfNumbers(operator: ComparisonOperator, left: Present, right: Present): string {
  const [json] = [left, right].filter((operand) => operand.form === 'json');
  const [one, other] = [jsonOf(left), jsonOf(right)];
  const hasDigits = one !== undefined && other !== undefined;
  // To compare digits spares making doubles of them.
  if (json && hasDigits) return `(case when ${isOfKind(json, 'number')} then ${one} ${operator} ${other} end)`;
  return `(${valueOfKind(left, 'number')} ${operator} ${valueOfKind(right, 'number')})`;
}

function jsonOf(operand: Present): string | undefined {
  return operand.form === 'json' ? operand.value : operand.json;
}

/** SQL for the value, a number as a double; NULL where the operand is of another kind. */
export function valueOfKind(operand: Operand, kind: 'number' | 'string'): string {
  if (operand.form === 'json') {
    return `case when ${isOfKind(operand, kind)} then ${kind === 'number' ? `(${operand.value})::double precision` : operand.text} end`;
  }
  if (operand.form === 'fixed' && operand.kind === kind) return operand.value;
  return kind === 'number' ? 'null::double precision' : 'null::text';
}

/** SQL for whether the operand is one of the constants, of which there is at least one. */
export function membership(operand: Operand, list: readonly Primitive[], bindings: Bindings): string {
  if (operand.form === 'missing') return NOTHING;
  if (operand.form === 'json') {
    const items = list.map((item) => JSON.stringify(item));
    return `(${operand.value} = any (${bindings.bind(items, 'jsonb[]')}))`;
  }
  const items = list.filter((item) => kindOf(item) === operand.kind);
  // Nothing of an empty list would be false also for NULL.
  if (items.length === 0) return `(case when ${operand.value} is not null then false end)`;
  switch (operand.kind) {
    case 'string':
      return `(${operand.value} = any (${bindings.bind(items, 'text[]')}))`;
    case 'number':
      return `(${operand.value} = any (${bindings.bind(items, 'double precision[]')}))`;
    case 'boolean':
      return `(${operand.value} = any (${bindings.bind(items, 'boolean[]')}))`;
    case 'null':
    case 'object':
      return operand.value;
  }
}

/** SQL for a truth: whether one of the items of the array equals the other operand. */
export function arrayContains(array: Operand, item: Operand): string {
  if (array.form !== 'json' || item.form === 'missing' || (item.form === 'fixed' && item.kind === 'object')) return NOTHING;
  const contains = (items: string, condition = 'true'): string =>
    `(case when jsonb_typeof(${array.value}) = 'array' and ${condition} then ${array.value} @> ${items} end)`;
  if (item.form === 'json') return contains(`jsonb_build_array(${item.value})`, `not ${isOfKind(item, 'object')}`);
  // An array of what is not there would be one of JSON's null.
  if (item.kind === 'string' || item.kind === 'boolean') return contains(`nullif(jsonb_build_array(${item.value}), '[null]')`);
  if (item.json !== undefined) return contains(`jsonb_build_array(${item.json})`);
  const element = jsonColumn('element');
  return `(case when jsonb_typeof(${array.value}) = 'array' then (
    select case when item is not null then coalesce(bool_or(item = ${valueOfKind(element, 'number')}), false) end
    from (select ${item.value}) as sought (item)
    left join jsonb_array_elements(${array.value}) as elements (element) on true
    group by item
  ) end)`;
}

function kindOf(value: Primitive): Kind {
  if (value === null) return 'null';
  if (typeof value === 'string') return 'string';
  return typeof value === 'number' ? 'number' : 'boolean';
}

/** What each check finds: kinds of a fixed operand, and PostgreSQL's words for them. */
const CHECKED: Readonly<Record<Exclude<Check, 'IS_DEFINED'>, { readonly kinds: readonly Kind[]; readonly jsonTypes: string }>> = {
  IS_NULL: { kinds: ['null'], jsonTypes: JSON_TYPES.null },
  IS_BOOL: { kinds: ['boolean'], jsonTypes: JSON_TYPES.boolean },
  IS_NUMBER: { kinds: ['number'], jsonTypes: JSON_TYPES.number },
  IS_STRING: { kinds: ['string'], jsonTypes: JSON_TYPES.string },
  IS_OBJECT: { kinds: ['object'], jsonTypes: `('object')` },
  IS_ARRAY: { kinds: [], jsonTypes: `('array')` },
  IS_PRIMITIVE: { kinds: ['null', 'boolean', 'number', 'string'], jsonTypes: `('null', 'boolean', 'number', 'string')` },
};

/** SQL for true or false, never NULL. */
export function check(name: Check, operand: Operand): string {
  if (operand.form === 'missing') return 'false';
  if (name === 'IS_DEFINED') return `(${operand.value} is not null)`;
  const { kinds, jsonTypes } = CHECKED[name];
  if (operand.form === 'json') return `coalesce(jsonb_typeof(${operand.value}) in ${jsonTypes}, false)`;
  return kinds.includes(operand.kind) ? `(${operand.value} is not null)` : 'false';
}

function isOfKind({ value }: JsonOperand, kind: Kind): string {
  return `jsonb_typeof(${value}) in ${JSON_TYPES[kind]}`;
}

function areOfKind(kind: Kind, left: JsonOperand, right: JsonOperand): string {
  return `${isOfKind(left, kind)} and ${isOfKind(right, kind)}`;
}
