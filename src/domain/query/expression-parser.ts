// The expression after WHERE, by operator precedence (Pratt): OR binds least, then AND, NOT, comparisons and IN.
import { LIMITS } from '../limits.ts';
import { type Check, CHECKS, type Collection, type ComparisonOperator, type Expression, type Junction, type Primitive } from './ast.ts';
import { canonicalPath, isSameWord } from './collections.ts';
import type { TokenReader } from './token-reader.ts';

/** How strongly an operator holds what stands beside it. */
const BINDING = { or: 1, and: 2, not: 3, comparison: 4 } as const;

const COMPARISONS: ReadonlyMap<string, ComparisonOperator> = new Map([
  ['=', '='],
  ['!=', '!='],
  ['<>', '!='],
  ['<', '<'],
  ['<=', '<='],
  ['>', '>'],
  ['>=', '>='],
]);

const AGGREGATES = ['COUNT', 'AVG', 'SUM', 'MIN', 'MAX'];

const CONSTANTS: ReadonlyMap<string, Primitive | undefined> = new Map<string, Primitive | undefined>([
  ['true', true],
  ['false', false],
  ['null', null],
  ['undefined', undefined],
]);

/** Reads as much as belongs to one expression. @throws HubError ArgumentInvalid with the place. */
export function parseExpression(tokens: TokenReader, collection: Collection): Expression {
  return new ExpressionParser(tokens, collection).parse(0);
}

/** Reads the names of a property path, as they are written. @throws HubError ArgumentInvalid with the place. */
export function parsePathNames(tokens: TokenReader): readonly string[] {
  const first = tokens.peek();
  refuseFunction(tokens);
  if (tokens.isReserved()) throw tokens.unexpected('a property path');
  const names = [parseName(tokens, 'a property path')];
  while (tokens.skipSymbol('.')) names.push(parseName(tokens, 'a property name'));
  const maxNames = LIMITS.queryPathNames.value;
  if (names.length > maxNames) throw tokens.fault(`a property path has at most ${maxNames} names`, first);
  if (tokens.isSymbol('[')) throw tokens.notOffered('items of arrays are');
  return names;
}

/** @param expected what the message calls it. */
export function parseName(tokens: TokenReader, expected: string): string {
  const token = tokens.peek();
  if (token.kind !== 'name') throw tokens.unexpected(expected);
  tokens.take();
  return token.name;
}

class ExpressionParser {
  readonly #tokens: TokenReader;
  readonly #collection: Collection;
  #depth = 0;

  constructor(tokens: TokenReader, collection: Collection) {
    this.#tokens = tokens;
    this.#collection = collection;
  }

