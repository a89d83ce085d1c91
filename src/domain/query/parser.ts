// Texts of the query language become data here: whole queries, and the bare conditions of jobs.
import { LIMITS } from '../limits.ts';
import type { Collection, Column, Expression, OrderTerm, Path, Query } from './ast.ts';
import { canonicalPath, isSameWord } from './collections.ts';
import { parseExpression } from './expression-parser.ts';
import { parseName, parsePathSteps } from './path-parser.ts';
import { nameColumns, parseSelection, readValue, type Selection } from './selection-parser.ts';
import type { QueryText } from './syntax-error.ts';
import { TokenReader } from './token-reader.ts';
import { isSamePath } from './value-order.ts';

const EVERYTHING: Expression = { kind: 'constant', value: true };

/** `strict`: additions of this hub to the language that the service documents are refused. */
type ParseOptions = Pick<QueryText, 'strict'>;

/**
 * Parses `SELECT … FROM … WHERE … GROUP BY … ORDER BY …`.
 * @throws HubError ArgumentInvalid with line, column, what was expected and a caret under it.
 */
export function parseQuery(text: string, options: ParseOptions = {}): Query {
  const tokens = new TokenReader({ text, what: 'query', ...options });
  tokens.expectWord('SELECT');
  const selection = parseSelection(tokens);
  tokens.expectWord('FROM');
  const from = parseCollection(tokens);
  const select = selection.written === 'all' ? selection.written : nameColumns(tokens, selection.written, from);
  const where = tokens.skipWord('WHERE') ? parseExpression(tokens, from) : EVERYTHING;
  const groupBy = groupsOf({ tokens, selection, select, from });
  if (from === 'devices.jobs' && select !== 'all') tokens.addition('in devices.jobs, columns are', selection.first);
  const orderBy = parseOrder({ tokens, select, groupBy, from });
  tokens.expectEnd();
  return { from, select, where, groupBy, orderBy, top: selection.top };
}

/**
 * Parses what a job has for a condition: that which stands after WHERE in a query of devices. An empty text and `*` mean every device.
 * @throws HubError ArgumentInvalid as `parseQuery`.
 */
export function parseCondition(text: string, options: ParseOptions = {}): Expression {
  const tokens = new TokenReader({ text, what: 'condition', ...options });
  if (tokens.peek().kind === 'end') return EVERYTHING;
  if (tokens.isSymbol('*') && tokens.peek(1).kind === 'end') return EVERYTHING;
  for (const word of ['SELECT', 'WHERE']) {
    if (tokens.isWord(word)) throw tokens.fault(`a condition is what stands after WHERE, without ${word} in front of it`);
  }
  const condition = parseExpression(tokens, 'devices');
  tokens.expectEnd();
  return condition;
}

function parseCollection(tokens: TokenReader): Collection {
  const token = tokens.peek();
  const name = parsePathSteps(tokens).join('.').toLowerCase();
  switch (name) {
    case 'devices':
    case 'devices.modules':
    case 'devices.jobs':
      return name;
    default:
      throw tokens.fault('expected devices, devices.modules or devices.jobs after FROM', token);
  }
}

type Selected = {
  readonly tokens: TokenReader;
  readonly selection: Selection;
  readonly select: Query['select'];
  readonly from: Collection;
};

