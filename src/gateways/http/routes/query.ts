// Queries over the twins of all devices, and over what jobs did to them; and how one is run.
import { formatIndexPlace } from '../../../domain/query/index/twin-index.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { parseQueryRequest } from '../../../domain/query/query-request.ts';
import type { Hub } from '../../../hub/hub.ts';
import type { JsonObject } from '../../../domain/json.ts';
import type { ExplainedQuery, QueryPage } from '../../../hub/queries.ts';
import { jsonPageAnswer, pageRequestOf } from '../paging.ts';
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
        return jsonPageAnswer({ ...page, itemType: ITEM_TYPES[page.itemKind] });
      },
    },
    {
      method: 'POST',
      path: '/hub/queries/explain',
      signIn: [['ServiceConnect']],
      maxBodyBytes: LIMITS.queryBodyBytes.value,
      async handle(request) {
        const { pageSize } = pageRequestOf(request);
        return {
          status: 200,
          body: explanationDocument(await queries.explain({ text: parseQueryRequest(request.body()), pageSize, gone: request.gone() })),
        };
      },
    },
  ];
}

function explanationDocument({ from, steps, scanned, returned, milliseconds, advice, database, databasePlan }: ExplainedQuery): JsonObject {
  return {
    from,
    plan: steps.map(({ kind: step, ...rest }) => ({ step, ...rest })),
    indexes: steps.flatMap((step) => (step.kind === 'index' ? [step.path] : [])),
    rowsScanned: scanned,
    rowsReturned: returned,
    milliseconds: Math.round(milliseconds * 1000) / 1000,
    indexAdvice: advice.map(formatIndexPlace),
    database: { name: database, plan: databasePlan },
  };
}
