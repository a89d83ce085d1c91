// Direct methods: HTTPS in, MQTT over TLS to the device and back, another token on every call.
import { randomBytes } from 'node:crypto';
import { connectAll } from '../load/device.ts';
import { tokenMaker } from '../load/endpoint.ts';
import { startFloor } from '../load/floor.ts';
import { deviceIds } from '../load/device-ids.ts';
import { registerDevices } from '../load/hub.ts';
import { type MethodCalls, openMethodCalls } from '../load/method-calls.ts';
import type { Measurement } from '../measurement.ts';
import { contest, type Readings } from '../rounds.ts';
import { closeAll, type Lab } from '../lab.ts';

const DEVICES = 1000;
/** What costs 1.3 times as much is so much slower. */
const SLOWER = 0.77;

export async function benchMethods(lab: Lab): Promise<readonly Measurement[]> {
  await using hub = await lab.startHub();
  const ids = deviceIds(DEVICES);
  await registerDevices(hub, ids);
  const key = randomBytes(32).toString('base64');
  await using floor = await startFloor({ program: 'method.ts', folder: hub.folder, caPem: hub.endpoint.caPem, env: { BENCH_KEY: key } });
  using devices = closeAll([
    ...(await connectAll(hub.endpoint, ids, hub.deviceToken)),
    ...(await connectAll(floor.endpoint, ids, () => 'x')),
  ]);
  void devices;
  const floorToken = tokenMaker({ resource: 'localhost', key });
  const measurements: Measurement[] = [];
  for (const concurrency of [1, 100, 1000]) {
    const hubCalls = await openMethodCalls(lab, {
      process: hub.process,
      endpoint: hub.endpoint,
      token: hub.serviceToken,
      concurrency,
      ids,
    });
    const floorCalls = await openMethodCalls(lab, {
      process: floor.process,
      endpoint: floor.endpoint,
      token: floorToken,
      concurrency,
      ids,
    });
    using opened = closeAll([hubCalls, floorCalls]);
    void opened;
    measurements.push(
      ...(await contest({
        bench: 'method',
        variant: `${concurrency} at once`,
        rounds: lab.rounds,
        hub: () => readCalls(hubCalls),
        against: { floor: () => readCalls(floorCalls) },
        targets: {
          'CPU µs per call': [{ kind: 'atMost', value: 1.3 }],
          'calls/s': [concurrency === 100 ? { kind: 'hubAtLeast', value: 8000, orOfFloor: SLOWER } : { kind: 'none' }],
          'p99 ms': [{ kind: 'none' }],
        },
      })),
    );
  }
  return measurements;
}

async function readCalls(calls: MethodCalls): Promise<Readings> {
  const { cpuMicros, perSecond, p99Ms } = await calls.run();
  return { 'CPU µs per call': cpuMicros, 'calls/s': perSecond, 'p99 ms': p99Ms };
}
