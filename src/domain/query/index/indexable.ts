// Which indexes a condition could be answered through.
import type { Collection, Expression } from '../ast.ts';
import { selectableIds } from '../selectable-ids.ts';
import { type Narrowing, narrowingsOf } from './narrowing.ts';
import { indexedValue, type IndexPlace, mayHaveIndex } from './twin-index.ts';

/** In the order of the text; any one of them would do. */
export function indexablePlaces(collection: Collection, condition: Expression): readonly IndexPlace[] {
  if (collection === 'devices.jobs') return [];
  return indexableNarrowings(condition)
    .map(({ path }) => ({ collection, path }))
    .filter(mayHaveIndex);
}

/** What an index could answer. Nothing where the condition names its devices: many others may have the same value. */
export function indexableNarrowings(condition: Expression): readonly Narrowing[] {
  return selectableIds(condition) ? [] : narrowingsOf(condition).filter(({ path }) => indexedValue(path));
}
