// Constants of the language, alone and in lists.
import { LIMITS } from '../limits.ts';
import type { Primitive } from './ast.ts';
import type { TokenReader } from './token-reader.ts';

const CONSTANTS: ReadonlyMap<string, Primitive | undefined> = new Map<string, Primitive | undefined>([
  ['true', true],
  ['false', false],
  ['null', null],
  ['undefined', undefined],
]);

/** Whether `true`, `false`, `null` or `undefined` comes next, and not a path that begins so. */
export function isConstantWord(tokens: TokenReader): boolean {
  if (tokens.isSymbol('.', 1)) return false;
  return CONSTANTS.keys().some((word) => tokens.isWord(word));
}

/** @param expected what the message calls what may stand there. @throws HubError ArgumentInvalid with the place. */
export function parseConstant(tokens: TokenReader, expected: string): Primitive | undefined {
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

/** What stands after IN and NIN. @returns at least one item. @throws HubError ArgumentInvalid with the place. */
export function parseList(tokens: TokenReader): readonly Primitive[] {
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
