// What the hub says of itself: its version, its names and how much goes on.
import type { Hub } from '../../../hub/hub.ts';
import type { Route } from '../route.ts';

export function statusRoutes(hub: Hub, version: string): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/hub/status',
      signIn: [['RegistryRead'], ['ServiceConnect']],
      handle: () => ({
        status: 200,
        body: { version, hostNames: hub.hostNames, connectedDevices: hub.connections.count, telemetry: hub.telemetry.count() },
      }),
    },
  ];
}
