// Random queries with everything that may stand around a condition.
import fc from 'fast-check';
import {
  type Aggregate,
  AGGREGATES,
  type Collection,
  type Column,
  type Expression,
  type OrderTerm,
  type Path,
  type Query,
} from '../../../src/domain/query/ast.ts';
import { isSamePath } from '../../../src/domain/query/value-order.ts';
import { conditionOver, path } from './query-arbitraries.ts';

/** Most documents have to pass, or there would be little to sort and to group. */
function whereOver(paths: fc.Arbitrary<Path>): fc.Arbitrary<Expression> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant<Expression>({ kind: 'constant', value: true }) }, conditionOver(paths));
}

const top = fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined, freq: 4 });
const descending = fc.boolean();

/** @param paths of the documents of the collection. */
export function queryOf(from: Collection, paths: fc.Arbitrary<Path> = path): fc.Arbitrary<Query> {
  return fc.oneof(documentsQuery(from, paths), groupsQuery(from, paths));
}

function documentsQuery(from: Collection, paths: fc.Arbitrary<Path>): fc.Arbitrary<Query> {
  const columns = fc.array(paths, { minLength: 1, maxLength: 3 }).map((values) => values.map(toColumn));
  const orderBy: fc.Arbitrary<readonly OrderTerm[]> = fc.array(fc.record({ value: paths, descending }), { maxLength: 3 });
  const select: fc.Arbitrary<Query['select']> = fc.oneof(fc.constant('all' as const), columns);
  return fc.record({ from: fc.constant(from), select, where: whereOver(paths), groupBy: fc.constant(undefined), orderBy, top });
}

/** Sums are not sorted by: their last digits are not promised. */
function groupsQuery(from: Collection, paths: fc.Arbitrary<Path>): fc.Arbitrary<Query> {
  const aggregate: fc.Arbitrary<Aggregate> = fc
    .tuple(fc.constantFrom(...AGGREGATES), paths, fc.boolean())
    .map(([name, of, ofAll]) => ({ kind: 'aggregate', name, path: name === 'COUNT' && ofAll ? undefined : of }));
  const keys = fc.uniqueArray(paths, { maxLength: 3, comparator: isSamePath });
  return fc
    .tuple(
      keys,
      fc.array(aggregate, { minLength: 1, maxLength: 3 }),
      fc.array(aggregate, { maxLength: 1 }),
      whereOver(paths),
      top,
      fc.array(descending),
    )
    .map(([groupBy, aggregates, others, passing, limit, directions]) => {
      const columns = [...groupBy, ...aggregates].map(toColumn);
      const sortable = [...others, ...aggregates].filter(({ name }) => name !== 'SUM' && name !== 'AVG');
      const terms = [...sortable, ...groupBy].slice(0, directions.length).slice(0, 4);
      return {
        from,
        select: groupBy.length > 0 && directions[0] ? columns.slice(0, groupBy.length) : columns,
        where: passing,
        groupBy,
        orderBy: terms.map((value, index) => ({ value, descending: directions[index] ?? false })),
        top: limit,
      };
    });
}

function toColumn(value: Path | Aggregate, index: number): Column {
  return { value, name: `c${index}` };
}
