// A job that calls a direct method of connected devices.
import { startFleet } from '../load/fleet.ts';
import { startFloor } from '../load/floor.ts';
import { HttpsCaller } from '../load/https-caller.ts';
import { deviceIds } from '../load/device-ids.ts';
import { registerDevices } from '../load/hub.ts';
import { runJob } from '../load/jobs.ts';
import { expectRoomFor } from '../load/open-files.ts';
import type { Lab } from '../lab.ts';
import type { Measurement } from '../measurement.ts';
import { contest } from '../rounds.ts';

const CONNECTED = 10_000;
const POLL_MS = 20;

/** From the request that creates the job until a read of it shows that all its devices are done. */
export async function benchMethodJobs(lab: Lab): Promise<readonly Measurement[]> {
  const connected = Math.min(lab.devices(CONNECTED), CONNECTED);
  expectRoomFor(connected);
  await using hub = await lab.startHub();
  await registerDevices(hub, deviceIds(connected));
  await using floor = await startFloor({ program: 'method-job.ts', folder: hub.folder, caPem: hub.endpoint.caPem });
  await using ofHub = await startFleet({ endpoint: hub.endpoint, devices: connected, token: hub.deviceToken() });
  await using ofFloor = await startFleet({ endpoint: floor.endpoint, devices: connected, token: 'x' });
  void [ofHub, ofFloor];
  using trigger = await HttpsCaller.open(floor.endpoint, 1);
  const work = { type: 'scheduleDeviceMethod', cloudToDeviceMethod: { methodName: 'reboot', payload: null, responseTimeoutInSeconds: 30 } };
  // Awaited here: hub and floor end with this block.
  return await contest({
    bench: 'method-job',
    variant: `${connected.toLocaleString('en')} connected devices`,
    rounds: lab.rounds,
    async hub() {
      const cpu = hub.process.cpuMicros();
      const seconds = await runJob(hub, { work, condition: '*', pollMs: POLL_MS }, connected);
      return { 'CPU µs per device': (hub.process.cpuMicros() - cpu) / connected, 'devices/s': connected / seconds };
    },
    against: {
      async floor() {
        const cpu = floor.process.cpuMicros();
        const startedAt = performance.now();
        const answer = await trigger.call({ method: 'POST', path: '/run', authorization: 'x' });
        if (answer.status !== 200) throw new Error(`The floor answered ${answer.status}: ${answer.body}`);
        const seconds = (performance.now() - startedAt) / 1000;
        return { 'CPU µs per device': (floor.process.cpuMicros() - cpu) / connected, 'devices/s': connected / seconds };
      },
    },
    targets: { 'CPU µs per device': [{ kind: 'atMost', value: 1.5 }], 'devices/s': [{ kind: 'hubAtLeast', value: 8000 }] },
  });
}
