// Arithmetic and functions of the language in SQL, and what SQL calls that SQLite does not have.
import { parseOwnJson, type JsonValue } from '../../domain/json.ts';
import type { ArithmeticOperator } from '../../domain/query/ast.ts';
import { FUNCTION_NAMES, type FunctionName, FUNCTIONS, type Parameter, type QueryFunction } from '../../domain/query/functions.ts';
import { canonicalJson } from '../../domain/query/value-order.ts';
import { formatTwinEtag } from '../../domain/twin/apply-twin-change.ts';
import type { SqlFunction, SqlValue } from './driver.ts';
import { doubleOf, valueOfKind } from './query-comparison.ts';
import type { FixedOperand, Operand } from './query-operand.ts';

/** Functions that SQLite has itself, with the same meaning for every text and NULL for NULL: its texts are counted in code points. */
const BUILT_IN: { readonly [Name in FunctionName]?: (values: readonly string[]) => string } = {
  CONCAT: concatenation,
  LENGTH: ([text = '']) => `length(${text})`,
  INDEX_OF: ([text = '', part = '']) => `(instr(${text}, ${part}) - 1)`,
  STARTSWITH: ([text = '', start = '']) => `(instr(${text}, ${start}) = 1)`,
  CONTAINS: ([text = '', part = '']) => `(instr(${text}, ${part}) > 0)`,
};

/** What compiled queries call. */
export const QUERY_FUNCTIONS: readonly SqlFunction[] = [
  { name: 'twin_etag', run: (counter) => formatTwinEtag(Number(counter)) },
  { name: 'canonical_json', run: (text) => (typeof text === 'string' ? canonicalJson(parseOwnJson(text)) : null) },
  ...FUNCTION_NAMES.filter((name) => !BUILT_IN[name]).map((name) => ({
    name: sqlName(name),
    run: (...values: readonly SqlValue[]) => toSqlValue(FUNCTIONS[name].run(values.map((value) => value ?? undefined))),
  })),
];

/** What is no finite number becomes NULL, as for a division by 0 by itself. */
export function arithmetic(operator: ArithmeticOperator, left: Operand, right: Operand): FixedOperand {
  const [one, other] = [doubleOf(left), doubleOf(right)];
  const result = operator === '%' ? `mod(${one}, ${other})` : `(${one} ${operator} ${other})`;
  return { form: 'fixed', kind: 'number', value: `nullif(nullif(${result}, 9e999), -9e999)`, computed: true };
}

/** Each argument stands in it once. */
export function functionCall(name: FunctionName, given: readonly Operand[]): FixedOperand {
  const { parameters, result }: QueryFunction = FUNCTIONS[name];
  const values = given.map((operand, index) => argumentOf(operand, parameters[index] ?? 'string'));
  const value = BUILT_IN[name]?.(values) ?? `${sqlName(name)}(${values.join()})`;
  return { form: 'fixed', kind: result, value, computed: result === 'number' };
}

function argumentOf(operand: Operand, parameter: Parameter): string {
  if (parameter !== 'numeral') return valueOfKind(operand, parameter);
  if (operand.form === 'json') return `case when ${operand.type} in ('integer', 'real', 'text') then ${operand.value} end`;
  return operand.form === 'fixed' && ['number', 'string'].includes(operand.kind) ? operand.value : 'null';
}

/** As a balanced tree, since SQLite bounds the depth of expressions. */
function concatenation(values: readonly string[]): string {
  if (values.length === 1) return values.join('');
  const middle = Math.ceil(values.length / 2);
  return `(${concatenation(values.slice(0, middle))} || ${concatenation(values.slice(middle))})`;
}

function sqlName(name: FunctionName): string {
  return `query_${name.toLowerCase()}`;
}

function toSqlValue(value: Extract<JsonValue, string | number | boolean> | undefined): SqlValue {
  return typeof value === 'boolean' ? Number(value) : (value ?? null);
}
