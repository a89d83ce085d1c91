// The indexes on paths of twins, for whoever may do everything: each makes all writes of twins dearer.
import type { JsonObject } from '../../../domain/json.ts';
import { formatIndexPlace } from '../../../domain/query/index/twin-index.ts';
import type { Hub } from '../../../hub/hub.ts';
import type { IndexStatus } from '../../../ports/index-store.ts';
import type { Route, RouteAnswer } from '../route.ts';

export function indexRoutes({ indexes }: Hub): readonly Route[] {
  const signIn = [['RegistryRead', 'RegistryWrite', 'ServiceConnect', 'DeviceConnect']] as const;
  const path = '/hub/indexes/:path';
  return [
    {
      method: 'GET',
      path: '/hub/indexes',
      signIn,
      handle: async (): Promise<RouteAnswer> => ({ status: 200, body: (await indexes.list()).map(indexDocument) }),
    },
    { method: 'GET', path, signIn, handle: async ({ segment }) => answerOf(await indexes.get(segment('path'))) },
    { method: 'PUT', path, signIn, handle: async ({ segment, by }) => answerOf(await indexes.create(segment('path'), by())) },
    {
      method: 'DELETE',
      path,
      signIn,
      async handle({ segment, by }): Promise<RouteAnswer> {
        await indexes.drop(segment('path'), by());
        return { status: 204 };
      },
    },
  ];
}

function answerOf(index: IndexStatus): RouteAnswer {
  return { status: 200, body: indexDocument(index) };
}

function indexDocument(index: IndexStatus): JsonObject {
  const { collection, state, createdTime, madeBy, entries, bytes, twins, totalTwins, entryMicroseconds = null } = index;
  return { path: formatIndexPlace(index), collection, state, createdTime, madeBy, entries, bytes, twins, totalTwins, entryMicroseconds };
}