  /** Goes on as long as operators follow that bind more than `binding`. */
  parse(binding: number): Expression {
    let left = this.#parsePrefix();
    for (let next = this.#parseInfix(left, binding); next; next = this.#parseInfix(left, binding)) left = next;
    return left;
  }

  #parsePrefix(): Expression {
    const token = this.#tokens.peek();
    if (this.#tokens.skipWord('NOT')) return { kind: 'not', term: this.#nested(() => this.parse(BINDING.not)) };
    if (this.#tokens.skipSymbol('(')) {
      const inner = this.#nested(() => this.parse(0));
      this.#tokens.expectSymbol(')');
      return inner;
    }
    const check = CHECKS.find((name) => this.#tokens.isWord(name) && this.#tokens.isSymbol('(', 1));
    if (check) return this.#parseCheck(check);
    if (this.#tokens.isSymbol('[')) throw this.#tokens.fault('a list stands only after IN or NIN');
    const isPath = token.kind === 'name' && !isConstantWord(this.#tokens);
    if (isPath && !this.#tokens.isReserved()) return canonicalPath(parsePathNames(this.#tokens), this.#collection);
    return { kind: 'constant', value: parseConstant(this.#tokens, 'a property path, a constant, a function, NOT or (') };
  }

  /** `undefined` when no operator follows that binds more than `binding`. */
  #parseInfix(left: Expression, binding: number): Expression | undefined {
    const tokens = this.#tokens;
    const token = tokens.peek();
    if (binding < BINDING.or && tokens.skipWord('OR')) return junction('or', left, this.parse(BINDING.or));
    if (binding < BINDING.and && tokens.skipWord('AND')) return junction('and', left, this.parse(BINDING.and));
    if (binding < BINDING.comparison && isComparisonNext(tokens)) {
      const comparison = this.#parseComparison(left);
      if (isComparisonNext(tokens)) throw tokens.fault('a comparison follows a comparison, use parentheses');
      return comparison;
    }
    if (token.kind === 'symbol' && '+-*/%'.includes(token.text)) {
      throw tokens.notOffered(`'${token.text}' stands for arithmetic unless the name is in [[ ]], and arithmetic is`);
    }
    return undefined;
  }

  #parseComparison(left: Expression): Expression {
    const { text } = this.#tokens.take();
    const operator = COMPARISONS.get(text);
    if (operator) return { kind: 'comparison', operator, left, right: this.parse(BINDING.comparison) };
    return { kind: 'membership', operand: left, list: this.#parseList(), negated: isSameWord(text, 'NIN') };
  }

  #parseList(): readonly Primitive[] {
    const tokens = this.#tokens;
    const opening = tokens.peek();
    tokens.expectSymbol('[');
    const list: Primitive[] = [];
    do {
      const token = tokens.peek();
      const value = parseConstant(tokens, 'a constant');
      if (value === undefined) throw tokens.fault('a list holds no undefined', token);
      list.push(value);
    } while (tokens.skipSymbol(','));
    const maxItems = LIMITS.queryListItems.value;
    if (list.length > maxItems) throw tokens.fault(`a list has at most ${maxItems} constants`, opening);
    tokens.expectSymbol(']');
    return list;
  }

  #parseCheck(check: Check): Expression {
    this.#tokens.take();
    this.#tokens.expectSymbol('(');
    const operand = this.#nested(() => this.parse(0));
    this.#tokens.expectSymbol(')');
    return { kind: 'check', check, operand };
  }

  /** Bounds what would else be bounded by the stack. */
  #nested<Result>(parse: () => Result): Result {
    const maxDepth = LIMITS.queryDepth.value;
    if (this.#depth === maxDepth) throw this.#tokens.fault(`it nests deeper than ${maxDepth} levels`);
    this.#depth += 1;
    const result = parse();
    this.#depth -= 1;
    return result;
  }
}

function isComparisonNext(tokens: TokenReader): boolean {
  const { kind, text } = tokens.peek();
  return kind === 'symbol' ? COMPARISONS.has(text) : tokens.isWord('IN') || tokens.isWord('NIN');
}

/** One list of terms, however they were grouped: AND and OR are associative. */
function junction(kind: Junction['kind'], left: Expression, right: Expression): Junction {
  const termsOf = (side: Expression): readonly Expression[] => (side.kind === kind ? side.terms : [side]);
  return { kind, terms: [...termsOf(left), ...termsOf(right)] };
}

function isConstantWord(tokens: TokenReader): boolean {
  if (tokens.isSymbol('.', 1)) return false;
  return CONSTANTS.keys().some((word) => tokens.isWord(word));
}

function parseConstant(tokens: TokenReader, expected: string): Primitive | undefined {
  const isNegative = tokens.isSymbol('-') && tokens.peek(1).kind === 'number';
  if (isNegative) tokens.take();
  const token = tokens.peek();
  if (token.kind === 'number' || token.kind === 'string') {
    tokens.take();
    if (token.kind === 'string') return token.value;
    // A subtraction, so that there is no negative zero.
    return isNegative ? 0 - token.value : token.value;
  }
  if (token.kind !== 'name' || !isConstantWord(tokens)) throw tokens.unexpected(expected);
  tokens.take();
  return CONSTANTS.get(token.name.toLowerCase());
}

/** @throws HubError ArgumentInvalid when a function is called where only a path, or a function that the hub has, may stand. */
function refuseFunction(tokens: TokenReader): void {
  const token = tokens.peek();
  if (token.kind !== 'name' || !tokens.isSymbol('(', 1)) return;
  if (tokens.isReserved()) return;
  const name = token.name.toUpperCase();
  if (AGGREGATES.includes(name)) throw tokens.notOffered(`the aggregate ${name} is`);
  if (CHECKS.some((check) => check === name)) throw tokens.fault(`the function ${name} stands only after WHERE`);
  throw tokens.notOffered(`the function ${name} is`);
}
