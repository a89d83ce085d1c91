// Prints a whole query back to text.
import type { Aggregate, Path, Query } from '../../../src/domain/query/ast.ts';
import { isSamePath } from '../../../src/domain/query/value-order.ts';
import { printExpression, printName } from './print-expression.ts';

/** Text that parses to the same query. */
export function printQuery(query: Query): string {
  const { select, from, where, groupBy, orderBy, top } = query;
  const distinct = isDistinct(query);
  const columns = select === 'all' ? '*' : select.map(({ value, name }) => `${printValue(value)} AS ${printName(name)}`).join(', ');
  return [
    'SELECT',
    ...(distinct ? ['DISTINCT'] : []),
    ...(top === undefined ? [] : [`TOP ${top}`]),
    `${columns} FROM ${from} WHERE ${printExpression(where)}`,
    ...(groupBy === undefined || groupBy.length === 0 || distinct ? [] : [`GROUP BY ${groupBy.map(printValue).join(', ')}`]),
    ...(orderBy.length === 0
      ? []
      : ['ORDER BY', orderBy.map((term) => printValue(term.value) + (term.descending ? ' DESC' : '')).join(', ')]),
  ].join(' ');
}

/** What is grouped by just its columns. */
function isDistinct({ select, groupBy }: Query): boolean {
  if (select === 'all' || groupBy === undefined || select.length !== groupBy.length) return false;
  return select.every(({ value }, index) => {
    const key = groupBy[index];
    return value.kind === 'path' && key !== undefined && isSamePath(value, key);
  });
}

function printValue(value: Path | Aggregate): string {
  if (value.kind === 'path') return printExpression(value);
  return `${value.name}(${value.path ? printExpression(value.path) : ''})`;
}
