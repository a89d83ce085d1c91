// The program of a process that simulates a part of a fleet: it obeys its parent, tells it what it sees, and ends with it.
import { systemClock } from '../../system/system-clock.ts';
import { type OpenFleet, openFleet } from './fleet-order.ts';
import type { FromFleetProcess, ToFleetProcess } from './fleet-processes.ts';

const TELL_EVERY_MS = 250;

let fleet: OpenFleet | undefined;

// A terminal sends its signals to all processes; the parent decides when the fleet stops.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('disconnect', () => process.exit());
process.on('message', (message: ToFleetProcess) => {
  if (message.kind === 'start') {
    fleet = openFleet(message.order);
    tell();
  } else void stop();
});

function tell(): void {
  if (fleet === undefined) return;
  send({ kind: 'reading', reading: fleet.read() });
  systemClock.after(TELL_EVERY_MS, tell);
}

async function stop(): Promise<void> {
  const stopping = fleet;
  await stopping?.stop();
  fleet = undefined;
  if (stopping) send({ kind: 'reading', reading: stopping.read() });
  process.disconnect();
}

function send(message: FromFleetProcess): void {
  process.send?.(message);
}
