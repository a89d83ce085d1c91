// Property paths and single names, as they are written.
import { LIMITS } from '../limits.ts';
import { AGGREGATES, type AggregateName, CHECKS } from './ast.ts';
import { functionCalled } from './functions.ts';
import type { TokenReader } from './token-reader.ts';

/** Reads the names of a property path. @throws HubError ArgumentInvalid with the place. */
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

/** The aggregate that is called next; `undefined` when none is. */
export function aggregateNext(tokens: TokenReader): AggregateName | undefined {
  return AGGREGATES.find((name) => tokens.isWord(name) && tokens.isSymbol('(', 1));
}

/** @throws HubError ArgumentInvalid when a function is called that the hub does not have, or where it cannot stand. */
function refuseFunction(tokens: TokenReader): void {
  const token = tokens.peek();
  if (token.kind !== 'name' || token.quoted || !tokens.isSymbol('(', 1) || tokens.isReserved()) return;
  const name = token.name.toUpperCase();
  if (aggregateNext(tokens)) throw tokens.fault(`the aggregate ${name} stands only after SELECT and ORDER BY`);
  const isKnown = functionCalled(name) !== undefined || name === 'ARRAY_CONTAINS' || CHECKS.some((check) => check === name);
  if (isKnown) throw tokens.fault(`the function ${name} stands only after WHERE`);
  throw tokens.notOffered(`the function ${name} is`);
}
