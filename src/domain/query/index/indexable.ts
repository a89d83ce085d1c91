// Which indexes a condition could be answered through.
import type { Collection, Expression } from '../ast.ts';
import { narrowingsOf } from './narrowing.ts';
import { type IndexPlace, mayHaveIndex } from './twin-index.ts';

/** In the order of the text; any one of them would do. */
export function indexablePlaces(collection: Collection, condition: Expression): readonly IndexPlace[] {
  if (collection === 'devices.jobs') return [];
  return narrowingsOf(condition)
    .map(({ path }) => ({ collection, path }))
    .filter(mayHaveIndex);
}
