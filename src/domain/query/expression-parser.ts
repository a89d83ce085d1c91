// The expression after WHERE, by operator precedence (Pratt): OR binds least, then AND, NOT, comparisons, sums and products.
import { LIMITS } from '../limits.ts';
import {
  type ArithmeticOperator,
  type Check,
  CHECKS,
  type Collection,
  type ComparisonOperator,
  type Expression,
  type Junction,
} from './ast.ts';
import { canonicalPath, rootName } from './collections.ts';
import { isConstantWord, parseConstant, parseList } from './constant-parser.ts';
import { type FunctionName, FUNCTIONS, functionCalled } from './functions.ts';
import type { Token } from './lexer.ts';
import { parsePathSteps } from './path-parser.ts';
import type { TokenReader } from './token-reader.ts';

/** How strongly an operator holds what stands beside it. A sign holds most. */
const BINDING = { or: 1, and: 2, not: 3, comparison: 4, sum: 5, product: 6, sign: 7 } as const;

const COMPARISONS: ReadonlyMap<string, ComparisonOperator> = new Map([
  ['=', '='],
  ['!=', '!='],
  ['<>', '!='],
  ['<', '<'],
  ['<=', '<='],
  ['>', '>'],
  ['>=', '>='],
]);

const ARITHMETIC: ReadonlyMap<string, { readonly operator: ArithmeticOperator; readonly binding: number }> = new Map([
  ['+', { operator: '+', binding: BINDING.sum }],
  ['-', { operator: '-', binding: BINDING.sum }],
  ['*', { operator: '*', binding: BINDING.product }],
  ['/', { operator: '/', binding: BINDING.product }],
  ['%', { operator: '%', binding: BINDING.product }],
]);

/** The service documents IS_DEFINED for twins, and its users call STARTSWITH (behaviour 5.2). */
const OF_THE_SERVICE = ['IS_DEFINED', 'STARTSWITH'];

/** Reads as much as belongs to one expression. @throws HubError ArgumentInvalid with the place. */
export function parseExpression(tokens: TokenReader, collection: Collection): Expression {
  return new ExpressionParser(tokens, collection).parse(0);
}

class ExpressionParser {
  readonly #tokens: TokenReader;
  readonly #collection: Collection;
  #depth = 0;
  /** Of arithmetic, in the whole expression. */
  #operators = 0;
  #isInArray = false;

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
    const tokens = this.#tokens;
    if (tokens.skipWord('NOT')) return { kind: 'not', term: this.#nested(() => this.parse(BINDING.not)) };
    if (tokens.skipSymbol('(')) {
      const inner = this.#nested(() => this.parse(0));
      tokens.expectSymbol(')');
      return inner;
    }
    if (tokens.isSymbol('-') && tokens.peek(1).kind !== 'number') return this.#parseSign();
    if (tokens.isSymbol('[')) throw tokens.fault('a list stands only after IN or NIN');
    const token = tokens.peek();
    if (token.kind === 'name' && !token.quoted && tokens.isSymbol('(', 1)) {
      const call = this.#parseCall(token.name.toUpperCase());
      if (call) return call;
    }
    const isPath = token.kind === 'name' && !isConstantWord(tokens);
    if (isPath && !tokens.isReserved()) return canonicalPath(parsePathSteps(tokens), this.#collection);
    return { kind: 'constant', value: parseConstant(tokens, 'a property path, a constant, a function, NOT or (') };
  }

  /** The opposite is what is missing to nothing. */
  #parseSign(): Expression {
    const tokens = this.#tokens;
    tokens.addition('the sign of what is no number is');
    tokens.take();
    this.#countOperator();
    return {
      kind: 'arithmetic',
      operator: '-',
      left: { kind: 'constant', value: 0 },
      right: this.#nested(() => this.parse(BINDING.sign)),
    };
  }

