// Whether the hub runs, for load balancers and containers; no sign-in, so no more than that is said.
import { HubError } from '../../../domain/errors.ts';
import type { Hub } from '../../../hub/hub.ts';
import type { Route, RouteAnswer } from '../route.ts';

export function healthRoutes(hub: Hub): readonly Route[] {
  const open = { method: 'GET', signIn: 'nobody' } as const;
  return [
    { ...open, path: '/hub/health/live', handle: () => ({ status: 200, body: { status: 'live' } }) },
    { ...open, path: '/hub/health/ready', handle: () => readiness(hub) },
  ];
}

async function readiness(hub: Hub): Promise<RouteAnswer> {
  try {
    await hub.checkReady();
    return { status: 200, body: { status: 'ready' } };
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    return { status: 503, body: { status: 'unavailable', reason: error.message } };
  }
}
