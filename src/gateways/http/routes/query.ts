// Queries over the twins of all devices, and over what jobs did to them.
import { LIMITS } from '../../../domain/limits.ts';
import { parseQueryRequest } from '../../../domain/query/query-request.ts';
import type { Hub } from '../../../hub/hub.ts';
import type { QueryPage } from '../../../hub/queries.ts';
import { pageAnswer, pageRequestOf } from '../paging.ts';
import type { Route } from '../route.ts';

/** Other SDKs than Node's tell them apart, by case (behaviour 5.4). */
const ITEM_TYPES: Readonly<Record<QueryPage['itemKind'], string>> = { twin: 'Twin', deviceJob: 'DeviceJob', raw: 'Raw' };

export function queryRoutes({ queries }: Hub): readonly Route[] {
  return [
    {
      method: 'POST',
      path: '/devices/query',
      signIn: [['ServiceConnect']],
      maxBodyBytes: LIMITS.queryBodyBytes.value,
      async handle(request) {
        const page = await queries.run({ text: parseQueryRequest(request.body()), ...pageRequestOf(request), gone: request.gone() });
        return pageAnswer({ ...page, itemType: ITEM_TYPES[page.itemKind] });
      },
    },
  ];
}
