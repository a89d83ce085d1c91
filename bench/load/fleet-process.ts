// The process of a fleet: connects its devices and lets them answer until it is ended.
import { connectAll } from './device.ts';
import { deviceIds } from './device-ids.ts';
import type { FleetOrder } from './fleet.ts';

// Written by `startFleet`.
const { endpoint, devices, token } = JSON.parse(process.env['BENCH_FLEET'] ?? '{}') as FleetOrder;
await connectAll(endpoint, deviceIds(devices), () => token);
console.log('fleet ready');
