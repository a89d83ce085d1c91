// Brokers as transport peers: a request of one client to another and its answer, beside direct methods of the hub.
import type { MeasuredProcess } from '../load/child-process.ts';
import { connectAll } from '../load/device.ts';
import { deviceIds } from '../load/device-ids.ts';
import { registerDevices } from '../load/hub.ts';
import { type FlowReading, measureFlow, openMethodCalls } from '../load/method-calls.ts';
import { openRoundTrips, type RoundTrips } from '../load/round-trips.ts';
import { runFlow } from '../load/flow.ts';
import { type Broker, startAedes, startMosquitto } from '../peers/brokers.ts';
import type { Measurement } from '../measurement.ts';
import { contest, type Readings } from '../rounds.ts';
import { closeAll, type Lab } from '../lab.ts';

const DEVICES = 1000;

export async function benchPeers(lab: Lab): Promise<readonly Measurement[]> {
  await using hub = await lab.startHub();
  const ids = deviceIds(DEVICES);
  await registerDevices(hub, ids);
  using devices = closeAll(await connectAll(hub.endpoint, ids, hub.deviceToken));
  void devices;
  await using stack = new AsyncDisposableStack();
  const brokers: { readonly broker: Broker; readonly trips: RoundTrips }[] = [];
  for (const start of [startMosquitto, startAedes]) {
    const broker = await start(hub.folder, hub.endpoint.caPem);
    if (typeof broker === 'string') lab.note(broker);
    else brokers.push({ broker: stack.use(broker), trips: stack.use(await openRoundTrips(broker.endpoint, ids)) });
  }
  const measurements: Measurement[] = [];
  for (const concurrency of [1, 100, 1000]) {
    const readBroker = async (process: MeasuredProcess, operation: RoundTrips['make']): Promise<Readings> => {
      await runFlow({ concurrency, seconds: lab.warmUpSeconds, operation });
      return asReadings(await measureFlow(process, { concurrency, seconds: lab.seconds, operation }));
    };
    using calls = await openMethodCalls(lab, { process: hub.process, endpoint: hub.endpoint, token: hub.serviceToken, concurrency, ids });
    measurements.push(
      ...(await contest({
        bench: 'peers',
        variant: `${concurrency} in flight`,
        rounds: lab.rounds,
        hub: async () => asReadings(await calls.run()),
        against: Object.fromEntries(brokers.map(({ broker, trips }) => [broker.name, () => readBroker(broker.process, trips.make)])),
        targets: {
          'CPU µs per round trip': [{ kind: 'none' }],
          'round trips/s': [{ kind: 'none' }],
          'p99 ms': [{ kind: 'none' }],
        },
      })),
    );
  }
  return measurements;
}

function asReadings({ cpuMicros, perSecond, p99Ms }: FlowReading): Readings {
  return { 'CPU µs per round trip': cpuMicros, 'round trips/s': perSecond, 'p99 ms': p99Ms };
}
