// Whether a search has to look at twins, or finds all that it asks for in the table of identities.
import type { Aggregate, Expression, Path } from '../../domain/query/ast.ts';
import { PARTS, partsOfPath, pathsIn } from '../../domain/query/live/twin-parts.ts';

type Term = { readonly value: Path | Aggregate };

/** What a search names beside its condition. */
type Mentioned = {
  readonly condition: Expression;
  readonly orderBy: readonly Term[];
  readonly groupBy?: readonly Path[];
  readonly columns?: readonly Term[];
};

const OF_TWINS = PARTS.tags | PARTS.desired | PARTS.reported;

/** Each identity has one twin, so that without a path into twins their table says nothing. */
export function readsTwins({ condition, orderBy, groupBy = [], columns = [] }: Mentioned): boolean {
  const named = [...orderBy, ...columns].flatMap(({ value }) => (value.kind === 'path' ? [value] : (value.path ?? [])));
  return [...pathsIn(condition), ...groupBy, ...named].some((path) => (partsOfPath(path) & OF_TWINS) !== 0);
}
