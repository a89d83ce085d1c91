// How many devices there are, and how many are connected (behaviour 1.9).
import { registryStatistics, serviceStatistics } from '../../../domain/identity/device-counts.ts';
import type { Hub } from '../../../hub/hub.ts';
import type { Route } from '../route.ts';

export function statisticsRoutes({ devices }: Hub): readonly Route[] {
  const reading = { method: 'GET', signIn: [['RegistryRead']] } as const;
  return [
    { ...reading, path: '/statistics/devices', handle: async () => ({ status: 200, body: registryStatistics(await devices.count()) }) },
    { ...reading, path: '/statistics/service', handle: async () => ({ status: 200, body: serviceStatistics(await devices.count()) }) },
  ];
}
