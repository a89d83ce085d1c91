// Devices that answer direct methods, in a process of their own: a process has room for so many connections, and one for the hub's and the floor's is too few.
import { MeasuredProcess } from './child-process.ts';
import type { Endpoint } from './endpoint.ts';

/** How the fleet's process is told what to do. */
export type FleetOrder = { readonly endpoint: Endpoint; readonly devices: number; readonly token: string };

/** Resolves when all of them are connected; they leave when it is disposed of. @param order `token` is that of every device. */
export function startFleet(order: FleetOrder): Promise<MeasuredProcess> {
  return MeasuredProcess.start({
    name: 'A fleet of devices',
    args: ['bench/load/fleet-process.ts'],
    env: { BENCH_FLEET: JSON.stringify(order) },
    readyLine: /^fleet ready$/,
  });
}
