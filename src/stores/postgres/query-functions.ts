// Arithmetic and functions of the language in PostgreSQL's SQL.
import type { ArithmeticOperator } from '../../domain/query/ast.ts';
import { type FunctionName, FUNCTIONS, type Parameter, type QueryFunction } from '../../domain/query/functions.ts';
import type { Bindings } from './query-bindings.ts';
import { caseMapping } from './query-case-mapping.ts';
import { valueOfKind } from './query-comparison.ts';
import type { FixedOperand, Operand } from './query-operand.ts';

/** Functions of the migration, which say nothing where the result is no finite number. */
const CALCULATIONS: Readonly<Record<ArithmeticOperator, string>> = {
  '+': 'query_add',
  '-': 'query_subtract',
  '*': 'query_multiply',
  '/': 'query_divide',
  '%': 'query_remainder',
};

export function arithmetic(operator: ArithmeticOperator, left: Operand, right: Operand): FixedOperand {
  return computed('number', `${CALCULATIONS[operator]}(${valueOfKind(left, 'number')}, ${valueOfKind(right, 'number')})`);
}

type Call = (values: readonly string[], bindings: Bindings) => string;

/** Texts are counted in code points, and NULL stays NULL. Names with `query_` are functions of the migration. */
const CALLS: Readonly<Record<FunctionName, Call>> = {
  ABS: calling('abs'),
  EXP: calling('query_exp'),
  POWER: calling('query_power'),
  SQUARE: calling('query_square'),
  CEILING: calling('ceil'),
  FLOOR: calling('floor'),
  SIGN: calling('sign'),
  SQRT: calling('query_sqrt'),
  AS_NUMBER: ([value = '']) => value,
  CONCAT: concatenation,
  LENGTH: ([text = '']) => `length(${text})::double precision`,
  LOWER([text = ''], bindings) {
    const { lower, beforeFinal, afterFinal } = caseMapping();
    return `query_lower(${text}, ${bindings.bind(lower, 'jsonb')}, ${bindings.bind(beforeFinal, 'text')}, ${bindings.bind(afterFinal, 'text')})`;
  },
  UPPER: ([text = ''], bindings) => `query_upper(${text}, ${bindings.bind(caseMapping().upper, 'jsonb')})`,
  SUBSTRING: ([text = '', start = '', size = String(Number.MAX_SAFE_INTEGER)]) => `query_substring(${text}, ${start}, ${size})`,
  INDEX_OF: ([text = '', part = '']) => `(strpos(${text}, ${part}) - 1)::double precision`,
  STARTSWITH: calling('starts_with'),
  // With each argument once, however long it is.
  ENDSWITH: ([text = '', end = '']) => `starts_with(reverse(${text}), reverse(${end}))`,
  CONTAINS: ([text = '', part = '']) => `(strpos(${text}, ${part}) > 0)`,
  LIKE: ([text = '', pattern = '']) => `(${text} like query_pattern(${pattern}))`,
};

/** Each argument stands in it once. */
export function functionCall(name: FunctionName, given: readonly Operand[], bindings: Bindings): FixedOperand {
  const { parameters, result }: QueryFunction = FUNCTIONS[name];
  const values = given.map((operand, index) => argumentOf(operand, parameters[index] ?? 'string'));
  return computed(result, CALLS[name](values, bindings));
}

function calling(sqlName: string): Call {
  return (values) => `${sqlName}(${values.join(', ')})`;
}

function argumentOf(operand: Operand, parameter: Parameter): string {
  if (parameter !== 'numeral') return valueOfKind(operand, parameter);
  if (operand.form === 'json') {
    const { value } = operand;
    return `case jsonb_typeof(${value}) when 'number' then (${value})::double precision when 'string' then query_as_number(${operand.text}) end`;
  }
  return operand.form === 'fixed' && operand.kind === 'string' ? `query_as_number(${operand.value})` : valueOfKind(operand, 'number');
}

/** As a balanced tree, since PostgreSQL bounds the depth of expressions. */
function concatenation(values: readonly string[]): string {
  if (values.length === 1) return values.join('');
  const middle = Math.ceil(values.length / 2);
  return `(${concatenation(values.slice(0, middle))} || ${concatenation(values.slice(middle))})`;
}

function computed(kind: 'number' | 'string' | 'boolean', value: string): FixedOperand {
  return { form: 'fixed', kind, value, json: undefined };
}
