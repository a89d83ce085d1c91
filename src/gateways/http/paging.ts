// How results come in pages: the headers of the service API that ask for a page and that tell of the next one (behaviour 5.4).
import { HubError } from '../../domain/errors.ts';
import type { JsonObject } from '../../domain/json.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { RouteAnswer, RouteRequest } from './route.ts';

type PageRequest = { readonly pageSize: number; readonly continuation: string | undefined };

/**
 * Reads the headers of a page; where they are absent, `pageSize` and `continuationToken` of the path.
 * @throws HubError ArgumentInvalid when the size is no whole number above 0.
 */
export function pageRequestOf({ header, query }: RouteRequest): PageRequest {
  const size = header('x-ms-max-item-count') ?? query['pageSize'] ?? '';
  if (size !== '' && !/^0*[1-9]\d*$/.test(size)) {
    throw new HubError('ArgumentInvalid', `x-ms-max-item-count must be a whole number above 0, not '${size}'.`);
  }
  const continuation = header('x-ms-continuation') ?? query['continuationToken'] ?? '';
  return {
    pageSize: size === '' ? LIMITS.queryPageDefault.value : Number(size),
    continuation: continuation === '' ? undefined : continuation,
  };
}

type Page = { readonly itemType: string; readonly continuation: string | undefined };

export function pageAnswer({ items, ...page }: Page & { readonly items: readonly JsonObject[] }): RouteAnswer {
  return jsonPageAnswer({ ...page, json: JSON.stringify(items) });
}

/**
 * SDKs take the end of the results from the absence of `x-ms-continuation` (contract 2.3).
 * @param page `json`: the list of items.
 */
export function jsonPageAnswer({ itemType, json, continuation }: Page & { readonly json: string }): RouteAnswer {
  return {
    status: 200,
    json,
    headers: { 'x-ms-item-type': itemType, ...(continuation !== undefined && { 'x-ms-continuation': continuation }) },
  };
}
