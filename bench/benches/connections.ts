// New connections of devices: what each costs until its first subscription, and what it holds while it is idle.
import { setTimeout as pause } from 'node:timers/promises';
import type { MeasuredProcess } from '../load/child-process.ts';
import { connectAll } from '../load/device.ts';
import type { Endpoint } from '../load/endpoint.ts';
import { startFloor } from '../load/floor.ts';
import { deviceIds } from '../load/device-ids.ts';
import { registerDevices } from '../load/hub.ts';
import type { Lab } from '../lab.ts';
import type { Measurement } from '../measurement.ts';
import { contest, type Readings } from '../rounds.ts';

const DEVICES = 2000;
/** Time to give back what connections needed at their begin, and at their end. */
const SETTLE_MS = 3000;

/**
 * A process that has held connections keeps some of their memory, so each round has processes of its own, and what connections hold is seen on the first ones. They
 * also warm the process up: what connections cost is seen on those of other devices, after the first ones have ended.
 */
export function benchConnections(lab: Lab): Promise<readonly Measurement[]> {
  return contest({
    bench: 'connect',
    variant: `${DEVICES.toLocaleString('en')} devices`,
    rounds: lab.rounds,
    async hub() {
      await using hub = await lab.startHub();
      await registerDevices(hub, deviceIds(2 * DEVICES));
      await settle();
      return await measureConnects({ process: hub.process, endpoint: hub.endpoint, token: hub.deviceToken });
    },
    against: {
      async floor() {
        await using hub = await lab.startHub();
        await using floor = await startFloor({ program: 'connection.ts', folder: hub.folder, caPem: hub.endpoint.caPem });
        return await measureConnects({ process: floor.process, endpoint: floor.endpoint, token: () => 'x' });
      },
    },
    targets: {
      'CPU µs per connection': [{ kind: 'atMost', value: 1.2 }],
      'KiB per idle device': [{ kind: 'atMost', value: 1.15 }],
      'connections/s': [{ kind: 'none' }],
    },
  });
}

type Side = {
  readonly process: MeasuredProcess;
  readonly endpoint: Endpoint;
  readonly token: () => string;
};

async function measureConnects({ process, endpoint, token }: Side): Promise<Readings> {
  const ids = deviceIds(2 * DEVICES);
  const memory = process.residentBytes();
  const first = await connectAll(endpoint, ids.slice(0, DEVICES), token);
  await settle();
  const held = process.residentBytes() - memory;
  for (const device of first) device[Symbol.dispose]();
  await settle();
  const [cpu, startedAt] = [process.cpuMicros(), performance.now()];
  const devices = await connectAll(endpoint, ids.slice(DEVICES), token);
  const seconds = (performance.now() - startedAt) / 1000;
  const used = process.cpuMicros() - cpu;
  for (const device of devices) device[Symbol.dispose]();
  return {
    'CPU µs per connection': used / DEVICES,
    'KiB per idle device': held / 1024 / DEVICES,
    'connections/s': DEVICES / seconds,
  };
}

async function settle(): Promise<void> {
  await pause(SETTLE_MS);
}
