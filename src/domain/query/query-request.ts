// The body of a query call.
import { HubError } from '../errors.ts';
import { isJsonObject, type JsonValue, ownValue } from '../json.ts';

/** @returns the text of the query. @throws HubError ArgumentNull without one, ArgumentInvalid when it is no string. */
export function parseQueryRequest(body: JsonValue): string {
  if (!isJsonObject(body)) throw new HubError('ArgumentInvalid', "The body must be a JSON object with the property 'query'.");
  const text = ownValue(body, 'query') ?? '';
  if (text === '') throw new HubError('ArgumentNull', "The property 'query' is missing, which holds the text of the query.");
  if (typeof text !== 'string') throw new HubError('ArgumentInvalid', "'query' must be a string.");
  return text;
}
