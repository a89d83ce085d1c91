// The functions of the language, as one table: what each takes, what it gives, and how it is computed.
import type { JsonValue } from '../json.ts';
import { isLike } from './like.ts';

type Value = JsonValue | undefined;
type Result = string | number | boolean;

/** What an argument has to be for the function to say anything. `numeral`: a number, or a string that may stand for one. */
export type Parameter = 'number' | 'string' | 'numeral';

/**
 * `parameters`: of the arguments that it takes at most; `required`: how many it takes at least. `result`: of which kind is what it gives.
 * `run` says nothing (undefined) where an argument is of another kind, and where the result would be no finite number.
 */
export type QueryFunction = {
  readonly parameters: readonly Parameter[];
  readonly required: number;
  readonly result: 'number' | 'string' | 'boolean';
  readonly run: (values: readonly Value[]) => Result | undefined;
};

/** More are of no use to anybody who writes a query by hand. */
const CONCATENATED = 64;

/** `LIKE` is written as an operator. */
export const FUNCTIONS = {
  ABS: ofNumber(Math.abs),
  EXP: ofNumber(Math.exp),
  POWER: ofTwoNumbers((base, exponent) => base ** exponent),
  SQUARE: ofNumber((number) => number * number),
  CEILING: ofNumber(Math.ceil),
  FLOOR: ofNumber(Math.floor),
  SIGN: ofNumber(Math.sign),
  SQRT: ofNumber(Math.sqrt),
  AS_NUMBER: { parameters: ['numeral'], required: 1, result: 'number', run: ([value]) => asNumber(value) },
  CONCAT: { parameters: Array(CONCATENATED).fill('string'), required: 1, result: 'string', run: concatenated },
  LENGTH: ofText('number', (text) => codePointsIn(text)),
  // By Unicode's default case conversion, in full and without a language: 'ß' becomes 'SS'.
  LOWER: ofText('string', (text) => text.toLowerCase()),
  UPPER: ofText('string', (text) => text.toUpperCase()),
  SUBSTRING: { parameters: ['string', 'number', 'number'], required: 2, result: 'string', run: substring },
  INDEX_OF: ofTwoTexts('number', indexOf),
  STARTSWITH: ofTwoTexts('boolean', (text, start) => text.startsWith(start)),
  ENDSWITH: ofTwoTexts('boolean', (text, end) => text.endsWith(end)),
  CONTAINS: ofTwoTexts('boolean', (text, part) => text.includes(part)),
  LIKE: ofTwoTexts('boolean', isLike),
} as const satisfies Record<string, QueryFunction>;

export type FunctionName = keyof typeof FUNCTIONS;

/** Other spellings, of older documentation (behaviour 5.2). */
const SPELLINGS: ReadonlyMap<string, FunctionName> = new Map([
  ['STARTS_WITH', 'STARTSWITH'],
  ['ENDS_WITH', 'ENDSWITH'],
]);

/** The function that is called by this word, in any case; `undefined` where there is none. */
export function functionCalled(word: string): FunctionName | undefined {
  const name = word.toUpperCase();
  return SPELLINGS.get(name) ?? FUNCTION_NAMES.find((known) => known === name && known !== 'LIKE');
}

// The keys of the table are its names.
export const FUNCTION_NAMES = Object.keys(FUNCTIONS) as readonly FunctionName[];

/** What no number of JSON can be is nothing. */
export function finite(number: number): number | undefined {
  return Number.isFinite(number) ? number : undefined;
}

function ofNumber(run: (number: number) => number): QueryFunction {
  return {
    parameters: ['number'],
    required: 1,
    result: 'number',
    run: ([value]) => (typeof value === 'number' ? finite(run(value)) : undefined),
  };
}

function ofTwoNumbers(run: (one: number, other: number) => number): QueryFunction {
  return {
    parameters: ['number', 'number'],
    required: 2,
    result: 'number',
    run: ([one, other]) => (typeof one === 'number' && typeof other === 'number' ? finite(run(one, other)) : undefined),
  };
}

function ofText(result: QueryFunction['result'], run: (text: string) => Result): QueryFunction {
  return { parameters: ['string'], required: 1, result, run: ([value]) => (typeof value === 'string' ? run(value) : undefined) };
}

function ofTwoTexts(result: QueryFunction['result'], run: (one: string, other: string) => Result): QueryFunction {
  return {
    parameters: ['string', 'string'],
    required: 2,
    result,
    run: ([one, other]) => (typeof one === 'string' && typeof other === 'string' ? run(one, other) : undefined),
  };
}

const NUMERAL = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** A number stays what it is. A string is one when the language could read it as a decimal number. */
function asNumber(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && NUMERAL.test(value) ? finite(Number(value)) : undefined;
}

function concatenated(values: readonly Value[]): string | undefined {
  return values.every((value) => typeof value === 'string') ? values.join('') : undefined;
}

/** From a position that is counted from 0, in code points; positions and lengths are whole numbers from 0 on. */
function substring(values: readonly Value[]): string | undefined {
  // A length that is given but leads to nothing is not a length that is left out.
  const [text, start, length] = values.length === 2 ? [...values, Number.MAX_SAFE_INTEGER] : values;
  if (typeof text !== 'string' || !isCount(start) || !isCount(length)) return undefined;
  return Array.from(text)
    .slice(start, start + length)
    .join('');
}

function isCount(value: Value): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** In code points, counted from 0; -1 where it does not stand. */
function indexOf(text: string, part: string): number {
  const index = text.indexOf(part);
  return index < 0 ? index : codePointsIn(text.slice(0, index));
}

function codePointsIn(text: string): number {
  return Array.from(text).length;
}