  /** `undefined` when no operator follows that binds more than `binding`. */
  #parseInfix(left: Expression, binding: number): Expression | undefined {
    const tokens = this.#tokens;
    if (binding < BINDING.or && tokens.skipWord('OR')) return junction('or', left, this.parse(BINDING.or));
    if (binding < BINDING.and && tokens.skipWord('AND')) return junction('and', left, this.parse(BINDING.and));
    if (binding < BINDING.comparison && isComparisonNext(tokens)) {
      const comparison = this.#parseComparison(left);
      if (isComparisonNext(tokens)) throw tokens.fault('a comparison follows a comparison, use parentheses');
      return comparison;
    }
    const arithmetic = tokens.peek().kind === 'symbol' ? ARITHMETIC.get(tokens.peek().text) : undefined;
    if (arithmetic === undefined || binding >= arithmetic.binding) return undefined;
    this.#refuseHyphen(left);
    this.#countOperator();
    tokens.take();
    return { kind: 'arithmetic', operator: arithmetic.operator, left, right: this.parse(arithmetic.binding) };
  }

  #parseComparison(left: Expression): Expression {
    const tokens = this.#tokens;
    const token = tokens.take();
    const operator = COMPARISONS.get(token.text);
    if (operator) return { kind: 'comparison', operator, left, right: this.parse(BINDING.comparison) };
    if (token.text.toUpperCase() === 'NOT') {
      tokens.addition('NOT between two operands is', token);
      return tokens.skipWord('IN')
        ? { kind: 'membership', operand: left, list: parseList(tokens), negated: true }
        : { kind: 'not', term: this.#parseLike(left) };
    }
    if (token.text.toUpperCase() === 'LIKE') return this.#parsePattern(left, token);
    return { kind: 'membership', operand: left, list: parseList(tokens), negated: token.text.toUpperCase() === 'NIN' };
  }

  #parseLike(left: Expression): Expression {
    const token = this.#tokens.peek();
    this.#tokens.expectWord('LIKE');
    return this.#parsePattern(left, token);
  }

  #parsePattern(left: Expression, like: Token): Expression {
    this.#tokens.addition('LIKE is', like);
    return { kind: 'call', name: 'LIKE', arguments: [left, this.parse(BINDING.comparison)] };
  }

  /** `undefined` when it is no function of the language. */
  #parseCall(word: string): Expression | undefined {
    const check = CHECKS.find((known) => known === word);
    const name = functionCalled(word);
    if (check === undefined && name === undefined && word !== 'ARRAY_CONTAINS') return undefined;
    const token = this.#tokens.take();
    if (!OF_THE_SERVICE.includes(word)) this.#tokens.addition(`the function ${word} is`, token);
    const given = word === 'ARRAY_CONTAINS' ? this.#parseOutsideOfArrays(token) : this.#parseArguments();
    const refuse = (least: number, most: number): void => {
      if (given.length >= least && given.length <= most) return;
      const count = least === most ? String(least) : `${least} to ${most}`;
      throw this.#tokens.fault(`the function ${word} takes ${count} argument${most === 1 ? '' : 's'}, not ${given.length}`, token);
    };
    if (name !== undefined) {
      refuse(FUNCTIONS[name].required, FUNCTIONS[name].parameters.length);
      return callOf(name, given);
    }
    refuse(check ? 1 : 2, check ? 1 : 2);
    const [first = NOTHING, second = NOTHING] = given;
    return check ? checkOf(check, first) : { kind: 'arrayContains', array: first, item: second };
  }

  /** What an array contains is never what another one does, and stores need not nest their searches. */
  #parseOutsideOfArrays(token: Token): readonly Expression[] {
    if (this.#isInArray) throw this.#tokens.fault('ARRAY_CONTAINS stands inside of another one', token);
    this.#isInArray = true;
    const given = this.#parseArguments();
    this.#isInArray = false;
    return given;
  }

  #parseArguments(): readonly Expression[] {
    const tokens = this.#tokens;
    tokens.expectSymbol('(');
    if (tokens.skipSymbol(')')) return [];
    const given: Expression[] = [];
    do given.push(this.#nested(() => this.parse(0)));
    while (tokens.skipSymbol(','));
    tokens.expectSymbol(')');
    return given;
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

  /** A chain of operators is a tree as deep as the chain is long. */
  #countOperator(): void {
    const maxOperators = LIMITS.queryOperators.value;
    if (this.#operators === maxOperators) throw this.#tokens.fault(`it has more than ${maxOperators} operators of arithmetic`);
    this.#operators += 1;
  }

  /** Who writes `tags.my-key` means a name: a subtraction of what no document has finds nothing, and would say nothing. */
  #refuseHyphen(left: Expression): void {
    const tokens = this.#tokens;
    const [before, hyphen, after] = [tokens.peek(-1), tokens.peek(), tokens.peek(1)];
    const isGlued = before.offset + before.text.length === hyphen.offset && hyphen.offset + 1 === after.offset;
    if (hyphen.text !== '-' || !isGlued || left.kind !== 'path' || before.kind !== 'name' || after.kind !== 'name') return;
    if (rootName(after.name, this.#collection) !== undefined) return;
    throw tokens.fault(`'-' subtracts here, write [[${before.name}-${after.name}]] for a name`);
  }
}

const NOTHING: Expression = { kind: 'constant', value: undefined };

function callOf(name: FunctionName, given: readonly Expression[]): Expression {
  return { kind: 'call', name, arguments: given };
}

function checkOf(check: Check, operand: Expression): Expression {
  return { kind: 'check', check, operand };
}

function isComparisonNext(tokens: TokenReader): boolean {
  const { kind, text } = tokens.peek();
  if (kind === 'symbol') return COMPARISONS.has(text);
  if (tokens.isWord('NOT')) return tokens.isWord('IN', 1) || tokens.isWord('LIKE', 1);
  return tokens.isWord('IN') || tokens.isWord('NIN') || tokens.isWord('LIKE');
}

/** One list of terms, however they were grouped: AND and OR are associative. */
function junction(kind: Junction['kind'], left: Expression, right: Expression): Junction {
  const termsOf = (side: Expression): readonly Expression[] => (side.kind === kind ? side.terms : [side]);
  return { kind, terms: [...termsOf(left), ...termsOf(right)] };
}
