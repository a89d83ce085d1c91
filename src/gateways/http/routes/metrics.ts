// The metrics, for whatever collects them.
import type { Hub } from '../../../hub/hub.ts';
import type { Route, RouteAnswer } from '../route.ts';

export function metricsRoutes({ metrics }: Hub): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/hub/metrics',
      signIn: [['RegistryRead'], ['ServiceConnect']],
      async handle(): Promise<RouteAnswer> {
        const { contentType, text } = await metrics.page();
        return { status: 200, text, contentType };
      },
    },
  ];
}
