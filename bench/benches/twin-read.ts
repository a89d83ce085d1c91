// Reading a twin by REST.
import { randomBytes } from 'node:crypto';
import type { MeasuredProcess } from '../load/child-process.ts';
import { type Endpoint, tokenMaker } from '../load/endpoint.ts';
import { startFloor } from '../load/floor.ts';
import { runFlow } from '../load/flow.ts';
import { HttpsCaller } from '../load/https-caller.ts';
import { deviceIds } from '../load/device-ids.ts';
import { registerDevices } from '../load/hub.ts';
import type { Lab } from '../lab.ts';
import type { Measurement } from '../measurement.ts';
import { contest, type Readings } from '../rounds.ts';

const DEVICES = 1000;
const CONCURRENCY = 64;
const TAGS = Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`tag${index}`, `value-${index}`]));

export async function benchTwinReads(lab: Lab): Promise<readonly Measurement[]> {
  await using hub = await lab.startHub();
  const ids = deviceIds(DEVICES);
  await registerDevices(hub, ids, TAGS);
  const key = randomBytes(32).toString('base64');
  const env = { BENCH_KEY: key, BENCH_DATABASE: hub.databasePath };
  await using floor = await startFloor({ program: 'twin-read.ts', folder: hub.folder, caPem: hub.endpoint.caPem, env });
  const floorToken = tokenMaker({ resource: 'localhost', key });
  const ofHub = { process: hub.process, endpoint: hub.endpoint, token: hub.serviceToken, ids };
  const ofFloor = { process: floor.process, endpoint: floor.endpoint, token: floorToken, ids };
  await read(ofHub, lab.warmUpSeconds);
  await read(ofFloor, lab.warmUpSeconds);
  // Awaited here: hub and floor end with this block.
  return await contest({
    bench: 'twin-read',
    variant: `${CONCURRENCY} at once`,
    rounds: lab.rounds,
    hub: () => read(ofHub, lab.seconds),
    against: { floor: () => read(ofFloor, lab.seconds) },
    targets: { 'CPU µs per read': [{ kind: 'atMost', value: 1.4 }], 'reads/s': [{ kind: 'none' }] },
  });
}

type Side = {
  readonly process: MeasuredProcess;
  readonly endpoint: Endpoint;
  readonly token: () => string;
  readonly ids: readonly string[];
};

async function read({ process, endpoint, token, ids }: Side, duration: number): Promise<Readings> {
  using caller = await HttpsCaller.open(endpoint, CONCURRENCY);
  let count = 0;
  const operation = async (): Promise<void> => {
    count += 1;
    const path = `/twins/${ids[count % ids.length]}?api-version=2021-04-12`;
    const answer = await caller.call({ method: 'GET', path, authorization: token() });
    if (answer.status !== 200) throw new Error(`A twin read was answered with ${answer.status}: ${answer.body}`);
  };
  const before = process.cpuMicros();
  const { operations, seconds } = await runFlow({ concurrency: CONCURRENCY, seconds: duration, operation });
  return { 'CPU µs per read': (process.cpuMicros() - before) / operations, 'reads/s': operations / seconds };
}
