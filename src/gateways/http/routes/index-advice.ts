// Which paths are worth an index, for whoever may query: it names what queries looked for.
import type { JsonObject } from '../../../domain/json.ts';
import { formatIndexPlace } from '../../../domain/query/index/twin-index.ts';
import type { Hub } from '../../../hub/hub.ts';
import type { ScannedPath } from '../../../hub/scanned-paths.ts';
import type { Route, RouteAnswer } from '../route.ts';

export function indexAdviceRoutes({ indexAdvice }: Hub): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/hub/queries/scans',
      signIn: [['ServiceConnect']],
      handle: async (): Promise<RouteAnswer> => ({ status: 200, body: (await indexAdvice.list()).map(scanDocument) }),
    },
  ];
}

function scanDocument({ place, queries, rows, seconds, savedSeconds, lastTime }: ScannedPath): JsonObject {
  return {
    path: formatIndexPlace(place),
    queries,
    rowsScanned: rows,
    seconds: rounded(seconds),
    estimatedSavedSeconds: rounded(savedSeconds),
    lastTime,
  };
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
