// Texts of the query language become data here: whole queries, and the bare conditions of jobs.
import { LIMITS } from '../limits.ts';
import type { Collection, Column, Expression, Query } from './ast.ts';
import { canonicalPath } from './collections.ts';
import { parseExpression, parseName, parsePathNames } from './expression-parser.ts';
import type { Token } from './lexer.ts';
import { TokenReader } from './token-reader.ts';

const EVERYTHING: Expression = { kind: 'constant', value: true };

/**
 * Parses `SELECT … FROM … WHERE …`.
 * @throws HubError ArgumentInvalid with line, column and what was expected; it names what this hub does not have (docs/compatibility.md).
 */
export function parseQuery(text: string): Query {
  const tokens = new TokenReader({ text, what: 'query' });
  tokens.expectWord('SELECT');
  if (tokens.isWord('TOP') && tokens.peek(1).kind === 'number') throw tokens.notOffered('TOP is');
  const selection = parseSelection(tokens);
  tokens.expectWord('FROM');
  const from = parseCollection(tokens);
  const where = tokens.skipWord('WHERE') ? parseExpression(tokens, from) : EVERYTHING;
  if (tokens.isWord('GROUP') || tokens.isWord('ORDER')) throw tokens.notOffered(`${tokens.peek().text.toUpperCase()} BY is`);
  if (tokens.peek().kind !== 'end') throw tokens.unexpected('the end');
  return { from, select: selection === 'all' ? selection : nameColumns(tokens, selection, from), where };
}

/**
 * Parses what a job has for a condition: that which stands after WHERE in a query of devices. An empty text and `*` mean every device.
 * @throws HubError ArgumentInvalid as `parseQuery`.
 */
export function parseCondition(text: string): Expression {
  const tokens = new TokenReader({ text, what: 'condition' });
  if (tokens.peek().kind === 'end') return EVERYTHING;
  if (tokens.isSymbol('*') && tokens.peek(1).kind === 'end') return EVERYTHING;
  for (const word of ['SELECT', 'WHERE']) {
    if (tokens.isWord(word)) throw tokens.fault(`a condition is what stands after WHERE, without ${word} in front of it`);
  }
  const condition = parseExpression(tokens, 'devices');
  if (tokens.peek().kind !== 'end') throw tokens.unexpected('the end');
  return condition;
}

type WrittenColumn = { readonly names: readonly string[]; readonly alias: string | undefined; readonly token: Token };

function parseSelection(tokens: TokenReader): 'all' | readonly WrittenColumn[] {
  if (tokens.skipSymbol('*')) return 'all';
  const columns: WrittenColumn[] = [];
  do columns.push(parseColumn(tokens));
  while (tokens.skipSymbol(','));
  const maxColumns = LIMITS.queryColumns.value;
  if (columns.length > maxColumns) throw tokens.fault(`a query has at most ${maxColumns} columns`);
  return columns;
}

function parseColumn(tokens: TokenReader): WrittenColumn {
  if (tokens.isSymbol('*')) throw tokens.fault('* stands alone after SELECT');
  const token = tokens.peek();
  const names = parsePathNames(tokens);
  return { names, alias: tokens.skipWord('AS') ? parseName(tokens, 'a name') : undefined, token };
}

/** Without an alias a column has the last name of its path. */
function nameColumns(tokens: TokenReader, written: readonly WrittenColumn[], from: Collection): readonly Column[] {
  const taken = new Set<string>();
  return written.map(({ names, alias, token }) => {
    const path = canonicalPath(names, from);
    const name = alias ?? path.names.at(-1) ?? '';
    if (taken.has(name)) throw tokens.fault(`there is a column '${name}' already, give one of them another name with AS`, token);
    taken.add(name);
    return { path, name };
  });
}

function parseCollection(tokens: TokenReader): Collection {
  const token = tokens.peek();
  const name = parsePathNames(tokens).join('.').toLowerCase();
  switch (name) {
    case 'devices':
    case 'devices.jobs':
      return name;
    case 'devices.modules':
      throw tokens.notOffered('the collection devices.modules is', token);
    default:
      throw tokens.fault('expected devices or devices.jobs after FROM', token);
  }
}
