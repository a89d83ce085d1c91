// Walks through the tokens of a query text and says what it expected where it finds something else.
import type { HubError } from '../errors.ts';
import { isSameWord } from './collections.ts';
import { type Token, tokenize } from './lexer.ts';
import { notOffered, type QueryText, syntaxError } from './syntax-error.ts';

/** Words that are no root name. After a dot, and between [[ and ]], they are names like any other. */
const RESERVED = ['SELECT', 'FROM', 'WHERE', 'GROUP', 'ORDER', 'AS', 'AND', 'OR', 'NOT', 'IN', 'NIN', 'LIKE'];

const SHOWN_CHARS = 40;

export class TokenReader {
  readonly #source: QueryText;
  readonly #tokens: readonly Token[];
  #index = 0;

  /** @throws HubError ArgumentInvalid when the text is too long or holds what is no token. */
  constructor(source: QueryText) {
    this.#source = source;
    this.#tokens = tokenize(source);
  }

  /** The token `ahead` of the next one. Past the end it is the end. */
  peek(ahead = 0): Token {
    // The list is never empty.
    return this.#tokens[Math.min(this.#index + ahead, this.#tokens.length - 1)] as Token;
  }

  take(): Token {
    const token = this.peek();
    this.#index += 1;
    return token;
  }

  isWord(word: string, ahead = 0): boolean {
    return isWord(this.peek(ahead), word);
  }

  isSymbol(symbol: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'symbol' && token.text === symbol;
  }

  isReserved(): boolean {
    return RESERVED.some((word) => this.isWord(word));
  }

  /** Goes past the word if it comes next. @returns whether it did. */
  skipWord(word: string): boolean {
    const found = this.isWord(word);
    if (found) this.#index += 1;
    return found;
  }

  skipSymbol(symbol: string): boolean {
    const found = this.isSymbol(symbol);
    if (found) this.#index += 1;
    return found;
  }

  /** @throws HubError ArgumentInvalid when something else comes next. */
  expectWord(word: string): void {
    if (!this.skipWord(word)) throw this.unexpected(word);
  }

  expectSymbol(symbol: string): void {
    if (!this.skipSymbol(symbol)) throw this.unexpected(`'${symbol}'`);
  }

  expectEnd(): void {
    if (this.peek().kind !== 'end') throw this.unexpected('the end');
  }

  /** To be thrown where the next token is not what can stand there. */
  unexpected(expected: string): HubError {
    return this.fault(`expected ${expected}, found ${this.#shownNext()}`);
  }

  /** To be thrown for what is wrong with a token, the next one unless given. */
  fault(problem: string, token = this.peek()): HubError {
    return syntaxError(this.#source, token.offset, problem);
  }

  /** To be thrown for a part of the language that the hub does not have; `part` ends in a verb. */
  notOffered(part: string, token = this.peek()): HubError {
    return notOffered(this.#source, token.offset, part);
  }

  /**
   * Notes that a part of the text goes beyond the language that the service documents; `part` ends in a verb.
   * @throws HubError ArgumentInvalid when the text has to keep to that language.
   */
  addition(part: string, token = this.peek()): void {
    if (this.#source.strict) throw this.fault(`${part} an addition of this hub, which runs with --strict-queries`, token);
  }

  #shownNext(): string {
    const { kind, text } = this.peek();
    if (kind === 'end') return 'the end';
    const shown = text.length <= SHOWN_CHARS ? text : `${text.slice(0, SHOWN_CHARS)}…`;
    return kind === 'string' ? `the string ${shown}` : `'${shown}'`;
  }
}

function isWord(token: Token, word: string): boolean {
  return token.kind === 'name' && !token.quoted && isSameWord(token.name, word);
}
