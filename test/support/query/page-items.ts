// The items of a page of a query, which the use case gives as JSON.
import { type JsonObject, parseOwnJson } from '../../../src/domain/json.ts';
import type { QueryPage } from '../../../src/hub/queries.ts';

export function itemsOf({ json }: QueryPage): readonly JsonObject[] {
  // A page is a list of objects.
  return parseOwnJson(json) as readonly JsonObject[];
}