/** Reads GROUP BY. DISTINCT groups by all columns, and aggregates alone make one group of everything. */
function groupsOf({ tokens, selection, select, from }: Selected): Query['groupBy'] {
  const columns = select === 'all' ? [] : select;
  const hasAggregates = columns.some(({ value }) => value.kind === 'aggregate');
  const keys = parseGroupKeys(tokens, from);
  if (selection.distinct) {
    if (keys !== undefined) throw tokens.fault('DISTINCT needs no GROUP BY', selection.distinct);
    if (hasAggregates || select === 'all') throw tokens.fault('DISTINCT stands before property paths', selection.distinct);
    return limited(tokens, uniquePaths(columns.map(({ value }) => value).filter((value) => value.kind === 'path')));
  }
  if (keys === undefined && !hasAggregates) return undefined;
  if (select === 'all') throw tokens.fault('* does not stand in a query with GROUP BY, name the columns', selection.first);
  if (from !== 'devices') tokens.addition(`in ${from}, aggregates and GROUP BY are`, selection.first);
  const isKey = (path: Path): boolean => (keys ?? []).some((key) => isSamePath(key, path));
  const loose = columns.find(({ value }) => value.kind === 'path' && !isKey(value));
  if (loose) {
    throw tokens.fault(
      `the column '${loose.name}' stands beside groups, so it must be an aggregate or stand after GROUP BY`,
      selection.first,
    );
  }
  return keys ?? [];
}

function parseGroupKeys(tokens: TokenReader, from: Collection): readonly Path[] | undefined {
  if (!tokens.skipWord('GROUP')) return undefined;
  tokens.expectWord('BY');
  const keys = [canonicalPath(parsePathSteps(tokens), from)];
  while (tokens.isSymbol(',')) {
    tokens.addition('grouping by several paths is');
    tokens.take();
    keys.push(canonicalPath(parsePathSteps(tokens), from));
  }
  return limited(tokens, uniquePaths(keys));
}

function limited(tokens: TokenReader, keys: readonly Path[]): readonly Path[] {
  const maxKeys = LIMITS.queryGroupKeys.value;
  if (keys.length > maxKeys) throw tokens.fault(`rows are grouped by at most ${maxKeys} paths, also by DISTINCT`);
  return keys;
}

function uniquePaths(paths: readonly Path[]): readonly Path[] {
  return paths.filter((path, index) => paths.findIndex((other) => isSamePath(other, path)) === index);
}

type Ordered = Pick<Query, 'select' | 'groupBy' | 'from'> & { readonly tokens: TokenReader };

function parseOrder({ tokens, ...query }: Ordered): readonly OrderTerm[] {
  const order = tokens.peek();
  if (!tokens.skipWord('ORDER')) return [];
  tokens.addition('ORDER BY is', order);
  tokens.expectWord('BY');
  const terms: OrderTerm[] = [];
  do terms.push(parseOrderTerm({ tokens, ...query }));
  while (tokens.skipSymbol(','));
  const maxTerms = LIMITS.querySortTerms.value;
  if (terms.length > maxTerms) throw tokens.fault(`rows are ordered by at most ${maxTerms} terms`, order);
  return terms;
}

/** The name of a column goes before a property of that name. */
function parseOrderTerm({ tokens, select, groupBy, from }: Ordered): OrderTerm {
  const first = tokens.peek();
  const columns: readonly Column[] = select === 'all' ? [] : select;
  const isMore = ['.', '[', '('].some((symbol) => tokens.isSymbol(symbol, 1));
  const named = isMore ? undefined : columnNamed(columns, first);
  if (named) parseName(tokens, 'a property path');
  const value = named?.value ?? readValue(tokens, from);
  const isGroup = value.kind === 'aggregate' || (groupBy ?? []).some((key) => isSamePath(key, value));
  if (groupBy === undefined && value.kind === 'aggregate') throw tokens.fault('an aggregate needs one after SELECT, or GROUP BY', first);
  if (groupBy !== undefined && !isGroup) {
    throw tokens.fault('rows of groups are ordered by their columns, by aggregates, or by what stands after GROUP BY', first);
  }
  const descending = tokens.skipWord('DESC');
  if (!descending) tokens.skipWord('ASC');
  return { value, descending };
}

/** In its own case, or in any when that is the only one. */
function columnNamed(columns: readonly Column[], token: ReturnType<TokenReader['peek']>): Column | undefined {
  if (token.kind !== 'name') return undefined;
  const exact = columns.find(({ name }) => name === token.name);
  const similar = columns.filter(({ name }) => isSameWord(name, token.name));
  return exact ?? (similar.length === 1 ? similar[0] : undefined);
}
