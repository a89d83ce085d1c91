// Why an index cannot be made or dropped.
import { HubError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { formatIndexPlace, type IndexPlace } from './twin-index.ts';

export function indexExists(place: IndexPlace): HubError {
  return new HubError('GenericConflict', `There is an index on ${formatIndexPlace(place)} already.`);
}

export function tooManyIndexes(): HubError {
  const most = LIMITS.twinIndexes.value;
  return new HubError('GenericConflict', `There are ${most} indexes, which is as many as may be. Drop one that is not needed first.`);
}

export function indexNotFound(place: IndexPlace): HubError {
  return new HubError('GenericNotFound', `There is no index on ${formatIndexPlace(place)}.`);
}
