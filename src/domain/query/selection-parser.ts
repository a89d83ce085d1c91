// What stands between SELECT and FROM.
import { LIMITS } from '../limits.ts';
import type { Aggregate, Collection, Column, Path, PathSteps } from './ast.ts';
import { canonicalPath } from './collections.ts';
import type { Token } from './lexer.ts';
import { aggregateNext, parseName, parsePathSteps } from './path-parser.ts';
import type { TokenReader } from './token-reader.ts';

/** A column before its collection is known, which decides what its path means. */
type WrittenColumn = { readonly value: WrittenValue; readonly alias: string | undefined; readonly token: Token };

type WrittenValue =
  | { readonly kind: 'path'; readonly steps: PathSteps }
  | { readonly kind: 'aggregate'; readonly name: Aggregate['name']; readonly steps: PathSteps | undefined };

/** `first` is the token of the first column, `distinct` that of the word when it is there. */
export type Selection = {
  readonly written: 'all' | readonly WrittenColumn[];
  readonly top: number | undefined;
  readonly distinct: Token | undefined;
  readonly first: Token;
};

/** @throws HubError ArgumentInvalid with the place. */
export function parseSelection(tokens: TokenReader): Selection {
  const distinct = parseDistinct(tokens);
  const top = parseTop(tokens);
  const first = tokens.peek();
  if (tokens.skipSymbol('*')) return { written: 'all', top, distinct, first };
  const written: WrittenColumn[] = [];
  do written.push(parseColumn(tokens));
  while (tokens.skipSymbol(','));
  const maxColumns = LIMITS.queryColumns.value;
  if (written.length > maxColumns) throw tokens.fault(`a query has at most ${maxColumns} columns`);
  return { written, top, distinct, first };
}

/** Without an alias a column has the last name of its path, whatever numbers follow it, or that of its aggregate. @throws HubError ArgumentInvalid with the place. */
export function nameColumns(tokens: TokenReader, written: readonly WrittenColumn[], from: Collection): readonly Column[] {
  const taken = new Set<string>();
  return written.map(({ value: given, alias, token }) => {
    const value = valueIn(given, from);
    const name = alias ?? (value.kind === 'path' ? lastName(value) : value.name.toLowerCase());
    if (taken.has(name)) throw tokens.fault(`there is a column '${name}' already, give one of them another name with AS`, token);
    taken.add(name);
    return { value, name };
  });
}

function lastName({ steps }: Path): string {
  return steps.findLast((step) => typeof step === 'string') ?? steps[0];
}

/** Reads a property path or an aggregate. @throws HubError ArgumentInvalid with the place. */
export function readValue(tokens: TokenReader, from: Collection): Path | Aggregate {
  return valueIn(parseValue(tokens), from);
}

function valueIn(written: WrittenValue, from: Collection): Path | Aggregate {
  if (written.kind === 'path') return canonicalPath(written.steps, from);
  return { kind: 'aggregate', name: written.name, path: written.steps && canonicalPath(written.steps, from) };
}

/** A property may be called `distinct`. */
function parseDistinct(tokens: TokenReader): Token | undefined {
  const token = tokens.peek();
  const next = tokens.peek(1);
  const isFollowed = (next.kind === 'name' && !tokens.isWord('FROM', 1) && !tokens.isWord('AS', 1)) || tokens.isSymbol('*', 1);
  if (!isFollowed || !tokens.skipWord('DISTINCT')) return undefined;
  tokens.addition('DISTINCT is', token);
  return token;
}

/** A property may be called `top`. */
function parseTop(tokens: TokenReader): number | undefined {
  const count = tokens.peek(1);
  if (count.kind !== 'number' || !tokens.skipWord('TOP')) return undefined;
  if (!Number.isSafeInteger(count.value) || count.value < 1) throw tokens.fault('TOP takes a whole number above 0');
  tokens.take();
  return count.value;
}

function parseColumn(tokens: TokenReader): WrittenColumn {
  if (tokens.isSymbol('*')) throw tokens.fault('* stands alone after SELECT');
  const token = tokens.peek();
  const value = parseValue(tokens);
  return { value, alias: parseAlias(tokens), token };
}

function parseAlias(tokens: TokenReader): string | undefined {
  const isNamed = tokens.skipWord('AS') || (tokens.peek().kind === 'name' && !tokens.isReserved());
  return isNamed ? parseName(tokens, 'a name') : undefined;
}

function parseValue(tokens: TokenReader): WrittenValue {
  const name = aggregateNext(tokens);
  if (name === undefined) return { kind: 'path', steps: parsePathSteps(tokens) };
  tokens.take();
  tokens.expectSymbol('(');
  const steps = parseAggregated(tokens, name);
  tokens.expectSymbol(')');
  return { kind: 'aggregate', name, steps };
}

function parseAggregated(tokens: TokenReader, name: Aggregate['name']): PathSteps | undefined {
  if (name !== 'COUNT') return parsePathSteps(tokens);
  if (tokens.isSymbol(')')) return undefined;
  tokens.addition('an argument of COUNT is');
  return tokens.skipSymbol('*') ? undefined : parsePathSteps(tokens);
}
