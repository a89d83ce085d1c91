// Direct methods: HTTPS in, MQTT over TLS to the device and back, another token on every call.
import { randomBytes } from 'node:crypto';
import { connectAll } from '../load/device.ts';
import { type Endpoint, tokenMaker } from '../load/endpoint.ts';
import { startFloor } from '../load/floor.ts';
import { runFlow } from '../load/flow.ts';
import { HttpsCaller } from '../load/https-caller.ts';
import { deviceIds } from '../load/device-ids.ts';
import { registerDevices } from '../load/hub.ts';
import type { MeasuredProcess } from '../load/child-process.ts';
import type { Measurement } from '../measurement.ts';
import { contest, type Readings } from '../rounds.ts';
import { quantile } from '../statistics.ts';
import { closeAll, type Lab } from '../lab.ts';

const DEVICES = 1000;
const BODY = JSON.stringify({ methodName: 'reboot', payload: { delay: 5 }, responseTimeoutInSeconds: 30 });

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
    const hubRound = await rounds(lab, { process: hub.process, endpoint: hub.endpoint, token: hub.serviceToken, concurrency, ids });
    const floorRound = await rounds(lab, { process: floor.process, endpoint: floor.endpoint, token: floorToken, concurrency, ids });
    using opened = closeAll([hubRound, floorRound]);
    void opened;
    measurements.push(
      ...(await contest({
        bench: 'method',
        variant: `${concurrency} at once`,
        rounds: lab.rounds,
        hub: () => hubRound.run(),
        floor: () => floorRound.run(),
        targets: {
          'CPU µs per call': [{ kind: 'atMost', value: 1.3 }],
          'calls/s': [concurrency === 100 ? { kind: 'rateAtLeast', value: 8000 } : { kind: 'none' }],
          'p99 ms': [{ kind: 'none' }],
        },
      })),
    );
  }
  return measurements;
}

type Side = {
  readonly process: MeasuredProcess;
  readonly endpoint: Endpoint;
  readonly token: () => string;
  readonly concurrency: number;
  readonly ids: readonly string[];
};

type Rounds = Disposable & { readonly run: () => Promise<Readings> };

async function rounds(lab: Lab, { process, endpoint, token, concurrency, ids }: Side): Promise<Rounds> {
  const caller = await HttpsCaller.open(endpoint, concurrency);
  let called = 0;
  const operation = async (): Promise<void> => {
    called += 1;
    const path = `/twins/${ids[called % ids.length]}/methods?api-version=2021-04-12`;
    const answer = await caller.call({ method: 'POST', path, authorization: token(), body: BODY });
    if (answer.status !== 200) throw new Error(`A direct method was answered with ${answer.status}: ${answer.body}`);
  };
  await runFlow({ concurrency, seconds: lab.warmUpSeconds, operation });
  return {
    async run() {
      const before = process.cpuMicros();
      const { operations, seconds, latenciesMs } = await runFlow({ concurrency, seconds: lab.seconds, operation });
      const cpu = process.cpuMicros() - before;
      return { 'CPU µs per call': cpu / operations, 'calls/s': operations / seconds, 'p99 ms': quantile(latenciesMs, 0.99) };
    },
    [Symbol.dispose]: () => caller[Symbol.dispose](),
  };
}
