// A simulation in this process, or spread over several: started together, read together, stopped together.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CommandFailure } from '../command-failure.ts';
import { type FleetOrder, type FleetReading, openFleet } from './fleet-order.ts';

export type ToFleetProcess = { readonly kind: 'start'; readonly order: FleetOrder } | { readonly kind: 'stop' };
export type FromFleetProcess = { readonly kind: 'reading'; readonly reading: FleetReading };

export type RunningFleet = {
  /** The newest of each process; none of one that has said nothing yet. */
  read(): readonly FleetReading[];
  /** Resolves when every device has taken its leave; `read` gives the last readings from then on. */
  stop(): Promise<void>;
  /** Resolves when a process has ended that nobody stopped. */
  readonly fault: Promise<CommandFailure>;
};

/** @param orders one for each process; a single one is for this process. */
export function startFleet(orders: readonly FleetOrder[]): RunningFleet {
  const [first, ...others] = orders;
  return first !== undefined && others.length === 0 ? startHere(first) : startProcesses(orders);
}

function startHere(order: FleetOrder): RunningFleet {
  const fleet = openFleet(order);
  return { read: () => [fleet.read()], stop: () => fleet.stop(), fault: new Promise(() => undefined) };
}

/** Beside this file, with its ending, which is `.ts` in a checkout and `.js` in the published package. */
const PROGRAM = fileURLToPath(new URL(`./fleet-process${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url));

function startProcesses(orders: readonly FleetOrder[]): RunningFleet {
  const fault = Promise.withResolvers<CommandFailure>();
  const readings: (FleetReading | undefined)[] = orders.map(() => undefined);
  let stopping = false;
  const children = orders.map((order, index) => {
    const child = fork(PROGRAM, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    child.on('message', (message: FromFleetProcess) => (readings[index] = message.reading));
    child.on('error', (error) => fault.resolve(new CommandFailure(`A process cannot be started (${error.message}).`, { cause: error })));
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    void ended.then(() => {
      if (!stopping) fault.resolve(new CommandFailure('A process of the simulation has ended; its devices are gone. Start it again.'));
    });
    tell(child, { kind: 'start', order });
    return { child, ended };
  });
  return {
    read: () => readings.filter((reading) => reading !== undefined),
    async stop(): Promise<void> {
      stopping = true;
      for (const { child } of children) tell(child, { kind: 'stop' });
      await Promise.all(children.map(({ ended }) => ended));
    },
    fault: fault.promise,
  };
}

function tell(child: ChildProcess, message: ToFleetProcess): void {
  // Whether it went out shows in the end of the process.
  if (child.connected) child.send(message, () => undefined);
}
