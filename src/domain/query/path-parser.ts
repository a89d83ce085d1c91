// Property paths and single names, as they are written.
import { LIMITS } from '../limits.ts';
import { AGGREGATES, type AggregateName, CHECKS, type PathStep, type PathSteps } from './ast.ts';
import { functionCalled } from './functions.ts';
import type { TokenReader } from './token-reader.ts';

/** Reads a property path: names, and numbers of items in arrays. @throws HubError ArgumentInvalid with the place. */
export function parsePathSteps(tokens: TokenReader): PathSteps {
  const first = tokens.peek();
  refuseFunction(tokens);
  if (tokens.isReserved()) throw tokens.unexpected('a property path');
  const root = parseName(tokens, 'a property path');
  const inner: PathStep[] = [];
  for (let step = parseStep(tokens); step !== undefined; step = parseStep(tokens)) inner.push(step);
  const maxSteps = LIMITS.queryPathSteps.value;
  if (inner.length >= maxSteps) throw tokens.fault(`a property path has at most ${maxSteps} names and numbers`, first);
  return [root, ...inner];
}

/** `undefined` where the path ends. */
function parseStep(tokens: TokenReader): PathStep | undefined {
  if (tokens.skipSymbol('.')) return parseName(tokens, 'a property name');
  if (!tokens.isSymbol('[')) return undefined;
  tokens.addition('items of arrays by number are');
  tokens.take();
  const number = parseItemNumber(tokens);
  tokens.expectSymbol(']');
  return number;
}

function parseItemNumber(tokens: TokenReader): number {
  const token = tokens.peek();
  if (token.kind !== 'number' || !/^\d+$/.test(token.text)) throw tokens.unexpected('the number of an item, counted from 0');
  const max = LIMITS.queryItemNumber.value;
  if (token.value > max) throw tokens.fault(`the number of an item is at most ${max}`);
  tokens.take();
  return token.value;
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
