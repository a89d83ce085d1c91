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
/** Time to give back what the connections needed at their begin. */
const SETTLE_MS = 3000;

/** A process that has held connections keeps some of their memory, so each round has processes of its own. */
export function benchConnections(lab: Lab): Promise<readonly Measurement[]> {
  return contest({
    bench: 'connect',
    variant: `${DEVICES.toLocaleString('en')} devices`,
    rounds: lab.rounds,
    async hub() {
      await using hub = await lab.startHub();
      const ids = deviceIds(DEVICES);
      await registerDevices(hub, ids);
      await settle();
      return await measureConnects({ process: hub.process, endpoint: hub.endpoint, token: hub.deviceToken, ids });
    },
    against: {
      async floor() {
        await using hub = await lab.startHub();
        await using floor = await startFloor({ program: 'connection.ts', folder: hub.folder, caPem: hub.endpoint.caPem });
        return await measureConnects({ process: floor.process, endpoint: floor.endpoint, token: () => 'x', ids: deviceIds(DEVICES) });
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
  readonly ids: readonly string[];
};

async function measureConnects({ process, endpoint, token, ids }: Side): Promise<Readings> {
  const [memory, cpu, startedAt] = [process.residentBytes(), process.cpuMicros(), performance.now()];
  const devices = await connectAll(endpoint, ids, token);
  const seconds = (performance.now() - startedAt) / 1000;
  const used = process.cpuMicros() - cpu;
  await settle();
  const held = process.residentBytes() - memory;
  for (const device of devices) device[Symbol.dispose]();
  return {
    'CPU µs per connection': used / ids.length,
    'KiB per idle device': held / 1024 / ids.length,
    'connections/s': ids.length / seconds,
  };
}

async function settle(): Promise<void> {
  await pause(SETTLE_MS);
}
