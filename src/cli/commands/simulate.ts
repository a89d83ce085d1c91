// `twinhub simulate`: a fleet of devices, to try a hub with.
import { type Command, InvalidArgumentError } from 'commander';
import { ANSWERING, parseBehaviour, type WeightedBehaviour } from '../../simulator/behaviour.ts';
import { EXIT_CODES } from '../command-failure.ts';
import { mqttPortOption } from '../mqtt-port.ts';
import { openSession } from '../session.ts';

type SimulateOptions = {
  readonly devices: number;
  readonly rate: number;
  readonly behaviour?: readonly string[];
  readonly prefix: string;
  readonly connectRate: number;
  readonly processes: number;
  readonly duration?: number;
  readonly progress?: number;
  readonly delete?: true;
  readonly resumeTls?: true;
};

/** More have no room beside each other: a connection needs a port of this machine. */
const MAX_DEVICES = 100_000;
const MAX_PROCESSES = 64;

const EXPLANATION = `
A behaviour is made of parts, with commas between:
  answer    answers direct methods with status 200 and the payload they came with; so does a device with none of the parts below
  slow:MS   answers after so many milliseconds
  drop:P    leaves a share of the methods unanswered, such as drop:10% or drop:0.1
  fail:P    answers a share of them with status 500
  flap:S    cuts its connection every S seconds or so, and comes back
Several behaviours share the fleet, equally or by a weight after @; the first devices have the first behaviour:
  --behaviour answer@8 --behaviour slow:2000,fail:50% --behaviour flap:30

The devices are named by --prefix and a number, and registered where they are missing; their tag 'simulator' holds the prefix. They stay
registered, and the next simulation takes them again, unless there is --delete. The fleet runs until SIGINT, SIGTERM or --duration.
With --json each line of the output is one object, its 'event' is 'progress', 'connected' (once, when all are) or, on the last one, 'summary'.

Examples:
  twinhub simulate --devices 1000 --rate 100
  twinhub simulate --devices 50 --behaviour slow:500,drop:5% --duration 60 --delete --json
  twinhub job create try-1 --method reboot --where "tags.simulator = 'sim-'" --watch`;

export function addSimulateCommand(program: Command): void {
  program
    .command('simulate')
    .description('Connect a fleet of simulated devices to the hub, and count what they see.')
    .option('--devices <N>', 'How many.', wholeNumber(1, MAX_DEVICES), 10)
    .option('--rate <R>', 'Reports of properties in a second, over all devices.', parseRate, 0)
    .option('--behaviour <TEXT>', 'How devices behave, see below. (repeatable, default: answer)', append)
    .option('--prefix <TEXT>', 'How the ids of the devices begin.', 'sim-')
    .option('--connect-rate <R>', 'Connections begun in a second, at most.', parsePositiveRate, 500)
    .option('--processes <N>', 'Processes that share the devices.', wholeNumber(1, MAX_PROCESSES), 1)
    .option('--duration <SECONDS>', 'How long, from the first connection on. (default: until a signal)', wholeNumber(1, 999_999_999))
    .option('--progress <SECONDS>', 'Time between two lines of progress. (default: 5, on a terminal 0.5)', parsePositiveRate)
    .option('--delete', 'Remove the devices from the hub at the end.')
    .option('--resume-tls', 'Resume sessions of TLS, which costs both sides less. The SDKs do a whole handshake each time.')
    .addOption(mqttPortOption())
    .addHelpText('after', EXPLANATION)
    .action(simulate);
}

async function simulate(this: Command): Promise<void> {
  const options = this.opts<SimulateOptions>();
  // Loaded here, since no other command needs it.
  const { runSimulation } = await import('../simulate/run-simulation.ts');
  const { openDisplay } = await import('../simulate/display.ts');
  const plan = {
    devices: options.devices,
    prefix: options.prefix,
    behaviours: behavioursOf(options),
    reportsPerSecond: options.rate,
    connectsPerSecond: options.connectRate,
    processes: Math.min(options.processes, options.devices),
    seconds: options.duration,
    progressSeconds: options.progress,
    removes: options.delete === true,
    resumeTls: options.resumeTls === true,
  };
  const { hub, json } = await openSession(this);
  await runSimulation(plan, hub, { display: openDisplay(json), interrupted: untilSignal() });
}

function behavioursOf({ behaviour }: SimulateOptions): readonly WeightedBehaviour[] {
  return behaviour === undefined ? [{ behaviour: ANSWERING, weight: 1 }] : behaviour.map(parseBehaviour);
}

/** A second signal ends the process at once. */
function untilSignal(): AbortSignal {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(EXIT_CODES.failed);
    controller.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return controller.signal;
}

function append(text: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), text];
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d{1,9}$/.test(text) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It is no whole number from ${least} to ${most}.`);
  };
}

function parseRate(text: string): number {
  if (/^\d{1,6}(\.\d{1,3})?$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is no number from 0 to 999999.');
}

function parsePositiveRate(text: string): number {
  const rate = parseRate(text);
  if (rate > 0) return rate;
  throw new InvalidArgumentError('It must be above 0.');
}
